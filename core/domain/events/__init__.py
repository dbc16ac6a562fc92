"""What happened, as facts in the past tense.

An event is a small frozen value. It carries what a decision or a view will need and nothing that
can be derived; artifacts (SBOMs, findings) stand in blobs and are named here by their hash. Times
inside an event are the outside world's (the registry's push time, a deadline); the log adds when
the event was recorded. A type's `schema` grows when its fields change meaning, and never otherwise:
`core/log/codec.py` says how old ones are read.
"""

from core.domain.events.advisories import AdvisoriesPublished, ExploitationPublished, FleetAssessed
from core.domain.events.bills import ImageBilled, ImageNotBilled
from core.domain.events.enrolment import (
    PlanSwitchedOff,
    PlanSwitchedOn,
    RegistryFound,
    RegistryGone,
)
from core.domain.events.erasure import Erased
from core.domain.events.indexes import ChildAssessed, ParentFound
from core.domain.events.presence import (
    DeletionOutdated,
    ImageDeleted,
    ImagePulled,
    ImagePushed,
    PushOutdated,
    Source,
    TagMoved,
    TagPointed,
    TagRemoved,
)
from core.domain.events.rules import RuleExpired, RuleRemoved, RuleSet
from core.domain.events.scans import (
    Child,
    ImageNotApplicable,
    IndexRead,
    InventoryTaken,
    Priority,
    RulesApplied,
    ScanCompleted,
    ScanFailed,
    ScanReason,
    ScanRequested,
    ScanStarted,
    ScanWithdrawn,
)
from core.domain.events.upkeep import EventRetried, EventSkipped, RebuildCancelled, RebuildRequested

__all__ = [
    "EVENT_TYPES",
    "AdvisoriesEvent",
    "AdvisoriesPublished",
    "BillEvent",
    "Child",
    "ChildAssessed",
    "DeletionOutdated",
    "Erased",
    "Event",
    "EventRetried",
    "EventSkipped",
    "ExploitationPublished",
    "FleetAssessed",
    "ImageBilled",
    "ImageDeleted",
    "ImageEvent",
    "ImageNotApplicable",
    "ImageNotBilled",
    "ImagePulled",
    "ImagePushed",
    "IndexRead",
    "InventoryTaken",
    "ParentFound",
    "PlanEvent",
    "PlanSwitchedOff",
    "PlanSwitchedOn",
    "Priority",
    "PushOutdated",
    "RebuildCancelled",
    "RebuildRequested",
    "RegistriesEvent",
    "RegistryFound",
    "RegistryGone",
    "RuleExpired",
    "RuleRemoved",
    "RuleSet",
    "RulesApplied",
    "RulesEvent",
    "ScanCompleted",
    "ScanFailed",
    "ScanReason",
    "ScanRequested",
    "ScanStarted",
    "ScanWithdrawn",
    "Source",
    "TagMoved",
    "TagPointed",
    "TagRemoved",
    "UpkeepEvent",
]

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
