"""Reads a whole query: what it names with `let`, a table, and the operators behind it."""

from core.resource_graph.kql.cursor import Cursor
from core.resource_graph.kql.expressions import Expressions
from core.resource_graph.kql.operators import BEGINNINGS, read_step
from core.resource_graph.kql.place import Place, refused
from core.resource_graph.kql.reshaping import union
from core.resource_graph.kql.syntax import Expression, Let, Name, Pipeline, Rows, Script, Step
from core.resource_graph.kql.tokens import Kind, tokens

DEFAULT_TABLE = "resources"
"""What a query asks of that names no table."""
MAX_STEPS = 100
"""Operators of a query, with those within it."""


def read_script(query: str, tables: frozenset[str]) -> Script:
    """The query as a tree. `tables` are the names that there are, in lower case. InvalidQuery when
    it cannot be read."""
    return _Reader(Cursor(tokens(query)), tables).script()


def read_expression(text: str, tables: frozenset[str]) -> Expression:
    """An expression that stands alone. InvalidQuery when it cannot be read."""
    cursor = Cursor(tokens(text))
    reader = _Reader(cursor, tables)
    expression = Expressions(cursor, reader.pipeline, tables).read()
    if cursor.token.kind is not Kind.END:
        raise cursor.unexpected("the end")
    return expression


class _Reader:
    def __init__(self, cursor: Cursor, tables: frozenset[str]) -> None:
        self._cursor = cursor
        self._tables = tables
        self._steps = 0

    def script(self) -> Script:
        cursor = self._cursor
        lets: list[Let] = []
        while cursor.accept(";") or cursor.sees_word("let"):
            if cursor.sees_word("let"):
                lets.append(self._let())
        pipeline = self.pipeline()
        while cursor.accept(";"):
            pass
        if cursor.token.kind is not Kind.END:
            raise cursor.unexpected("an operator, or the end of the query,")
        return Script(lets=tuple(lets), pipeline=pipeline)

    def _let(self) -> Let:
        cursor, place = self._cursor, self._cursor.place
        cursor.take()
        name = cursor.expect_name().text
        cursor.expect("=")
        value = self.pipeline() if self._is_table() else self._expressions().read()
        if isinstance(value, Pipeline):
            self._tables |= {name.lower()}
        cursor.expect(";")
        return Let(name=name, value=value, place=place)

    def _is_table(self) -> bool:
        """Whether a table comes, perhaps in parentheses, rather than a value."""
        at = 0
        while self._cursor.ahead(at).text == "(" and self._cursor.ahead(at).kind is Kind.SYMBOL:
            at += 1
        token = self._cursor.ahead(at)
        if token.kind is not Kind.NAME or self._cursor.ahead(at + 1).text in ("(", "=", "."):
            return False
        return token.text.lower() in self._tables or token.text.lower() == "union"

    def _expressions(self) -> Expressions:
        return Expressions(self._cursor, self.pipeline, self._tables)

    def pipeline(self) -> Pipeline:
        """A table and its operators."""
        cursor, place = self._cursor, self._cursor.place
        cursor.deeper()
        steps: list[Step] = []
        source = self._source(steps, place)
        while cursor.accept("|"):
            if cursor.sees("|"):
                raise cursor.unexpected("an operator")
            steps.append(self._step())
        cursor.higher()
        return Pipeline(source=source, steps=tuple(steps), place=place)

    def _step(self) -> Step:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise refused(self._cursor.place, f"a query has at most {MAX_STEPS} operators")
        return read_step(self._cursor, self._expressions())

    def _source(self, steps: list[Step], place: Place) -> Rows:
        """Where the rows come from. An operator that stands there instead goes to the steps."""
        cursor = self._cursor
        if cursor.accept("("):
            inner = self.pipeline()
            cursor.expect(")")
            return inner
        if cursor.sees("|"):
            return Name(name=DEFAULT_TABLE, place=place)
        if cursor.sees_word("union"):
            cursor.take()
            steps.append(union(cursor, self._expressions(), place))
            return None
        word = cursor.token.text.lower()
        if cursor.token.kind is Kind.NAME and word not in self._tables and self._begins():
            steps.append(self._step())
            return Name(name=DEFAULT_TABLE, place=place)
        if cursor.token.kind is not Kind.NAME:
            raise cursor.unexpected("a table")
        return Name(name=cursor.take().text, place=place)

    def _begins(self) -> bool:
        """Whether an operator comes where a table should, with something behind it."""
        word = self._cursor.token.text.lower()
        behind = self._cursor.ahead(1)
        alone = behind.kind is Kind.END or behind.text in ("|", ";", ")")
        dashed = word in ("project", "mv") and behind.text == "-"
        return (word in BEGINNINGS and not alone) or dashed
