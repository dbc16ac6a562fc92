"""OSV records: the part of the schema that matters here, read with types and within limits.

Source: the Open Source Vulnerability schema, version 1.7. Reading is tolerant of what records in
the wild do (a null for an absent list, fields of later versions, a field of one's own with any
shape), and strict about what matching stands on: ids, packages, ranges and events.
"""

import msgspec

from core.errors import InvalidAdvisory

MAX_BYTES = 8 * 1024 * 1024
"""Length of a record; the longest honest ones enumerate some hundred thousand versions."""


class Package(msgspec.Struct, frozen=True, gc=False):
    """The package that is affected."""

    ecosystem: str = ""
    name: str = ""


class Event(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A version at which something changes. The schema allows one of these fields in each."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Range(msgspec.Struct, frozen=True):
    """Events along one line of versions."""

    type: str
    events: tuple[Event, ...] = ()


class Severity(msgspec.Struct, frozen=True, gc=False):
    """A score in some system: a CVSS vector, or a distribution's own word (type `Ubuntu`)."""

    type: str = ""
    score: str = ""


class Specific(msgspec.Struct, frozen=True):
    """What a database or an ecosystem adds of its own, as far as it is understood here.

    Every database gives these what shape it likes, so only text is taken.
    """

    severity: object = None
    """A word: `HIGH` (GitHub), `low` (others)."""
    urgency: object = None
    """Debian's word."""
    ubuntu_priority: object = None
    """Ubuntu's word."""
    informational: object = None
    """RustSec: `unmaintained`, `unsound` or `notice` where nothing is vulnerable as such."""
    status: object = None
    """A vendor's own status."""

    def text(self, field: str) -> str | None:
        """A field's value, if it is text and not empty."""
        value = getattr(self, field)
        return value if isinstance(value, str) and value else None


_NOTHING = Specific()


class Affected(msgspec.Struct, frozen=True):
    """A package, and which of its versions are affected."""

    package: Package | None = None
    ranges: tuple[Range, ...] | None = None
    versions: tuple[str, ...] | None = None
    severity: tuple[Severity, ...] | None = None
    ecosystem_specific: Specific | None = None
    database_specific: Specific | None = None

    @property
    def specifics(self) -> tuple[Specific, ...]:
        """What the ecosystem adds, and what the database adds, where they add anything."""
        added = (self.ecosystem_specific, self.database_specific)
        return tuple(each for each in added if each is not None and each != _NOTHING)


class Reference(msgspec.Struct, frozen=True, gc=False):
    """An address to read on."""

    url: str = ""


class Record(msgspec.Struct, frozen=True):
    """One advisory."""

    id: str
    modified: str | None = None
    published: str | None = None
    withdrawn: str | None = None
    aliases: tuple[str, ...] | None = None
    upstream: tuple[str, ...] | None = None
    related: tuple[str, ...] | None = None
    summary: str | None = None
    details: str | None = None
    severity: tuple[Severity, ...] | None = None
    affected: tuple[Affected, ...] | None = None
    references: tuple[Reference, ...] | None = None
    database_specific: Specific | None = None

    @property
    def specific(self) -> Specific:
        """What the database adds to the record as a whole."""
        return self.database_specific or _NOTHING


_DECODER = msgspec.json.Decoder(Record)


def decode(text: bytes) -> Record:
    """The record that a JSON document holds.

    Raises `InvalidAdvisory` if it is too long, no JSON, or no OSV record.
    """
    if len(text) > MAX_BYTES:
        raise InvalidAdvisory(
            f"The record has {len(text):,} bytes; at most {MAX_BYTES:,} are read."
        )
    try:
        record = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidAdvisory(f"This is no OSV record: {error}") from error
    if not record.id.isprintable() or not 0 < len(record.id) <= 128:
        raise InvalidAdvisory(f"{record.id[:40]!r} is no id of an OSV record.")
    return record
