"""Reads the operators that rows go through: what stands behind each `|`."""

from collections.abc import Callable, Mapping

from core.resource_graph.kql.cursor import Cursor
from core.resource_graph.kql.expressions import Expressions
from core.resource_graph.kql.place import Place, refused
from core.resource_graph.kql.reshaping import count_of, expand, parse, some_columns, union
from core.resource_graph.kql.syntax import (
    Distinct,
    Expression,
    Extend,
    Join,
    Match,
    Member,
    Name,
    Named,
    Ordered,
    Project,
    ProjectRename,
    Sort,
    Step,
    Summarize,
    Take,
    Where,
)
from core.resource_graph.kql.tokens import Kind

JOINS = {
    **{kind: kind for kind in ("inner", "innerunique", "leftouter", "rightouter", "fullouter")},
    **{kind: kind for kind in ("leftanti", "rightanti", "leftsemi", "rightsemi")},
    "anti": "leftanti",
    "leftantisemi": "leftanti",
    "rightantisemi": "rightanti",
    "semi": "leftsemi",
}
"""Kinds of joins by the names that people write."""

type Read = Callable[[Cursor, Expressions, Place], Step]


def read_step(cursor: Cursor, expressions: Expressions) -> Step:
    """The operator that comes, with all that belongs to it."""
    place = cursor.place
    name = operator_name(cursor)
    if name not in OPERATORS:
        known = ", ".join(sorted(OPERATORS))
        raise refused(place, f"there is no operator {name!r} here; there are {known}")
    return OPERATORS[name](cursor, expressions, place)


def operator_name(cursor: Cursor) -> str:
    """An operator's name, in lower case; it may hold a minus: `mv-expand`."""
    token = cursor.expect_name()
    name, end = token.text, token.end
    while cursor.sees("-") and cursor.token.start == end and cursor.ahead(1).start == end + 1:
        cursor.take()
        part = cursor.expect_name()
        name, end = f"{name}-{part.text}", part.end
    return name.lower()


def _where(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    return Where(condition=expressions.read(), place=place)


def _extend(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    return Extend(columns=expressions.read_list(), place=place)


def _project(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    return Project(columns=expressions.read_list(), place=place)


def _rename(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    return ProjectRename(columns=expressions.read_list(), place=place)


def _distinct(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    return Distinct(columns=expressions.read_list(), place=place)


def _summarize(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    aggregates: tuple[Named, ...] = ()
    by: tuple[Named, ...] = ()
    if not cursor.sees_word("by"):
        aggregates = expressions.read_list()
    if cursor.accept_word("by"):
        by = expressions.read_list()
    return Summarize(aggregates=aggregates, by=by, place=place)


def _sort(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    cursor.expect_word("by")
    return Sort(keys=_keys(cursor, expressions), limit=None, place=place)


def _top(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    limit = expressions.read()
    cursor.expect_word("by")
    return Sort(keys=_keys(cursor, expressions), limit=limit, place=place)


def _take(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    return Take(limit=expressions.read(), place=place)


def _keys(cursor: Cursor, expressions: Expressions) -> tuple[Ordered, ...]:
    keys = [_key(cursor, expressions)]
    while cursor.accept(","):
        keys.append(_key(cursor, expressions))
    return tuple(keys)


def _key(cursor: Cursor, expressions: Expressions) -> Ordered:
    """A value to sort by. What is null is less than all that is not, unless it is said where."""
    value = expressions.read()
    descending = cursor.accept_word("asc", "desc") != "asc"
    nulls_first = not descending
    if cursor.accept_word("nulls"):
        nulls_first = cursor.expect_word("first", "last") == "first"
    return Ordered(value=value, descending=descending, nulls_first=nulls_first)


def _serialize(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    """Rows have an order already: nothing is left of it but its columns."""
    columns = () if cursor.sees("|") or _ends(cursor) else expressions.read_list()
    return Extend(columns=columns, place=place)


def _join(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    return _joined(cursor, expressions, place, lookup=False)


def _lookup(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    return _joined(cursor, expressions, place, lookup=True)


def _joined(cursor: Cursor, expressions: Expressions, place: Place, *, lookup: bool) -> Step:
    kind = "leftouter" if lookup else "innerunique"
    while cursor.token.kind is Kind.NAME and cursor.ahead(1).text == "=":
        option = cursor.take().text.lower()
        cursor.expect("=")
        if option == "kind":
            kind = JOINS[cursor.expect_word(*JOINS)]
        else:  # hints say how to go about it, not what comes of it
            cursor.take()
    right = expressions.read_table()
    cursor.expect_word("on")
    matches = [_match(cursor, expressions)]
    while cursor.accept(","):
        matches.append(_match(cursor, expressions))
    return Join(kind=kind, right=right, matches=tuple(matches), lookup=lookup, place=place)


def _match(cursor: Cursor, expressions: Expressions) -> Match:
    """`id`, or `$left.id == $right.other`, whichever side comes first."""
    place = cursor.place
    first = expressions.read_sum()
    if not cursor.accept("=="):
        if not isinstance(first, Name):
            raise refused(place, "a join is on a column's name, or on $left.x == $right.y")
        return Match(left=first, right=first, place=place)
    sides = {}
    for side in (first, expressions.read_sum()):
        match side:
            case Member(base=Name(name="$left" | "$right" as name), key=key):
                sides[name] = _column(key, place)
            case _:
                raise refused(place, "the two sides of a join are $left.x and $right.y")
    if len(sides) < 2:
        raise refused(place, "the two sides of a join are $left.x and $right.y")
    return Match(left=sides["$left"], right=sides["$right"], place=place)


def _column(key: Expression, place: Place) -> Name:
    value = getattr(key, "value", None)
    if not isinstance(value, str):
        raise refused(place, "a join is on columns' names")
    return Name(name=value, place=place)


def _ends(cursor: Cursor) -> bool:
    return cursor.token.kind is Kind.END or cursor.sees(")", ";")


OPERATORS: Mapping[str, Read] = {
    "where": _where,
    "filter": _where,
    "extend": _extend,
    "project": _project,
    "project-away": some_columns("project-away"),
    "project-keep": some_columns("project-keep"),
    "project-reorder": some_columns("project-reorder"),
    "project-rename": _rename,
    "summarize": _summarize,
    "distinct": _distinct,
    "order": _sort,
    "sort": _sort,
    "top": _top,
    "take": _take,
    "limit": _take,
    "count": count_of,
    "join": _join,
    "lookup": _lookup,
    "union": union,
    "mv-expand": expand,
    "mvexpand": expand,
    "parse": parse(filtering=False),
    "parse-where": parse(filtering=True),
    "serialize": _serialize,
}
"""How each operator is read."""

BEGINNINGS = frozenset(name for name in OPERATORS if name != "union")
"""Operators that a query may begin with: it then asks of `resources`."""
