"""Reads expressions. What binds weaker comes first: `or`, `and`, comparisons, sums, products."""

from collections.abc import Callable

from core.resource_graph.kql.cursor import Cursor
from core.resource_graph.kql.literals import (
    dynamic_literal,
    number_literal,
    span_literal,
    text_literal,
    typed_literal,
)
from core.resource_graph.kql.place import refused
from core.resource_graph.kql.syntax import (
    Among,
    Between,
    Binary,
    Call,
    Choices,
    Expression,
    Literal,
    Logic,
    Member,
    Name,
    Named,
    Negative,
    Pipeline,
    Star,
    Type,
)
from core.resource_graph.kql.tokens import Kind

COMPARISONS = ("==", "=~", "!=", "!~", "<>", "<", "<=", ">", ">=")
WORDS = frozenset(
    {
        "contains",
        "contains_cs",
        "startswith",
        "startswith_cs",
        "endswith",
        "endswith_cs",
        "has",
        "has_cs",
        "hasprefix",
        "hasprefix_cs",
        "hassuffix",
        "hassuffix_cs",
    }
)
"""Comparisons of texts, each of which may have a `!` before it."""
_LISTS = ("in", "has_any", "has_all")
_MAX_PATH = 100
_MAX_CHAIN = 200
"""Operators in a row."""

type ReadPipeline = Callable[[], Pipeline]
"""Reads a table and its operators, where an expression may hold one."""


