"""What is known of exploitation, as it is published: EPSS probabilities, and CISA's catalogue.

Both are somebody else's documents, so they are read within limits: a line, a field or an entry that
makes no sense is counted, and a document that is no such thing is refused as a whole.

Source: FIRST's EPSS data (CSV: a comment that names the model, then `cve,epss,percentile`), and
CISA's Known Exploited Vulnerabilities catalogue (JSON: `vulnerabilities[]` with `cveID`,
`dateAdded`, `dueDate`).
"""

import csv
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec

from core.errors import InvalidAdvisory

MAX_BYTES = 256 * 1024 * 1024
"""Length of either document, unpacked: EPSS has some 300,000 lines, the catalogue a few MB."""

_GZIP = b"\x1f\x8b"
_EPSS, _KEV = "EPSS data", "catalogue of known exploited vulnerabilities"


class Probability(NamedTuple):
    """A CVE's score."""

    epss: float
    """Probability of exploitation within 30 days, 0.0 to 1.0."""
    percentile: float | None
    """Share of all CVEs that have at most that probability, 0.0 to 1.0."""


class Listing(NamedTuple):
    """A CVE's entry in the catalogue."""

    added: str | None
    """The day it was added, ISO 8601."""
    due: str | None
    """The day by which agencies must have acted, ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read[Value]:
    """What was read from a document."""

    known: Mapping[str, Value]
    """By CVE."""
    refused: int
    """Lines or entries that say nothing."""


class _Entry(msgspec.Struct, frozen=True, gc=False):
    cve: str = msgspec.field(name="cveID", default="")
    added: str = msgspec.field(name="dateAdded", default="")
    due: str = msgspec.field(name="dueDate", default="")


class _Catalogue(msgspec.Struct, frozen=True):
    vulnerabilities: tuple[_Entry, ...]


_CATALOGUE = msgspec.json.Decoder(_Catalogue)


def unpack(path: Path) -> bytes:
    """The content of a file, unpacked if it is gzipped, never more of it than is read.

    Raises `InvalidAdvisory` if it is too long or broken.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(_GZIP)) == _GZIP
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            document = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidAdvisory(f"The document cannot be unpacked: {error}") from error
    _check_length(document, "document")
    return document


def read_epss(document: bytes) -> Read[Probability]:
    """The probabilities in EPSS data; a line that gives none is counted.

    Raises `InvalidAdvisory` if the document is too long, has no column of CVEs and EPSS, or not one
    probability.
    """
    _check_length(document, _EPSS)
    lines = document.decode(errors="replace").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    known: dict[str, Probability] = {}
    refused = 0
    try:
        if not {"cve", "epss"} <= set(rows.fieldnames or ()):
            raise InvalidAdvisory(f"This is no {_EPSS}: its columns are not cve and epss.")
        for row in rows:
            epss = _share(row.get("epss"))
            if epss is None or not (row.get("cve") or "").startswith("CVE-"):
                refused += 1
            else:
                known[row["cve"]] = Probability(epss, _share(row.get("percentile")))
    except csv.Error as error:
        raise InvalidAdvisory(f"This is no {_EPSS}: {error}") from error
    if not known:
        raise InvalidAdvisory(f"This is no {_EPSS}: there is no probability in it.")
    return Read(known=known, refused=refused)


def read_exploited(document: bytes) -> Read[Listing]:
    """The CVEs in a catalogue of known exploited vulnerabilities; an entry without one is counted.

    Raises `InvalidAdvisory` if the document is too long, no such catalogue, or an empty one.
    """
    _check_length(document, _KEV)
    try:
        entries = _CATALOGUE.decode(document).vulnerabilities
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidAdvisory(f"This is no {_KEV}: {error}") from error
    known = {
        each.cve: Listing(_day(each.added), _day(each.due))
        for each in entries
        if each.cve.startswith("CVE-")
    }
    if not known:
        raise InvalidAdvisory(f"This is no {_KEV}: there is no CVE in it.")
    return Read(known=known, refused=sum(not each.cve.startswith("CVE-") for each in entries))


def _share(text: str | None) -> float | None:
    try:
        share = float(text or "")
    except ValueError:
        return None
    return share if 0.0 <= share <= 1.0 else None


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _check_length(document: bytes, what: str) -> None:
    if len(document) > MAX_BYTES:
        raise InvalidAdvisory(
            f"The {what} has {len(document):,} bytes; at most {MAX_BYTES:,} are read."
        )
