"""What happened, as facts in the past tense.

An event is a small frozen value. It carries what a decision or a view will need and nothing that
can be derived; artifacts (SBOMs, findings) stand in blobs and are named here by their hash. Times
inside an event are the outside world's (the registry's push time, a deadline); the log adds when
the event was recorded. A type's `schema` grows when its fields change meaning, and never otherwise:
`core/log/codec.py` says how old ones are read.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from core.domain.criteria import Criteria
from core.domain.values import (
    Artifact,
    Disabled,
    FailureCause,
    Health,
    ImageName,
    NotApplicableCause,
    NotBilledReason,
    Platform,
    ScanId,
    SeverityCounts,
    Unsupported,
)


class Source(StrEnum):
    """Which signal told of an image."""

    PUSH = "push"
    IMPORT = "import"
    RECONCILE = "reconcile"
    INDEX = "index"


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
class ImagePushed:
    """A manifest is in the registry, perhaps under a tag."""

    schema: ClassVar[int] = 1
    image: ImageName
    subscription: str
    """The Azure subscription that the registry, and so the bill, belongs to."""
    tag: str | None
    media_type: str
    size: int | None
    """Bytes of the manifest, as the registry says."""
    source: Source
    pushed_at: datetime
    """By the registry's clock. Pushes and deletions are ordered by it, never by arrival."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePulled:
    """Somebody pulled the image on that day (UTC)."""

    schema: ClassVar[int] = 1
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDeleted:
    """The manifest is gone from the registry, with every tag on it."""

    schema: ClassVar[int] = 1
    deleted_at: datetime
    """By the registry's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOutdated:
    """News of a push that a deletion known before has undone: the image stays absent.

    The tag left its earlier digest all the same, so the tag's stream hears of it.
    """

    schema: ClassVar[int] = 1
    image: ImageName
    tag: str | None
    pushed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionOutdated:
    """News of a deletion that a push known before has undone: only older tags are gone."""

    schema: ClassVar[int] = 1
    deleted_at: datetime
    tags: tuple[str, ...]
    """The tags that went with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMoved:
    """A tag of this image points to another digest now."""

    schema: ClassVar[int] = 1
    tag: str
    to: str
    """The digest it points to."""
    moved_at: datetime
    """By the registry's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRemoved:
    """The registry has this tag no more, though the image is still there."""

    schema: ClassVar[int] = 1
    tag: str
    removed_at: datetime
    """When the registry was asked, by its own clock: no event tells of it."""


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

    schema: ClassVar[int] = 1
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentFound:
    """An index lists this image, and waits for its verdict."""

    schema: ClassVar[int] = 1
    parent: str
    """The index's digest, in the same repository."""
    pushed_at: datetime
    """When the index was pushed: pushed anew after a deletion, it asks anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildAssessed:
    """The verdict on one of an index's children changed."""

    schema: ClassVar[int] = 2
    child: str
    health: Health
    counts: SeverityCounts
    """The findings that no rule disables."""
    position: int
    """Position of the child's own event, so that an older verdict never replaces a newer."""
    disabled: SeverityCounts = field(default_factory=SeverityCounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagPointed:
    """A tag of a repository points to a digest."""

    schema: ClassVar[int] = 1
    registry: str
    repository: str
    tag: str
    digest: str
    previous: str | None
    """The digest that it pointed to before."""
    pointed_at: datetime
    """By the registry's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBilled:
    """A digest was charged to a subscription: once, ever."""

    schema: ClassVar[int] = 1
    subscription: str
    image: ImageName
    scan: ScanId
    """The first scan that was completed."""
    billed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageNotBilled:
    """A digest came to something that is not charged, and why."""

    schema: ClassVar[int] = 1
    subscription: str
    image: ImageName
    scan: ScanId
    reason: NotBilledReason
    cause: str
    """What the reason is made of: a cause of failure, or where it was billed; may be empty."""
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSwitchedOn:
    """The images of a subscription are scanned from now on, and billed."""

    schema: ClassVar[int] = 1
    subscription: str
    by: str
    """Who did it, as `functions/callers.py` names callers."""
    switched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSwitchedOff:
    """Nothing of a subscription is scanned or billed from now on; what was, stays."""

    schema: ClassVar[int] = 1
    subscription: str
    by: str
    switched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFound:
    """A subscription has a registry, or has one as it was not known before."""

    schema: ClassVar[int] = 1
    subscription: str
    registry: str
    """Its ARM id."""
    login_server: str
    plain_http: bool
    """Whether it is spoken to without TLS: a registry on loopback, and no other."""
    location: str
    unsupported: Unsupported | None
    """Why its images cannot be scanned; `None` where they can."""
    message: str
    """The same in a sentence that says what to do; empty for a supported one."""
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryGone:
    """A subscription has a registry no more. The history of its images stays."""

    schema: ClassVar[int] = 1
    subscription: str
    registry: str
    gone_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoriesPublished:
    """A new compiled database of advisories is in force."""

    schema: ClassVar[int] = 1
    version: int
    database: Artifact
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploitationPublished:
    """What is known of exploitation is other than it was. No verdict depends on it."""

    schema: ClassVar[int] = 1
    known: Artifact
    """EPSS probabilities and the catalogue of exploited vulnerabilities, compiled."""
    probabilities: int
    """CVEs with an EPSS probability."""
    exploited: int
    """CVEs that are known to be exploited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAssessed:
    """Every image's verdict is the one that this database gives, as of these positions.

    So an image whose findings did not change needs no event of its own: what was last recorded of
    it, if it stands at or before its shard's position, holds for this version too.
    """

    schema: ClassVar[int] = 2
    version: int
    """Of the advisories."""
    database: Artifact
    positions: tuple[int, ...]
    """One for each shard, in the shards' order."""
    assessed_at: datetime | None = None
    """When it was so; `None` in what was recorded before this was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildRequested:
    """An administrator, or a new version, had a view made anew beside the one that is read."""

    schema: ClassVar[int] = 1
    follower: str
    """The view."""
    version: int
    """Of the projection."""
    generation: int
    """Which of the view's tables it goes into."""
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildCancelled:
    """An administrator called a rebuild off before its table was read."""

    schema: ClassVar[int] = 1
    follower: str
    """The view."""
    generation: int
    """Which of the view's tables is not to be."""
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRetried:
    """An administrator had an event tried again that a view or process manager stumbled over."""

    schema: ClassVar[int] = 1
    follower: str
    shard: int
    position: int
    by: str
    reason: str
    retried_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSkipped:
    """An administrator gave an event up: a view or process manager that cannot apply it goes on
    without."""

    schema: ClassVar[int] = 1
    follower: str
    shard: int
    position: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A disable rule is in force, new or instead of the one of that name."""

    schema: ClassVar[int] = 1
    subscription: str
    rule: str
    """Its name, unique in the subscription."""
    criteria: Criteria
    reason: str
    author: str
    """Who set it: a person, a workload, or a function key."""
    expires: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRemoved:
    """Somebody took a rule back."""

    schema: ClassVar[int] = 1
    subscription: str
    rule: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExpired:
    """A rule's time has come."""

    schema: ClassVar[int] = 1
    subscription: str
    rule: str
    expired: datetime
    """The time that had been set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Something happened, and what it was was removed with all that was known of a subscription.

    It stands where that event stood, in a copy of the log (`core/erasure`). It changes no state and
    no view: a stream of nothing else is one of which nothing is known.
    """

    schema: ClassVar[int] = 1


type ImageEvent = (
    ImagePushed
    | ImagePulled
    | ImageDeleted
    | PushOutdated
    | DeletionOutdated
    | TagMoved
    | TagRemoved
    | ScanRequested
    | ScanStarted
    | InventoryTaken
    | IndexRead
    | ScanCompleted
    | RulesApplied
    | ScanFailed
    | ScanWithdrawn
    | ImageNotApplicable
    | ParentFound
    | ChildAssessed
)
"""What an image's stream holds."""

type AdvisoriesEvent = AdvisoriesPublished | ExploitationPublished | FleetAssessed
"""What the advisories' stream holds."""

type BillEvent = ImageBilled | ImageNotBilled
"""What a bill's stream holds."""

type PlanEvent = PlanSwitchedOn | PlanSwitchedOff
"""What a plan's stream holds."""

type RegistriesEvent = RegistryFound | RegistryGone
"""What the stream of a subscription's registries holds."""

type UpkeepEvent = RebuildRequested | RebuildCancelled | EventRetried | EventSkipped
"""What the stream of a view or process manager holds."""

type RulesEvent = RuleSet | RuleRemoved | RuleExpired
"""What the stream of a subscription's rules holds."""

type Event = (
    ImageEvent
    | TagPointed
    | BillEvent
    | PlanEvent
    | RegistriesEvent
    | AdvisoriesEvent
    | UpkeepEvent
    | RulesEvent
    | Erased
)
"""What any stream holds."""

EVENT_TYPES: tuple[type[Event], ...] = (
    ImagePushed,
    ImagePulled,
    ImageDeleted,
    PushOutdated,
    DeletionOutdated,
    TagMoved,
    TagRemoved,
    ScanRequested,
    ScanStarted,
    InventoryTaken,
    IndexRead,
    ScanCompleted,
    RulesApplied,
    ScanFailed,
    ScanWithdrawn,
    ImageNotApplicable,
    ParentFound,
    ChildAssessed,
    TagPointed,
    ImageBilled,
    ImageNotBilled,
    PlanSwitchedOn,
    PlanSwitchedOff,
    RegistryFound,
    RegistryGone,
    AdvisoriesPublished,
    ExploitationPublished,
    FleetAssessed,
    RebuildRequested,
    RebuildCancelled,
    EventRetried,
    EventSkipped,
    RuleSet,
    RuleRemoved,
    RuleExpired,
    Erased,
)
"""Every type that the log may hold; its name is the class's."""
