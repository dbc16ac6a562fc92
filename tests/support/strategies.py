"""Values of any type of the domain, made from its fields' types."""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Literal, NewType, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
"""Any text that is text: no surrogates, which no UTF-8 holds."""

_PLAIN: dict[object, st.SearchStrategy[object]] = {
    str: TEXT,
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=20),
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    type(None): st.none(),
}


def any_of(kind: object) -> st.SearchStrategy[object]:
    """Any value of a type: a dataclass, an enumeration, a union or collection of such, or plain."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, NewType):
        return any_of(kind.__supertype__)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{field.name: any_of(hints[field.name]) for field in fields(kind)})
    return _collection(get_origin(kind), get_args(kind))


def _collection(origin: object, parts: tuple[object, ...]) -> st.SearchStrategy[object]:
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (types.UnionType, Union):
        return st.one_of(*(any_of(part) for part in parts))
    if origin is tuple and parts[-1] is not Ellipsis:
        return st.tuples(*(any_of(part) for part in parts))
    if origin is tuple:
        return st.lists(any_of(parts[0]), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(any_of(parts[0]), any_of(parts[1]), max_size=3)
    raise TypeError(f"no strategy for {origin}")
