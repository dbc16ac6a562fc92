"""A scan, from the request to its end: taken, failed, withdrawn, or found to have no object."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from core.domain.values import (
    Artifact,
    Disabled,
    FailureCause,
    NotApplicableCause,
    Origin,
    Platform,
    ScanId,
    SeverityCounts,
)


class ScanReason(StrEnum):
    """Why a scan was asked for."""

    PUSH = "push"
    IMPORT = "import"
    RECONCILE = "reconcile"
    INDEX = "index"
    PULLED = "pulled"
    ADVISORIES = "advisories-changed"
    REQUEST = "on-request"


class Priority(StrEnum):
    """Which of the two queues a scan waits in."""

    PUSH = "push"
    RESCAN = "rescan"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequested:
    """A scan is due; for a scan that is open already, its priority or its demands were raised."""

    schema: ClassVar[int] = 2
    scan: ScanId
    reason: ScanReason
    priority: Priority
    advisories: int
    """The least version of the advisories that the assessment must use; 0 takes any."""
    by: str = ""
    """Who asked; empty where nobody did, because it came due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanStarted:
    """A sandbox has its order."""

    schema: ClassVar[int] = 1
    scan: ScanId
    attempt: int
    deadline: datetime
    """When the attempt counts as timed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryTaken:
    """The image's packages are known."""

    schema: ClassVar[int] = 2
    scan: ScanId
    attempt: int
    """The attempt that took it; 0 when it was known from another repository."""
    bom: Artifact
    """The SBOM, CycloneDX JSON."""
    platform: Platform
    distribution: str | None
    """`debian 12.15`, or `None` for an image without a distribution."""
    cataloger: str
    """Tool and version, `trivy 0.76.0`: another one makes another inventory worth taking."""
    packages: int
    unidentified: int
    """Components that could not be told apart: visible, never silently safe."""
    origin: Origin = field(default_factory=Origin)
    """What it is built from, as far as the attempt saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One image that an index lists. Attestations and other artifacts are not children."""

    digest: str
    media_type: str
    platform: Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRead:
    """The image is an index: its children are images of their own."""

    schema: ClassVar[int] = 1
    scan: ScanId
    attempt: int
    children: tuple[Child, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanCompleted:
    """The whole inventory was matched with the advisories, and its findings with the rules.

    Both in one fact: a view that shows the first half alone would show what nobody decided.
    """

    schema: ClassVar[int] = 2
    scan: ScanId
    findings: Artifact
    """The findings, worst first: a JSON array."""
    counts: SeverityCounts
    patchable: int
    """How many of them have a version that resolves them."""
    uncompared: int
    """Packages whose version could not be compared with an advisory's: visible, never silent."""
    advisories: Artifact
    """The compiled advisories: the result can be reproduced."""
    advisories_version: int
    disabled: Disabled = field(default_factory=Disabled)
    """Which of the findings rules disable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesApplied:
    """Other rules disable others of the findings that are known already."""

    schema: ClassVar[int] = 1
    scan: ScanId
    """The scan whose findings they are."""
    disabled: Disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFailed:
    """An attempt came to nothing. The verdict stays what it was."""

    schema: ClassVar[int] = 1
    scan: ScanId
    attempt: int
    cause: FailureCause
    message: str
    """One sentence for people, cleaned of control characters."""
    retry_at: datetime | None
    """When the next attempt may start; `None` when there will be none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanWithdrawn:
    """The scan is not wanted any more: the plan is off, or the registry is not scanned. Nothing
    has failed, and the verdict stays what it was."""

    schema: ClassVar[int] = 1
    scan: ScanId
    message: str
    """One sentence for people: why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageNotApplicable:
    """There is nothing to scan in it, for a cause that a rescan will not change."""

    schema: ClassVar[int] = 1
    scan: ScanId
    cause: NotApplicableCause
    platform: Platform
    message: str
