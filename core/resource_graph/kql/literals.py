"""Values that stand in a query, read from their tokens."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from core.resource_graph.kql.cursor import Cursor
from core.resource_graph.kql.place import Place, refused
from core.resource_graph.kql.syntax import TYPES, Literal, Type
from core.resource_graph.kql.tokens import Kind, Token

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
"""What a dynamic literal holds."""

DAY = 86_400_000_000
"""Microseconds."""
_UNITS = (
    ("microsec", 1),
    ("millisec", 1000),
    ("ms", 1000),
    ("tick", 0.1),
    ("d", DAY),
    ("h", DAY // 24),
    ("m", 60_000_000),
    ("s", 1_000_000),
)
"""Units of time by how their names begin, in microseconds; longer names first."""
_SPAN = re.compile(
    r"(?P<sign>-?)(?:(?P<days>[0-9]{1,8})(?:\.|$))?"
    r"(?:(?P<hours>[0-9]{1,2}):(?P<minutes>[0-9]{2})(?::(?P<seconds>[0-9]{2}(?:\.[0-9]{1,7})?))?)?"
)
_SHORT = re.compile(r"(-?)([0-9]+(?:\.[0-9]+)?)([a-z]+)")
_LARGEST = 2**63 - 1


def text_literal(token: Token) -> Literal:
    """A text."""
    return Literal(value=token.text, type=Type.STRING, place=token.place)


def number_literal(token: Token) -> Literal:
    """A number; whole ones have 64 bits."""
    if re.fullmatch(r"0[xX].*|[0-9]+", token.text) is None:
        return Literal(value=_real(token.text, token.place), type=Type.REAL, place=token.place)
    return Literal(value=_whole(token.text, token.place), type=Type.LONG, place=token.place)


def span_literal(token: Token) -> Literal:
    """A length of time."""
    value = _span(token.text, token.place)
    return Literal(value=value, type=Type.TIMESPAN, place=token.place)


def typed_literal(token: Token) -> Literal:
    """`datetime(2026-11-22)` and its like."""
    name, _, rest = token.text.partition("(")
    type_ = TYPES[name.strip()]
    written = rest.removesuffix(")").strip().strip("'\"").strip()
    reads: dict[Type, Callable[[str, Place], str | int | float | bool]] = {
        Type.LONG: _whole,
        Type.REAL: _real,
        Type.BOOL: _bool,
        Type.DATETIME: _moment,
        Type.TIMESPAN: _span,
        Type.STRING: _guid,
    }
    value = None if written in ("null", "") else reads[type_](written, token.place)
    return Literal(value=value, type=type_, place=token.place)


def dynamic_literal(cursor: Cursor, place: Place) -> Literal:
    """What stands between the parentheses of `dynamic(…)`, which are read with it."""
    cursor.expect("(")
    value = _json(cursor)
    cursor.expect(")")
    return Literal(value=json.dumps(value), type=Type.DYNAMIC, place=place)


def _json(cursor: Cursor) -> Json:
    """JSON, in which texts may stand in single quotes as well, and typed literals may stand."""
    cursor.deeper()
    token = cursor.take()
    value: Json
    match token.kind, token.text:
        case Kind.SYMBOL, "[":
            value = _items(cursor)
        case Kind.SYMBOL, "{":
            value = _members(cursor)
        case Kind.SYMBOL, "-" if cursor.token.kind is Kind.NUMBER:
            number = number_literal(cursor.take()).value
            value = -number if isinstance(number, int | float) else None
        case Kind.TEXT, written:
            value = written
        case Kind.NUMBER, _:
            value = number_literal(token).value
        case Kind.TYPED, _:
            value = typed_literal(token).value
        case Kind.NAME, ("true" | "false" | "null") as word:
            value = {"true": True, "false": False, "null": None}[word]
        case _:
            raise refused(token.place, f"{token.place.seen!r} is no JSON")
    cursor.higher()
    return value


def _items(cursor: Cursor) -> list[Json]:
    items: list[Json] = []
    while not cursor.accept("]"):
        items.append(_json(cursor))
        if not cursor.sees("]"):
            cursor.expect(",")
    return items


def _members(cursor: Cursor) -> dict[str, Json]:
    members: dict[str, Json] = {}
    while not cursor.accept("}"):
        if cursor.token.kind is not Kind.TEXT:
            raise cursor.unexpected("a name in quotes")
        name = cursor.take().text
        cursor.expect(":")
        members[name] = _json(cursor)
        if not cursor.sees("}"):
            cursor.expect(",")
    return members


def _whole(written: str, place: Place) -> int:
    try:
        value = int(written, 0) if written.lower().startswith("0x") else int(written)
    except ValueError as error:
        raise refused(place, f"{place.seen!r} is no whole number") from error
    if abs(value) > _LARGEST:
        raise refused(place, f"{place.seen!r} has more than 64 bits")
    return value


def _real(written: str, place: Place) -> float:
    try:
        return float(written)
    except ValueError as error:
        raise refused(place, f"{place.seen!r} is no number") from error


def _bool(written: str, place: Place) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    if written.lower() not in known:
        raise refused(place, f"{place.seen!r} is neither true nor false")
    return known[written.lower()]


def _guid(written: str, place: Place) -> str:
    try:
        return str(UUID(written))
    except ValueError as error:
        raise refused(place, f"{place.seen!r} is no GUID") from error


def _moment(written: str, place: Place) -> str:
    try:
        moment = datetime.fromisoformat(written)
        known = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError) as error:
        raise refused(place, f"{place.seen!r} is no moment such as 2026-11-22T08:30:00Z") from error
    return known.replace(tzinfo=None).isoformat()


def _span(written: str, place: Place) -> int:
    """`1d`, `1.5h`, `2.03:04:05.678`: in microseconds."""
    if short := _SHORT.fullmatch(written):
        unit = next((size for name, size in _UNITS if short[3].startswith(name)), None)
        if unit is not None:
            return _bounded(float(f"{short[1]}{short[2]}") * unit, place)
    found = _SPAN.fullmatch(written)
    if found is None or not written.strip("-"):
        raise refused(place, f"{place.seen!r} is no length of time such as 1d or 02:30:00")
    seconds = (
        int(found["days"] or 0) * 86_400
        + int(found["hours"] or 0) * 3600
        + int(found["minutes"] or 0) * 60
        + float(found["seconds"] or 0)
    )
    return _bounded((-seconds if found["sign"] else seconds) * 1_000_000, place)


def _bounded(microseconds: float, place: Place) -> int:
    if abs(microseconds) > _LARGEST / 10:
        raise refused(place, f"{place.seen!r} is longer than time is reckoned here")
    return round(microseconds)
