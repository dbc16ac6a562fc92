"""What is known of one image, and the verdict that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from core.domain import events as e
from core.domain.values import (
    Artifact,
    Disabled,
    FailureCause,
    Freshness,
    Health,
    ImageName,
    NotApplicableCause,
    Platform,
    ScanId,
    SeverityCounts,
)


class Stage(StrEnum):
    """How far a scan is."""

    WAITING = "waiting"
    """For a free sandbox, or for the time of the next attempt."""
    RUNNING = "running"
    """An attempt is under way."""
    INVENTORIED = "inventoried"
    """The packages are known; the assessment is missing."""
    COMPLETED = "completed"
    FAILED = "failed"
    """Given up; a late report of it is still welcome."""
    WITHDRAWN = "withdrawn"
    """Not wanted any more before it came to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The image's latest scan."""

    id: ScanId
    reason: e.ScanReason
    priority: e.Priority
    advisories: int
    """The least version of the advisories that its assessment must use."""
    stage: Stage = Stage.WAITING
    attempt: int = 0
    """Attempts started so far."""
    deadline: datetime | None = None
    """When the running attempt counts as timed out."""
    retry_at: datetime | None = None
    """Before when no further attempt may start."""

    @property
    def open(self) -> bool:
        """Whether it has no end yet."""
        return self.stage in (Stage.WAITING, Stage.RUNNING, Stage.INVENTORIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Where the packages stand, and who read them."""

    scan: ScanId
    """The scan that took it: what an earlier one brings is older."""
    bom: Artifact
    platform: Platform
    distribution: str | None
    cataloger: str
    unidentified: int
    """Components that could not be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The last complete verdict on the inventory."""

    scan: ScanId
    findings: Artifact
    counts: SeverityCounts
    uncompared: int
    """Packages that no advisory could be compared with."""
    advisories_version: int
    disabled: Disabled = field(default_factory=Disabled)
    """Which of the findings rules disable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildVerdict:
    """What an index knows of one child."""

    health: Health = Health.UNSCANNED
    counts: SeverityCounts = field(default_factory=SeverityCounts)
    disabled: SeverityCounts = field(default_factory=SeverityCounts)
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The state of one manifest."""

    name: ImageName | None = None
    """`None` until something is known of it."""
    subscription: str = ""
    moved: bool = False
    """Whether it was in another subscription before."""
    media_type: str = ""
    pushes: Mapping[str, datetime] = field(default_factory=dict)
    """The newest push under each tag; under "" the newest push without one."""
    tags: tuple[str, ...] = ()
    """The tags that point here now, sorted."""
    deleted_at: datetime | None = None
    """The newest deletion."""
    present: bool = False
    """Whether it is in the registry, as far as is known."""
    scans: int = 0
    """Scans requested so far."""
    scan: Scan | None = None
    inventory: Inventory | None = None
    children: Mapping[str, ChildVerdict] | None = None
    """An index's children by digest; `None` for an image that is no index."""
    parents: Mapping[str, datetime] = field(default_factory=dict)
    """The indexes that list it, by digest, and which push of theirs it was told of."""
    assessment: Assessment | None = None
    not_applicable: NotApplicableCause | None = None
    failure: FailureCause | None = None
    """Why the last scan came to nothing; `None` once one succeeds."""
    pulled_on: date | None = None
    """The last day on which somebody pulled it."""

    @property
    def open_scan(self) -> Scan | None:
        """The scan that is under way or due."""
        return self.scan if self.scan is not None and self.scan.open else None

    @property
    def advisories_version(self) -> int:
        """The version of the advisories that its verdict was made with; 0 without a verdict."""
        return self.assessment.advisories_version if self.assessment else 0

    @property
    def health(self) -> Health:
        """The verdict. Healthy only after the assessment of a whole inventory with nothing left
        out of it, or, for an index, of every child that can be scanned. What a rule disables does
        not count; what was left out does, whatever the rules say."""
        if self.children is not None:
            return _worst([child.health for child in self.children.values()])
        if self.not_applicable is not None:
            return Health.NOT_APPLICABLE
        if self.assessment is None or self.inventory is None:
            return Health.UNSCANNED
        if self.counts.total:
            return Health.UNHEALTHY
        left_out = self.assessment.uncompared + self.inventory.unidentified
        return Health.UNSCANNED if left_out else Health.HEALTHY

    @property
    def counts(self) -> SeverityCounts:
        """The findings that no rule disables, by severity; for an index, those of all children."""
        if self.children is not None:
            return sum((child.counts for child in self.children.values()), SeverityCounts())
        if self.assessment is None:
            return SeverityCounts()
        return self.assessment.counts - self.assessment.disabled.counts

    @property
    def disabled(self) -> SeverityCounts:
        """The findings that rules disable, likewise."""
        if self.children is not None:
            return sum((child.disabled for child in self.children.values()), SeverityCounts())
        return self.assessment.disabled.counts if self.assessment else SeverityCounts()

    @property
    def freshness(self) -> Freshness:
        """How far the verdict can be trusted. It never hides the verdict."""
        if self.open_scan is not None:
            return Freshness.DELAYED
        if self.scan is not None and self.scan.stage is Stage.WITHDRAWN:
            return Freshness.STALE
        return Freshness.CURRENT if self.failure is None else Freshness.FAILED


def _worst(verdicts: Sequence[Health]) -> Health:
    """An index is never better than its worst child, nor decided while a child is not."""
    worst_first = (Health.UNHEALTHY, Health.UNSCANNED, Health.HEALTHY)
    return next((one for one in worst_first if one in verdicts), Health.NOT_APPLICABLE)