class Expressions:
    """Reads one expression after the other."""

    def __init__(self, cursor: Cursor, pipeline: ReadPipeline, tables: frozenset[str]) -> None:
        """`tables` are the names, in lower case, that may stand where values do, in `in (…)`."""
        self._cursor = cursor
        self._pipeline = pipeline
        self._tables = tables

    def read(self) -> Expression:
        """An expression."""
        self._cursor.deeper()
        expression = self._logic("or", lambda: self._logic("and", self._compared))
        self._cursor.higher()
        return expression

    def read_named(self) -> Named:
        """An expression that may have a name: `x = 1`, `['a b'] = 1`, `1`."""
        cursor, place = self._cursor, self._cursor.place
        name: str | None = None
        if cursor.token.kind is Kind.NAME and _is(cursor, 1, "="):
            name = cursor.take().text
        elif cursor.sees("[") and cursor.ahead(1).kind is Kind.TEXT and _is(cursor, 3, "="):
            name = cursor.expect_name().text
        if name is not None:
            cursor.expect("=")
        return Named(name=name, value=self.read(), place=place)

    def read_list(self) -> tuple[Named, ...]:
        """Such expressions with commas between them."""
        found = [self.read_named()]
        while self._cursor.accept(","):
            found.append(self.read_named())
        return tuple(found)

    def read_sum(self) -> Expression:
        """An expression without comparisons."""
        return self._sum()

    def read_table(self) -> Pipeline:
        """A table's name, or a table with operators in parentheses."""
        cursor, place = self._cursor, self._cursor.place
        if cursor.accept("("):
            pipeline = self._pipeline()
            cursor.expect(")")
            return pipeline
        token = cursor.expect_name()
        return Pipeline(source=Name(name=token.text, place=place), steps=(), place=place)

    def _logic(self, word: str, inner: Callable[[], Expression]) -> Expression:
        place = self._cursor.place
        terms = [inner()]
        while self._cursor.accept_word(word):
            terms.append(inner())
        if len(terms) == 1:
            return terms[0]
        return Logic(operator=word, terms=tuple(terms), place=place)

    def _compared(self) -> Expression:
        cursor = self._cursor
        left = self._sum()
        place = cursor.place
        if cursor.sees(*COMPARISONS):
            operator = cursor.take().text
            return Binary(operator=operator, left=left, right=self._sum(), place=place)
        negation = "!" if cursor.sees("!") and cursor.ahead(1).kind is Kind.NAME else ""
        word = cursor.ahead(1 if negation else 0).text.lower()
        if cursor.token.kind is not Kind.NAME and not negation:
            return left
        if word in WORDS or word in (*_LISTS, "between") or (word == "matches" and not negation):
            for _ in range(1 + len(negation)):
                cursor.take()
            return self._worded(f"{negation}{word}", word, left)
        if negation:
            raise refused(place, f"there is no operator !{word}")
        return left

    def _worded(self, operator: str, word: str, left: Expression) -> Expression:
        """What follows a comparison that is a word."""
        cursor, place = self._cursor, self._cursor.place
        if word == "between":
            cursor.expect("(")
            low = self._sum()
            cursor.expect("..")
            high = self._sum()
            cursor.expect(")")
            negated = operator.startswith("!")
            return Between(value=left, low=low, high=high, negated=negated, place=place)
        if word in _LISTS:
            insensitive = "~" if cursor.accept("~") else ""
            return self._among(f"{operator}{insensitive}", left)
        if word == "matches":
            cursor.expect_word("regex")
        return Binary(operator=operator, left=left, right=self._sum(), place=place)

    def _among(self, operator: str, left: Expression) -> Expression:
        cursor, place = self._cursor, self._cursor.place
        cursor.expect("(")
        choices: Choices
        if self._is_table():
            choices = self._pipeline()
        else:
            listed: list[Expression] = []
            while not cursor.sees(")"):
                listed.append(self.read())
                if not cursor.sees(")"):
                    cursor.expect(",")
            choices = tuple(listed)
        cursor.expect(")")
        return Among(operator=operator, value=left, choices=choices, place=place)

    def _is_table(self) -> bool:
        """Whether a table comes, perhaps in parentheses, rather than a list of values."""
        at = 0
        while _is(self._cursor, at, "("):
            at += 1
        token, behind = self._cursor.ahead(at), self._cursor.ahead(at + 1)
        named = token.kind is Kind.NAME and token.text.lower() in self._tables
        return named and behind.kind is Kind.SYMBOL and behind.text in ("|", ")")

    def _sum(self) -> Expression:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/", "%"), self._unary))

    def _chain(self, operators: tuple[str, ...], inner: Callable[[], Expression]) -> Expression:
        cursor = self._cursor
        left = inner()
        for _ in range(_MAX_CHAIN):
            if not cursor.sees(*operators):
                return left
            token = cursor.take()
            left = Binary(operator=token.text, left=left, right=inner(), place=token.place)
        raise refused(cursor.place, f"there are more than {_MAX_CHAIN} operators in a row")

    def _unary(self) -> Expression:
        cursor, place = self._cursor, self._cursor.place
        if cursor.accept("-"):
            cursor.deeper()
            value = self._unary()
            cursor.higher()
            if isinstance(value, Literal) and type(value.value) in (int, float):
                return Literal(value=_minus(value.value), type=value.type, place=place)
            return Negative(value=value, place=place)
        cursor.accept("+")
        return self._members(self._primary())

    def _members(self, base: Expression) -> Expression:
        """What follows a value: `.name`, `.['name']`, `["name"]`, `[0]`."""
        cursor = self._cursor
        length = 0
        while cursor.sees(".", "["):
            place = cursor.place
            length += 1
            if length > _MAX_PATH:
                raise refused(place, f"a path has at most {_MAX_PATH} names")
            dotted = cursor.accept(".")
            if cursor.accept("["):
                key: Expression = self.read()
                cursor.expect("]")
            elif dotted and cursor.token.kind is Kind.NAME:
                key = text_literal(cursor.take())
            else:
                raise cursor.unexpected("the name of a property")
            base = Member(base=base, key=key, place=place)
        return base

    def _primary(self) -> Expression:
        cursor = self._cursor
        token, place = cursor.token, cursor.place
        match token.kind:
            case Kind.TEXT:
                return self._texts()
            case Kind.NUMBER:
                return number_literal(cursor.take())
            case Kind.SPAN:
                return span_literal(cursor.take())
            case Kind.TYPED:
                return typed_literal(cursor.take())
            case Kind.NAME:
                return self._word()
        if cursor.accept("("):
            inner = self.read()
            cursor.expect(")")
            return inner
        if cursor.sees("["):
            return Name(name=cursor.expect_name().text, place=place)
        if cursor.accept("*"):
            return Star(place=place)
        raise cursor.unexpected("a value")

    def _texts(self) -> Literal:
        """Texts that follow each other are one."""
        first = self._cursor.take()
        value = first.text
        while self._cursor.token.kind is Kind.TEXT:
            value += self._cursor.take().text
        return Literal(value=value, type=Type.STRING, place=first.place)

    def _word(self) -> Expression:
        cursor = self._cursor
        token = cursor.take()
        word = token.text.lower()
        if cursor.sees("("):
            if word == "dynamic":
                return dynamic_literal(cursor, token.place)
            return Call(function=word, arguments=self._arguments(), place=token.place)
        if word in ("true", "false"):
            return Literal(value=word == "true", type=Type.BOOL, place=token.place)
        return Name(name=token.text, place=token.place)

    def _arguments(self) -> tuple[Expression, ...]:
        cursor = self._cursor
        cursor.expect("(")
        arguments: list[Expression] = []
        while not cursor.accept(")"):
            arguments.append(self.read_named().value)
            if not cursor.sees(")"):
                cursor.expect(",")
        return tuple(arguments)


def _is(cursor: Cursor, by: int, symbol: str) -> bool:
    token = cursor.ahead(by)
    return token.kind is Kind.SYMBOL and token.text == symbol


def _minus(value: str | int | float | bool | None) -> int | float | None:
    return -value if isinstance(value, int | float) else None
