"""Reads the operators that have a grammar of their own: unions, `mv-expand`, `parse`, and lists of
columns."""

from collections.abc import Callable

from core.resource_graph.kql.cursor import Cursor
from core.resource_graph.kql.expressions import Expressions
from core.resource_graph.kql.place import Place
from core.resource_graph.kql.syntax import (
    TYPES,
    Captured,
    Count,
    Expand,
    Expanded,
    Parse,
    ProjectSome,
    Step,
    Type,
    Union,
)
from core.resource_graph.kql.tokens import Kind

type Read = Callable[[Cursor, Expressions, Place], Step]


def some_columns(operator: str) -> Read:
    """Reads columns' names, which may hold `*`: `project-away a, b*`."""

    def read(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
        patterns = [_pattern(cursor)]
        while cursor.accept(","):
            patterns.append(_pattern(cursor))
        return ProjectSome(operator=operator, patterns=tuple(patterns), place=place)

    return read


def _pattern(cursor: Cursor) -> str:
    """A name and the stars that touch it. A direction behind it (`asc`) sorts nothing here."""
    pattern, end = "", cursor.token.start
    while cursor.token.start == end or not pattern:
        if cursor.sees("*"):
            token = cursor.take()
        elif cursor.token.kind is Kind.NAME or (cursor.sees("[") and not pattern):
            token = cursor.expect_name()
        elif pattern:
            break
        else:
            raise cursor.unexpected("a column's name")
        pattern, end = pattern + token.text, token.end
    cursor.accept_word("asc", "desc")
    return pattern


def count_of(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    """Reads `count`, and what its column shall be called."""
    name = cursor.expect_name().text if cursor.accept_word("as") else "Count"
    return Count(name=name, place=place)


def union(cursor: Cursor, expressions: Expressions, place: Place) -> Union:
    """Reads tables, and how they are put together."""
    inner, source = False, None
    while cursor.token.kind is Kind.NAME and cursor.ahead(1).text == "=":
        option = cursor.take().text.lower()
        cursor.expect("=")
        match option:
            case "kind":
                inner = cursor.expect_word("inner", "outer") == "inner"
            case "withsource" | "with_source":
                source = cursor.expect_name().text
            case _:  # whether a table may be missing: here none does
                cursor.take()
    tables = [expressions.read_table()]
    while cursor.accept(","):
        tables.append(expressions.read_table())
    return Union(tables=tuple(tables), inner=inner, source=source, place=place)


def expand(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
    """Reads which columns become rows, as which types, and how many at most."""
    index: str | None = None
    while cursor.token.kind is Kind.NAME and cursor.ahead(1).text == "=":
        if not cursor.sees_word("with_itemindex", "bagexpansion", "kind"):
            break
        option = cursor.take().text.lower()
        cursor.expect("=")
        value = cursor.expect_name().text
        index = value if option == "with_itemindex" else index
    columns = [_expanded(cursor, expressions)]
    while cursor.accept(","):
        columns.append(_expanded(cursor, expressions))
    limit = expressions.read() if cursor.accept_word("limit") else None
    return Expand(columns=tuple(columns), index=index, limit=limit, place=place)


def _expanded(cursor: Cursor, expressions: Expressions) -> Expanded:
    named = expressions.read_named()
    type_: Type | None = None
    if cursor.accept_word("to"):
        cursor.expect_word("typeof")
        cursor.expect("(")
        type_ = read_type(cursor)
        cursor.expect(")")
    return Expanded(named=named, type=type_)


def read_type(cursor: Cursor) -> Type:
    """Reads a type's name."""
    if cursor.token.kind is not Kind.NAME or cursor.token.text.lower() not in TYPES:
        raise cursor.unexpected("a type, such as string, long or dynamic,")
    return TYPES[cursor.take().text.lower()]


def parse(*, filtering: bool) -> Read:
    """Reads how a text is taken apart: `parse x with * 'a' b: long 'c'`."""

    def read(cursor: Cursor, expressions: Expressions, place: Place) -> Step:
        kind = "simple"
        if cursor.sees_word("kind") and cursor.ahead(1).text == "=":
            cursor.take()
            cursor.take()
            kind = cursor.expect_word("simple", "regex", "relaxed")
            if cursor.sees_word("flags"):
                cursor.take()
                cursor.expect("=")
                cursor.take()
        value = expressions.read()
        cursor.expect_word("with")
        pattern = []
        while (part := _part(cursor)) is not _NOTHING:
            pattern.append(part)
        if not pattern:
            raise cursor.unexpected("a pattern")
        return Parse(
            value=value,
            pattern=tuple(one for one in pattern if not isinstance(one, Kind)),
            regex=kind == "regex",
            filtering=filtering,
            place=place,
        )

    return read


_NOTHING = Kind.END
"""There is no more of a pattern."""


def _part(cursor: Cursor) -> str | Captured | Kind | None:
    """A text, a column, or `None` for `*`."""
    if cursor.accept("*"):
        return None
    if cursor.token.kind is Kind.TEXT:
        return cursor.take().text
    if cursor.token.kind is Kind.NAME or cursor.sees("["):
        name = cursor.expect_name().text
        type_ = read_type(cursor) if cursor.accept(":") else Type.STRING
        return Captured(name=name, type=type_)
    return _NOTHING
