"""What is known of a vulnerability's exploitation: EPSS probabilities, and CISA's catalogue.

Source: FIRST's EPSS data (CSV: a comment that names the model, then `cve,epss,percentile`), and
CISA's Known Exploited Vulnerabilities catalogue (JSON: `vulnerabilities[].cveID`).
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from core.errors import InvalidAdvisory

MAX_BYTES = 256 * 1024 * 1024
"""Length of either document; EPSS has some 300,000 lines, the catalogue some megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intelligence:
    """Exploitation, by CVE."""

    epss: Mapping[str, float] = field(default_factory=dict)
    """Probability of exploitation within 30 days, 0.0 to 1.0."""
    exploited: frozenset[str] = frozenset()
    """CVEs that are known to be exploited."""

    def probability(self, cves: Iterable[str]) -> float | None:
        """The highest of these CVEs' probabilities, or `None` where none is known."""
        return max((self.epss[cve] for cve in cves if cve in self.epss), default=None)

    def is_exploited(self, cves: Iterable[str]) -> bool:
        """Whether any of these CVEs is known to be exploited."""
        return not self.exploited.isdisjoint(cves)


NOTHING_KNOWN = Intelligence()
"""No CVE is known to be exploited, nor how likely that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probabilities:
    """What was read from EPSS data."""

    epss: Mapping[str, float]
    """Probability of exploitation, by CVE."""
    refused: int
    """Lines that give none."""


class _Exploited(msgspec.Struct, frozen=True, gc=False):
    cve: str = msgspec.field(name="cveID", default="")


class _Catalogue(msgspec.Struct, frozen=True):
    vulnerabilities: tuple[_Exploited, ...]


_CATALOGUE = msgspec.json.Decoder(_Catalogue)


def read_epss(document: bytes) -> Probabilities:
    """The probabilities in EPSS data; a line that gives none is counted.

    Raises `InvalidAdvisory` if the document is too long or has no column of CVEs and EPSS.
    """
    _check_length(document, "EPSS data")
    lines = document.decode(errors="replace").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    if not {"cve", "epss"} <= set(rows.fieldnames or ()):
        raise InvalidAdvisory("This is no EPSS data: its columns are not cve and epss.")
    epss: dict[str, float] = {}
    refused = 0
    try:
        for row in rows:
            probability = _probability(row.get("epss"))
            if probability is None or not (row.get("cve") or "").startswith("CVE-"):
                refused += 1
            else:
                epss[row["cve"]] = probability
    except csv.Error as error:
        raise InvalidAdvisory(f"This is no EPSS data: {error}") from error
    return Probabilities(epss=epss, refused=refused)


def read_exploited(document: bytes) -> frozenset[str]:
    """The CVEs in a catalogue of known exploited vulnerabilities.

    Raises `InvalidAdvisory` if the document is too long or no such catalogue.
    """
    _check_length(document, "catalogue of known exploited vulnerabilities")
    try:
        catalogue = _CATALOGUE.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidAdvisory(
            f"This is no catalogue of known exploited vulnerabilities: {error}"
        ) from error
    return frozenset(each.cve for each in catalogue.vulnerabilities if each.cve.startswith("CVE-"))


def _probability(text: str | None) -> float | None:
    try:
        probability = float(text or "")
    except ValueError:
        return None
    return probability if 0.0 <= probability <= 1.0 else None


def _check_length(document: bytes, what: str) -> None:
    if len(document) > MAX_BYTES:
        raise InvalidAdvisory(
            f"The {what} has {len(document):,} bytes; at most {MAX_BYTES:,} are read."
        )
