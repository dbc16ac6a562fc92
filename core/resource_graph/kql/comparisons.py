"""Comparisons: of numbers, times and texts, with and without case, and of what may not be there.

As Kusto has it, nothing equals what is null, and everything that is not null is unequal to it.
"""

from collections.abc import Callable

from core.resource_graph.kql.conversions import converted, text
from core.resource_graph.kql.place import Place, refused
from core.resource_graph.kql.syntax import Type
from core.resource_graph.kql.values import Computed, Value, computed

_NUMBERS = (Type.LONG, Type.REAL)
_TESTS: dict[str, str] = {
    "contains": "contains(lower({0}), lower({1}))",
    "contains_cs": "contains({0}, {1})",
    "startswith": "starts_with(lower({0}), lower({1}))",
    "startswith_cs": "starts_with({0}, {1})",
    "endswith": "ends_with(lower({0}), lower({1}))",
    "endswith_cs": "ends_with({0}, {1})",
    "has": "kql_has({0}, {1})",
    "has_cs": "kql_has_cs({0}, {1})",
    "hasprefix": "kql_hasprefix({0}, {1})",
    "hasprefix_cs": "kql_hasprefix_cs({0}, {1})",
    "hassuffix": "kql_hassuffix({0}, {1})",
    "hassuffix_cs": "kql_hassuffix_cs({0}, {1})",
    "matches": "regexp_matches({0}, {1})",
    "=~": "(lower({0}) = lower({1}))",
}
"""What compares two texts, in SQL."""


def compared(operator: str, left: Value, right: Value, place: Place) -> Computed:
    """Whether the comparison holds."""
    negated = operator.startswith("!") and operator not in ("!=", "!~")
    test = _TESTS.get({"!~": "=~"}.get(operator, operator.removeprefix("!" if negated else "")))
    if test is not None:
        holds = test.format(text(left), text(right))
        return computed(f"(NOT {holds})" if negated or operator == "!~" else holds, Type.BOOL)
    match operator:
        case "==":
            return computed(equal(left, right), Type.BOOL)
        case "!=" | "<>":
            return computed(f"(NOT {equal(left, right)})", Type.BOOL)
        case "<" | "<=" | ">" | ">=":
            first, second = meeting(left, right)
            return computed(f"({first.sql} {operator} {second.sql})", Type.BOOL)
        case _:
            raise refused(place, f"there is no operator {operator!r}")


def equal(left: Value, right: Value) -> str:
    """SQL for whether two values are the same; never NULL."""
    if is_folded(left) or is_folded(right):
        return f"(lower({text(left)}) = lower({text(right)}))"
    first, second = meeting(left, right)
    if first.type is second.type is Type.STRING:
        return f"({first.sql} = {second.sql})"
    return f"coalesce({first.sql} = {second.sql}, false)"


def is_folded(value: Value) -> bool:
    """Whether a value matches texts whatever their case."""
    return isinstance(value, Computed) and value.folded


def meeting(left: Value, right: Value) -> tuple[Computed, Computed]:
    """Two values in a type in which they can be compared: that of the one which is more than a
    text."""
    types = {left.type, right.type}
    if types <= {Type.STRING, Type.DYNAMIC}:
        type_ = Type.STRING
    elif types <= {*_NUMBERS, Type.BOOL} and len(types) > 1:
        type_ = Type.REAL
    else:
        known = types - {Type.STRING, Type.DYNAMIC}
        type_ = Type.REAL if known <= set(_NUMBERS) and len(types) > 1 else _strongest(known)
    return converted(left, type_), converted(right, type_)


def _strongest(types: set[Type]) -> Type:
    order = (Type.DATETIME, Type.TIMESPAN, Type.REAL, Type.LONG, Type.BOOL)
    return next(one for one in order if one in types)


def one_of(value: Value, choices: list[Value], *, folding: bool) -> str:
    """SQL for whether a value is one of several; never NULL."""
    if folding or is_folded(value):
        same: Callable[[Value, Value], str] = _same_folded
    else:
        same = equal
    texts = {Type.STRING, Type.DYNAMIC}
    if all(one.type is Type.STRING for one in choices) and value.type in texts:
        folded = "lower({})" if same is _same_folded else "{}"
        listed = ", ".join(folded.format(text(one)) for one in choices)
        return f"({folded.format(text(value))} IN ({listed}))"
    return f"({' OR '.join(same(value, one) for one in choices)})"


def _same_folded(left: Value, right: Value) -> str:
    return f"(lower({text(left)}) = lower({text(right)}))"
