"""What can be asked of an image: imperative, with every time and name that the decision needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from core.domain import events as e
from core.domain.image.state import ChildVerdict
from core.domain.values import (
    Artifact,
    Disabled,
    FailureCause,
    ImageName,
    NotApplicableCause,
    Origin,
    Platform,
    ScanId,
    SeverityCounts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPush:
    """A signal says that the manifest is in the registry."""

    image: ImageName
    subscription: str
    tag: str | None
    media_type: str
    size: int | None
    source: e.Source
    pushed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPresence:
    """The registry was asked, or its log says, and the manifest is there: news only where no event
    told of it."""

    image: ImageName
    subscription: str
    tag: str | None
    media_type: str
    size: int | None
    source: e.Source
    updated_at: datetime | None
    """When it last changed, by the registry's clock, where the registry says so."""
    seen_at: datetime
    """When it was there, by the registry's clock."""
    wanted: bool
    """Whether it is to be scanned; what nobody used for long is known, and waits to be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeletion:
    """A signal says that the manifest was deleted."""

    deleted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPull:
    """A signal says that somebody pulled it."""

    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseTag:
    """The tag's stream says that the tag points elsewhere."""

    tag: str
    to: str
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveTag:
    """The registry was asked, and has the tag no more."""

    tag: str
    removed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestScan:
    """Ask for a scan, or raise what is asked of the open one."""

    reason: e.ScanReason
    priority: e.Priority
    advisories: int
    by: str = ""
    """Who asks, if anybody does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAttempt:
    """Start the next attempt at the open scan. Names the attempt, so that a repeat does nothing."""

    scan: ScanId
    attempt: int
    at: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInventory:
    """An attempt brought the packages."""

    scan: ScanId
    attempt: int
    """0 when they were known from another repository, and no attempt was made."""
    bom: Artifact
    platform: Platform
    distribution: str | None
    cataloger: str
    packages: int
    unidentified: int
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What matching an inventory with the advisories, and its findings with the rules, came to."""

    findings: Artifact
    counts: SeverityCounts
    patchable: int
    uncompared: int
    advisories: Artifact
    advisories_version: int
    disabled: Disabled = field(default_factory=Disabled)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAssessment(Matched):
    """The known inventory was matched with the advisories."""

    scan: ScanId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordScan:
    """An inventory and its assessment at once: the usual end of an attempt."""

    inventory: RecordInventory
    assessment: RecordAssessment


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassess(Matched):
    """Other advisories give the known inventory another verdict. Nobody asked for a scan before."""

    bom: Artifact
    """The inventory that was matched: what was taken since is not meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRules:
    """The rules, or what they ask about, have changed since the findings were matched with them."""

    findings: Artifact
    """The findings that were matched: what was found since is not meant."""
    disabled: Disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordIndex:
    """An attempt found an index."""

    scan: ScanId
    attempt: int
    children: tuple[e.Child, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNotApplicable:
    """An attempt found that there is nothing to scan."""

    scan: ScanId
    attempt: int
    cause: NotApplicableCause
    platform: Platform
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFailure:
    """An attempt came to nothing."""

    scan: ScanId
    attempt: int
    cause: FailureCause
    message: str
    retry_at: datetime
    """When the next attempt may start, should there be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawScan:
    """The scan is not wanted any more. One that runs already comes to its end."""

    scan: ScanId
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptParent:
    """An index lists this image; should no signal have told of it yet, this one does."""

    parent: str
    image: ImageName
    subscription: str
    media_type: str
    pushed_at: datetime
    """When the index was pushed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChildren:
    """What became of some children, for their index. Each gives an event: not more at a time than
    a transaction holds."""

    verdicts: Mapping[str, ChildVerdict]
    """By the child's digest."""


type Command = (
    RecordPush
    | RecordPresence
    | RecordDeletion
    | RecordPull
    | LoseTag
    | RemoveTag
    | RequestScan
    | StartAttempt
    | RecordInventory
    | RecordAssessment
    | RecordScan
    | Reassess
    | ApplyRules
    | RecordIndex
    | RecordNotApplicable
    | RecordFailure
    | WithdrawScan
    | AdoptParent
    | RecordChildren
)
