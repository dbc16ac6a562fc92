"""How the app itself fares: its work, its advisories, its views."""

from msgspec import UNSET, UnsetType

from core.answers.base import Answer, Count, Moment


class LogShape(Answer, frozen=True, kw_only=True):
    """The log's own numbers."""

    generation: str
    shards: Count


class AppHealth(Answer, frozen=True, kw_only=True):
    """The app answers, and so does storage."""

    status: str


class QueueStanding(Answer, frozen=True, kw_only=True):
    """What waits in one queue, and how long the oldest has."""

    waiting: Count
    oldest: Moment | None
    seconds: Count | None


class Backlog(Answer, frozen=True, kw_only=True):
    """What waits."""

    push: QueueStanding
    rescan: QueueStanding
    inventoried: Count


class TakenSlot(Answer, frozen=True, kw_only=True):
    """Who has a slot."""

    scan: str
    attempt: Count
    seconds: Count


class SlotsStanding(Answer, frozen=True, kw_only=True):
    """The slots for sandboxes."""

    total: Count
    reserved_for_pushes: Count
    taken: list[TakenSlot]


class PullsStanding(Answer, frozen=True, kw_only=True):
    """Up to when pulls were asked for, and from when on they are known of which registry."""

    asked_until: Moment | None
    known_since: dict[str, Moment | None]


class DeadLetters(Answer, frozen=True, kw_only=True):
    """What was given up, and waits for somebody to look at it."""

    queues: dict[str, Count]
    """Messages that failed five times, by the queue that they came from; those without any are left
    out. They stand in its queue `…-poison`."""
    notices: Count
    """Notices that the topic would not take, of the first thousand."""


class OperationsStanding(Answer, frozen=True, kw_only=True):
    """What waits and what runs."""

    backlog: Backlog
    slots: SlotsStanding
    overdue: Count
    notices: Count
    """Notices that wait to be told."""
    dead_letters: DeadLetters
    pulls: PullsStanding


class SkippedRecords(Answer, frozen=True, kw_only=True):
    """Records that are not in the database, and why."""

    reason: str
    count: Count
    examples: list[str]


class AppOperations(OperationsStanding, frozen=True, kw_only=True):
    """The same with the log's numbers, and what this process has refused since it began."""

    log: LogShape
    refused: dict[str, Count]


class DatabaseInForce(Answer, frozen=True, kw_only=True):
    """The advisories in force; counts are `null` where somebody published them by hand."""

    sha256: str
    size: Count
    read: Count | None
    advisories: Count | None
    packages: Count | None
    compiled_at: Moment | None
    skipped: list[SkippedRecords] | None


class ExploitationInForce(Answer, frozen=True, kw_only=True):
    """What is known of exploitation, and how much."""

    sha256: str
    size: Count
    probabilities: Count | None
    exploited: Count | None
    refused: Count | None
    compiled_at: Moment | None


class SourceStanding(Answer, frozen=True, kw_only=True):
    """How a source fares."""

    name: str
    url: str
    size: Count | None
    good_since: Moment | None
    asked_at: Moment | None
    failure: str | None
    failing_since: Moment | None


class AdvisoriesInForce(Answer, frozen=True, kw_only=True):
    """What is in force, and what it was made of."""

    version: Count
    assessed_version: Count
    database: DatabaseInForce | None
    exploitation: ExploitationInForce | None
    last_run: Moment | None
    sources: list[SourceStanding]
    off: list[str]


class Position(Answer, frozen=True, kw_only=True):
    """How far a follower is in one shard."""

    shard: Count
    position: Count
    head: Count


class Halted(Answer, frozen=True, kw_only=True):
    """A shard in which an event cannot be applied."""

    shard: Count
    position: Count
    error: str


class ParkedEvent(Answer, frozen=True, kw_only=True):
    """An event that was set aside."""

    shard: Count
    position: Count
    stream: str
    event: str
    recorded_at: str
    error: str


class ActiveTable(Answer, frozen=True, kw_only=True):
    """The table that a view is read from."""

    table: str
    version: Count
    generation: Count


class Replaced(Answer, frozen=True, kw_only=True):
    """The table that a rebuild replaces."""

    table: str
    version: Count


class Folded(Answer, frozen=True, kw_only=True):
    """How many events a rebuild has folded."""

    events: Count
    of: Count


class RowDifference(Answer, frozen=True, kw_only=True):
    """A row that differs between the old table and the new one."""

    shard: Count
    row: str
    why: str


class Comparison(Answer, frozen=True, kw_only=True):
    """The old table and the new one, compared."""

    shards: Count
    equal: Count
    differing: Count
    lost: Count
    gained: Count
    uneven: tuple[int, ...]
    examples: list[RowDifference]


class Cancelled(Answer, frozen=True, kw_only=True):
    """Who called a rebuild off."""

    at: Moment
    by: str
    reason: str


class RebuildStanding(Answer, frozen=True, kw_only=True):
    """How a rebuild stands."""

    phase: str
    table: str
    version: Count
    generation: Count
    replaces: Replaced
    by: str
    reason: str
    asked_at: Moment
    moved_at: Moment
    flipped_at: Moment | None
    cancelled: Cancelled | None
    error: str | None
    folded: Folded | None
    compared: Comparison


class FollowerStanding(Answer, frozen=True, kw_only=True):
    """A view or a process manager, and how far it is."""

    name: str
    kind: str
    lag: Count
    halted: list[Halted]
    parked: list[ParkedEvent]
    shards: list[Position]
    version: Count | UnsetType = UNSET
    active: ActiveTable | UnsetType = UNSET
    rebuild: RebuildStanding | UnsetType | None = UNSET


class FollowersStanding(Answer, frozen=True, kw_only=True):
    """All of them."""

    value: list[FollowerStanding]


class StillWaiting(Answer, frozen=True, kw_only=True):
    """An event that could not be applied, still."""

    position: Count
    error: str


class MendedEvents(Answer, frozen=True, kw_only=True):
    """Events that were applied, or given up."""

    done: tuple[int, ...]
    waits: StillWaiting | None
