"""What columns are called that a query gives no name.

A column and a property's path pass their names on, and so do conversions: `tostring(a.b)` is `a_b`.
An aggregate puts its own before: `sum(x)` is `sum_x`. All else is `Column1`, `Column2` …
"""

from collections.abc import Collection

from core.resource_graph.kql.syntax import Call, Expression, Literal, Member, Name

_PASSING = frozenset(
    {
        *("tostring", "toint", "tolong", "todouble", "toreal", "tobool", "toboolean", "todatetime"),
        *("totimespan", "toguid", "todecimal", "todynamic", "parse_json", "split", "toobject"),
        *("bin", "floor", "ceiling", "round", "startofday", "abs", "sqrt", "log", "log10", "exp"),
        "format_datetime",
    }
)
"""Functions whose result is called as what they are given."""

_PREFIXES = {
    "make_list": "list",
    "make_list_if": "list",
    "makelist": "list",
    "make_set": "set",
    "make_set_if": "set",
    "makeset": "set",
    "make_bag": "bag",
    "make_bag_if": "bag",
    "strlen": "strlen",
    "gettype": "type",
    **{
        name: name
        for name in (
            *("count", "countif", "dcount", "dcountif", "sum", "sumif", "min", "minif", "max"),
            *("maxif", "avg", "avgif", "stdev", "variance", "percentile"),
        )
    },
}
"""Functions whose result is called by a word of theirs, and what they are given."""

_FIRST = frozenset({"any", "anyif", "take_any", "take_anyif"})
_ALONE = frozenset({"count", "countif", "dcountif", "sumif", "minif", "maxif", "avgif"})


def implied(expression: Expression) -> str | None:
    """What an expression is called by itself; `None` where it has no name of its own."""
    match expression:
        case Name(name=name):
            return name
        case Member(base=base, key=Literal(value=str() | int() as key)):
            parts = (implied(base), str(key).replace("-", "_"))
            return "_".join(part for part in parts if part)
        case Call(function=function, arguments=arguments):
            return _called(function, arguments)
        case _:
            return None


def _called(function: str, arguments: tuple[Expression, ...]) -> str | None:
    first = implied(arguments[0]) if arguments else None
    if function in _PASSING:
        return first
    if function in _FIRST:
        return first or function
    if function in _PREFIXES:
        return f"{_PREFIXES[function]}_{'' if function in _ALONE else first or ''}"
    return None


def named(
    given: str | None, expression: Expression, taken: Collection[str], counted: int
) -> tuple[str, int]:
    """What a column is called, and how many had no name so far."""
    if given is not None:
        return given, counted
    name = implied(expression)
    if name is None:
        counted += 1
        name = f"Column{counted}"
    return unused(name, taken), counted


def unused(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it where another column has it."""
    candidate, number = name, 0
    while candidate in taken:
        number += 1
        candidate = f"{name}{number}"
    return candidate
