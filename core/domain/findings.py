"""A finding: one advisory that applies to one package at one version in one image."""

from dataclasses import dataclass
from enum import StrEnum

from core.domain.values import Severity


class Category(StrEnum):
    """Where a package comes from."""

    OS = "OS"
    LANGUAGE = "Language"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeverity:
    """What one source says of a vulnerability's severity, kept as it was said."""

    source: str
    """Who says so: an advisory's id, or `CVSS v3.1` for a band computed from a vector."""
    value: str
    """The source's own word or number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cvss:
    """A CVSS vector with its base score."""

    version: str
    """`2.0`, `3.0`, `3.1` or `4.0`."""
    vector: str
    """The vector as published."""
    score: float
    """Base score, 0.0 to 10.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploitation:
    """What was known of a vulnerability's exploitation on a day. It changes daily, so it is no part
    of a finding, and is joined with it when that is read."""

    epss: float | None = None
    """Probability of exploitation within 30 days (FIRST EPSS), 0.0 to 1.0, where known."""
    percentile: float | None = None
    """Share of all CVEs that have at most that probability, 0.0 to 1.0, where known."""
    known_exploited: bool = False
    """Whether CISA lists one of its CVEs as known to be exploited (KEV)."""
    added: str | None = None
    """The day it was listed, ISO 8601, where the catalogue says."""
    due: str | None = None
    """The day by which the catalogue asks for action, ISO 8601, where it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One vulnerability of one package in one image, merged over the records that describe it."""

    id: str
    """The name it goes by: its CVE, else its GHSA, else the vendor's id."""
    aliases: tuple[str, ...]
    """Every id of the records behind it, sorted: the records' own, aliases, upstream, related."""
    advisories: tuple[str, ...]
    """Ids of the OSV records that matched, sorted."""
    ecosystem: str
    """OSV ecosystem with its release, `Debian:12`."""
    category: Category
    """Operating system package, or a language's."""
    package: str
    """The package as the advisory names it: the source package where advisories name that."""
    component: str
    """The package as the image names it."""
    purl: str
    """The component's package URL, as the cataloger gave it."""
    version: str
    """Installed version, as compared with the advisory's ranges."""
    fixed: str | None
    """The least version that resolves it, or `None` where no fix is known."""
    severity: Severity
    """The chosen severity."""
    severity_source: str
    """The source whose word was chosen."""
    severities: tuple[SourceSeverity, ...]
    """Every source's own value."""
    cvss: tuple[Cvss, ...]
    """Every vector that a record carries."""
    summary: str
    """One line of prose from the record: hostile text, to be escaped wherever it is shown."""
    references: tuple[str, ...]
    """Addresses to read on, at most 20."""
    published: str | None = None
    """When the advisory was published, ISO 8601, where known."""
    modified: str | None = None
    """When the advisory last changed, ISO 8601, where known."""
    status: str | None = None
    """The vendor's own status, where given: `unimportant`, `end-of-life`, `wont-fix`."""
    layer: str | None = None
    """Digest of the layer that brought the package, where the cataloger says."""

    @property
    def patchable(self) -> bool:
        """Whether a version that resolves it is known."""
        return self.fixed is not None

    @property
    def cves(self) -> tuple[str, ...]:
        """The CVE ids it is found by."""
        return tuple(name for name in self.aliases if name.startswith("CVE-"))
