"""The place in a query's tokens to which it has been read."""

from collections.abc import Sequence

from core.errors import InvalidQuery
from core.resource_graph.kql.place import Place, refused
from core.resource_graph.kql.tokens import Kind, Token

MAX_DEPTH = 60
"""Parentheses, and what else holds something of its own kind, within each other."""


class Cursor:
    """Looks at tokens, one after the other, and takes them."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        """The next one."""
        return self._tokens[self._at]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.token.place

    def ahead(self, by: int) -> Token:
        """One behind it; the last one where there are not so many."""
        return self._tokens[min(self._at + by, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The next token, which is read with this."""
        token = self.token
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def sees(self, *symbols: str) -> bool:
        """Whether the next token is one of these symbols."""
        return self.token.kind is Kind.SYMBOL and self.token.text in symbols

    def sees_word(self, *words: str) -> bool:
        """Whether the next token is one of these words, in whatever case."""
        return self.token.kind is Kind.NAME and self.token.text.lower() in words

    def accept(self, symbol: str) -> bool:
        """Take the next token if it is that symbol; whether it was."""
        seen = self.sees(symbol)
        if seen:
            self.take()
        return seen

    def accept_word(self, *words: str) -> str | None:
        """Take the next token if it is one of these words; which one it was, in lower case."""
        return self.take().text.lower() if self.sees_word(*words) else None

    def expect(self, symbol: str) -> Token:
        """Take the next token, which must be that symbol."""
        if not self.sees(symbol):
            raise self.unexpected(repr(symbol))
        return self.take()

    def expect_word(self, *words: str) -> str:
        """Take the next token, which must be one of these words."""
        word = self.accept_word(*words)
        if word is None:
            raise self.unexpected(" or ".join(repr(one) for one in words))
        return word

    def expect_name(self) -> Token:
        """Take the next token, which must be a name: `abc`, `['a b c']`."""
        if self.accept("["):
            if self.token.kind is not Kind.TEXT:
                raise self.unexpected("a name in quotes")
            token = self.take()
            self.expect("]")
            return token
        if self.token.kind is not Kind.NAME:
            raise self.unexpected("a name")
        return self.take()

    def unexpected(self, wanted: str) -> InvalidQuery:
        """The error that something else should stand here."""
        return refused(self.place, f"{self.place.seen!r} stands where {wanted} should")

    def deeper(self) -> None:
        """Go into something that may hold its own kind. InvalidQuery when that goes too deep."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refused(self.place, f"this is nested more than {MAX_DEPTH} deep")

    def higher(self) -> None:
        """Come out again."""
        self._depth -= 1
