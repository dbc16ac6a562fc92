"""Images, and what happened to them."""

from msgspec import field

from core.answers.base import Answer, Count, Day, Digest, Moment, Page, Something
from core.answers.bases import Base, Parts
from core.domain.events import Priority
from core.domain.values import Freshness, Health, Severity, SeverityCounts


class Scan(Answer, frozen=True, kw_only=True):
    """The latest scan of an image."""

    id: str
    stage: str
    reason: str
    priority: str
    attempt: Count
    requested_at: Moment | None
    started_at: Moment | None
    inventoried_at: Moment | None
    completed_at: Moment | None


class Inventory(Answer, frozen=True, kw_only=True):
    """What is known of the packages in an image."""

    packages: Count
    unidentified: Count
    """Packages that no advisory could name."""
    uncompared: Count
    """Packages whose version could not be compared."""
    cataloger: str
    advisories_version: Count
    """The latest advisories that the verdict holds for."""
    advisories: str | None
    """SHA-256 of those that it was made with."""


class Child(Answer, frozen=True, kw_only=True):
    """One image of those that an index lists."""

    digest: Digest
    platform: str
    health: Health
    severities: SeverityCounts
    disabled: SeverityCounts


class ImageLinks(Answer, frozen=True, kw_only=True):
    """Where there is more about an image."""

    this: str = field(name="self")
    findings: str
    sbom: str


class Image(Answer, frozen=True, kw_only=True):
    """An image, by its digest, with the verdict on it."""

    registry: str
    repository: str
    digest: Digest
    tags: list[str]
    subscription: str
    media_type: str
    platform: str | None
    distribution: str | None
    health: Health
    freshness: Freshness
    freshness_cause: str | None
    """Why the verdict is Stale, or its last scan Failed."""
    cause: str | None
    """Why there is no verdict, or no current one."""
    message: str | None
    health_since: Moment
    freshness_since: Moment
    severities: SeverityCounts
    """Findings that no rule disables."""
    disabled: SeverityCounts
    """Findings that rules disable."""
    worst_severity: Severity | None
    patchable: Count
    source: str
    pushed_at: Moment
    pulled_on: Day | None
    pulls_known_since: Moment | None
    scan: Scan | None
    inventory: Inventory | None
    children: list[Child] | None
    parents: list[Digest]
    links: ImageLinks


class Happening(Answer, frozen=True, kw_only=True):
    """One event of an image's timeline."""

    at: Moment
    event: str
    position: str
    details: dict[str, Something]


class ImageWithTimeline(Image, frozen=True, kw_only=True):
    """An image, what it was built on, and all that ever happened to it."""

    base: Base | None
    timeline: list[Happening]


class Layer(Answer, frozen=True, kw_only=True):
    """A layer, and what it brought."""

    digest: Digest
    """As the cataloger names it: Trivy by the compressed layer's digest, as the manifest does; Syft
    by the uncompressed one's."""
    packages: Count
    findings: SeverityCounts
    """Those that no rule disables."""


class Layers(Answer, frozen=True, kw_only=True):
    """The layers of an image that brought packages, those with most findings first."""

    value: list[Layer]
    unplaced: Count
    """Packages of which the cataloger names no layer."""
    parts: Parts | None
    """What came with the base and what did not; `null` where layers prove no base."""


class Images(Page, frozen=True, kw_only=True):
    """A page of images."""

    value: list[Image]


class RequestedScan(Answer, frozen=True, kw_only=True):
    """The scan that answers a request."""

    id: str
    stage: str
    reason: str
    priority: Priority
    attempt: Count


class ScanAccepted(Answer, frozen=True, kw_only=True):
    """A request for a scan was taken."""

    scan: RequestedScan
    news: bool
    """Whether the request has changed anything."""
