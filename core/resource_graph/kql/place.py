"""Where in a query something stands, and how it is said that it cannot stand there."""

from dataclasses import dataclass

from core.errors import InvalidQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A token's place in the query."""

    line: int
    """From 1."""
    column: int
    """From 0, as Azure counts characters in a line."""
    seen: str
    """What stands there, cut off where it is long."""


def refused(place: Place, message: str) -> InvalidQuery:
    """The error that says what is wrong at that place."""
    return InvalidQuery(message, line=place.line, column=place.column, token=place.seen)
