"""What stands in a compiled database: a row per advisory, and a row per package.

Rows are MessagePack arrays. A package's row, its *sheet*, has the bounds of its line of versions
once, and for every advisory the places (`core.advisories.ranges`) that it affects; most take ten
bytes. Changing anything here changes the format: raise `FORMAT`.
"""

import hashlib

import msgspec

FORMAT = 1
"""SQLite's `user_version` of a compiled database."""

APPLICATION = 0x50524154
"""SQLite's `application_id` of a compiled database: `PRAT`."""


def number_of(record: str) -> int:
    """The number of an advisory's row: the same in every database, so that they can be compared."""
    return int.from_bytes(hashlib.sha256(record.encode()).digest()[:8]) >> 1


class Vector(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A CVSS vector with its base score."""

    version: str
    vector: str
    score: float


class Word(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a source says of the severity."""

    source: str
    value: str


class Advisory(msgspec.Struct, array_like=True, frozen=True):
    """What a record says of the vulnerability, whatever the package."""

    id: str
    aliases: tuple[str, ...]
    upstream: tuple[str, ...]
    related: tuple[str, ...]
    summary: str
    published: str | None
    modified: str | None
    references: tuple[str, ...]
    vectors: tuple[Vector, ...]
    words: tuple[Word, ...]
    status: str | None


class Special(msgspec.Struct, array_like=True, frozen=True):
    """What few entries have."""

    name: str | None = None
    """The package's name as the record writes it, where that differs."""
    exact: tuple[str, ...] = ()
    """Affected versions that the ecosystem cannot order: they match to the letter."""
    unclear: str | None = None
    """Why some of the record's ranges could not be evaluated."""
    vectors: tuple[Vector, ...] = ()
    """CVSS for this package alone."""
    words: tuple[Word, ...] = ()
    """Severity for this package alone."""
    status: str | None = None
    """The vendor's status for this package."""
    modular: bool | None = False
    """Whether what fixes it is built for a module of an RPM distribution; `None`: both exist."""
    stream: str | None = None
    """The module stream that it is about, `nodejs:18`, where the record says."""


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """An advisory's claim on a package."""

    advisory: int
    """Number of the advisory's row."""
    toggles: list[int]
    """The places that are affected."""
    fixes: list[int]
    """The places of the least fixes."""
    special: Special | None = None


class Sheet(msgspec.Struct, array_like=True, frozen=True):
    """All that is claimed of a package."""

    bounds: list[str]
    """Versions in their order, each of another place."""
    entries: list[Entry]
    """In the order of the advisories' numbers."""
