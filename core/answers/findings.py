"""Findings, what is known of their exploitation, and what to do about them."""

from typing import Literal

from msgspec import UNSET, UnsetType

from core.answers.base import Answer, Count, Day, Digest, Page
from core.domain.findings import Category, Cvss, SourceSeverity
from core.domain.values import Severity


class Probability(Answer, frozen=True, kw_only=True):
    """That a vulnerability is exploited within 30 days (FIRST EPSS)."""

    score: float
    percentile: float | None


class KnownExploited(Answer, frozen=True, kw_only=True):
    """CISA lists the vulnerability as exploited (KEV)."""

    added: Day | None
    due: Day | None


class FindingStatus(Answer, frozen=True, kw_only=True):
    """What a finding amounts to."""

    code: Literal["Unhealthy", "NotApplicable"]
    cause: Literal["Exempt"] | None
    rule: str | None
    """The rule that disables it."""


class Place(Answer, frozen=True, kw_only=True):
    """The image that a finding is in."""

    digest: Digest
    platform: str | None


class FullPlace(Place, frozen=True, kw_only=True):
    """The same, where a finding stands for itself."""

    registry: str
    repository: str
    tags: tuple[str, ...]


class Finding(Answer, frozen=True, kw_only=True):
    """One advisory that applies to one package of an image."""

    id: str
    aliases: tuple[str, ...]
    advisories: tuple[str, ...]
    ecosystem: str
    category: Category
    package: str
    component: str
    purl: str
    version: str
    fixed: str | None
    severity: Severity
    severity_source: str
    severities: tuple[SourceSeverity, ...]
    cvss: tuple[Cvss, ...]
    summary: str
    references: tuple[str, ...]
    published: str | None
    modified: str | None
    status: FindingStatus
    layer: str | None
    epss: Probability | None
    exploited: KnownExploited | None
    image: Place


class Upgrade(Answer, frozen=True, kw_only=True):
    """One upgrade of one package."""

    sentence: str
    ecosystem: str
    package: str
    components: tuple[str, ...]
    installed: str
    target: str | None
    severity: Severity
    resolves: tuple[str, ...]
    leaves: tuple[str, ...]


class Findings(Page, frozen=True, kw_only=True):
    """A page of an image's findings, worst first."""

    value: list[Finding]
    total: Count
    upgrades: list[Upgrade] | UnsetType | None = UNSET
    """What to upgrade, on the first page; `null` while no advisories are in force."""


class FindingOfImage(Answer, frozen=True, kw_only=True):
    """A finding as the index across images has it."""

    registry: str
    repository: str
    digest: Digest
    id: str
    package: str
    component: str
    version: str
    fixed: str | UnsetType = UNSET
    severity: Severity
    purl: str
    ecosystem: str
    status: FindingStatus


class FindingsOfImages(Page, frozen=True, kw_only=True):
    """A page of findings across images; by CVE also what is known of its exploitation."""

    value: list[FindingOfImage]
    epss: Probability | UnsetType | None = UNSET
    exploited: KnownExploited | UnsetType | None = UNSET
