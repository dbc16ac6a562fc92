"""A query's text as tokens. Comments and white space are left out.

Literals with a type (`datetime(2026-11-22)`, `long(-1)`) are one token: what stands between their
parentheses is no expression.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from core.errors import InvalidQuery
from core.resource_graph.kql.place import Place, refused

MAX_LENGTH = 100_000
"""Characters of a query."""
_SHOWN = 40


class Kind(Enum):
    """What a token is."""

    NAME = auto()
    TEXT = auto()
    NUMBER = auto()
    SPAN = auto()
    """A length of time: `1d`, `30m`."""
    TYPED = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of the query."""

    kind: Kind
    text: str
    """As written, but for TEXT: there it is what the literal says."""
    place: Place
    start: int
    """Its first character's place in the text."""
    end: int
    """The place behind its last character."""


_PIECES = re.compile(
    r"""
    (?P<skip>\s+|//[^\n]*)
  | (?P<fence>```.*?```|~~~.*?~~~)
  | (?P<verbatim>[hH]?@(?:'(?:[^']|'')*'|"(?:[^"]|"")*"))
  | (?P<text>[hH]?(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
  | (?P<span>[0-9]+(?:\.[0-9]+)?(?:days?|d|hours?|hrs?|h|minutes?|min|microseconds?|microsec
        |milliseconds?|millisec|ms|m|seconds?|sec|s|ticks?)(?![A-Za-z0-9_]))
  | (?P<number>0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
  | (?P<typed>(?:datetime|date|timespan|time|guid|int|long|real|double|decimal|bool|boolean)
        [ ]*\([^()]*\))
  | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
  | (?P<symbol>=~|!~|==|!=|<>|<=|>=|\.\.|[-<>=+*/%()\[\]{},;|.:!~])
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "fence": Kind.TEXT,
    "verbatim": Kind.TEXT,
    "text": Kind.TEXT,
    "span": Kind.SPAN,
    "number": Kind.NUMBER,
    "typed": Kind.TYPED,
    "name": Kind.NAME,
    "symbol": Kind.SYMBOL,
}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def tokens(query: str) -> list[Token]:
    """The query's tokens, and one that says where it ends. InvalidQuery for what is none."""
    if len(query) > MAX_LENGTH:
        place = Place(line=1, column=0, seen=query[:_SHOWN])
        raise refused(place, f"a query has at most {MAX_LENGTH} characters")
    return list(_tokens(query))


def _tokens(query: str) -> Iterator[Token]:
    at, line, began = 0, 1, 0
    while at < len(query):
        found = _PIECES.match(query, at)
        place = Place(
            line=line, column=at - began, seen=(found[0] if found else query[at])[:_SHOWN]
        )
        if found is None or found.lastgroup is None:
            raise _unreadable(query[at], place)
        if found.lastgroup != "skip":
            yield Token(
                kind=_KINDS[found.lastgroup],
                text=_said(found.lastgroup, found[0], place),
                place=place,
                start=at,
                end=found.end(),
            )
        if newlines := found[0].count("\n"):
            line += newlines
            began = at + found[0].rindex("\n") + 1
        at = found.end()
    end = Place(line=line, column=at - began, seen="<EOF>")
    yield Token(kind=Kind.END, text="", place=end, start=at, end=at)


def _unreadable(character: str, place: Place) -> InvalidQuery:
    if character in "'\"`":
        return refused(place, "the text that begins here does not end")
    return refused(place, f"{character!r} has no meaning here")


def _said(group: str, written: str, place: Place) -> str:
    """What a token says: of a text, that without its quotes and escapes."""
    match group:
        case "fence":
            return written[3:-3]
        case "verbatim":
            quoted = written.lstrip("hH")[1:]
            return quoted[1:-1].replace(quoted[0] * 2, quoted[0])
        case "text":
            return _ESCAPE.sub(lambda found: _character(found, place), written.lstrip("hH")[1:-1])
        case _:
            return written


def _character(escape: re.Match[str], place: Place) -> str:
    """What a backslash and what follows it stand for."""
    for digits, base in ((escape[1], 16), (escape[2], 16), (escape[3], 8)):
        if digits:
            character = chr(int(digits, base))
            if "\ud800" <= character <= "\udfff":
                raise refused(place, f"{escape[0]} is half a character")
            return character
    return _ESCAPED.get(escape[4], escape[4])
