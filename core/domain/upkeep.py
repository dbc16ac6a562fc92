"""What administrators did about a view or a process manager: made it anew, tried an event again,
gave one up. Kept in the log because it must be known who did it and why, and because what was given
up is given up in every rebuild too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.domain.decider import Decider
from core.domain.events import (
    EventRetried,
    EventSkipped,
    RebuildCancelled,
    RebuildRequested,
    UpkeepEvent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What was done about one follower of the log."""

    generation: int = 1
    """The latest table that was asked for."""
    cancelled: int = 0
    """The latest of which that was called off."""
    skipped: tuple[str, ...] = ()
    """Places of the events that it goes past when it cannot apply them."""
    retried: Mapping[str, datetime] = field(default_factory=dict)
    """When each place was last tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRebuild:
    """Make the view anew."""

    follower: str
    version: int
    generation: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRebuild:
    """Call a rebuild off."""

    follower: str
    generation: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryEvent:
    """Try an event again."""

    follower: str
    shard: int
    position: int
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipEvent:
    """Give an event up."""

    follower: str
    shard: int
    position: int
    by: str
    reason: str


type UpkeepCommand = RequestRebuild | CancelRebuild | RetryEvent | SkipEvent


def place_of(shard: int, position: int) -> str:
    """A place in the log, as the state names it."""
    return f"{shard}.{position}"


def evolve(upkeep: Upkeep, event: UpkeepEvent) -> Upkeep:
    """The state after the event."""
    match event:
        case RebuildRequested(generation=generation):
            return replace(upkeep, generation=max(upkeep.generation, generation))
        case RebuildCancelled(generation=generation):
            return replace(upkeep, cancelled=max(upkeep.cancelled, generation))
        case EventRetried(shard=shard, position=position, retried_at=at):
            place = place_of(shard, position)
            last = max(at, upkeep.retried.get(place, at))
            return replace(upkeep, retried={**upkeep.retried, place: last})
        case EventSkipped(shard=shard, position=position):
            places = {*upkeep.skipped, place_of(shard, position)}
            return replace(upkeep, skipped=tuple(sorted(places)))


def decide(upkeep: Upkeep, command: UpkeepCommand) -> Sequence[UpkeepEvent]:
    """One fact for each thing that was done; none for what was done before."""
    match command:
        case RequestRebuild(generation=generation) if generation > upkeep.generation:
            return (
                RebuildRequested(
                    follower=command.follower,
                    version=command.version,
                    generation=generation,
                    by=command.by,
                    reason=command.reason,
                ),
            )
        case CancelRebuild(generation=generation) if generation > upkeep.cancelled:
            return (
                RebuildCancelled(
                    follower=command.follower,
                    generation=generation,
                    by=command.by,
                    reason=command.reason,
                ),
            )
        case RetryEvent(shard=shard, position=position, at=at):
            last = upkeep.retried.get(place_of(shard, position))
            return () if last is not None and at <= last else (_retried(command),)
        case SkipEvent(shard=shard, position=position):
            known = place_of(shard, position) in upkeep.skipped
            return () if known else (_skipped(command),)
        case _:
            return ()


def _retried(command: RetryEvent) -> EventRetried:
    return EventRetried(
        follower=command.follower,
        shard=command.shard,
        position=command.position,
        by=command.by,
        reason=command.reason,
        retried_at=command.at,
    )


def _skipped(command: SkipEvent) -> EventSkipped:
    return EventSkipped(
        follower=command.follower,
        shard=command.shard,
        position=command.position,
        by=command.by,
        reason=command.reason,
    )


UPKEEP: Decider[Upkeep, UpkeepCommand, UpkeepEvent] = Decider(
    kind="upkeep", schema=2, state=Upkeep, initial=Upkeep(), evolve=evolve, decide=decide
)
"""The aggregate. Stream: the name of the view or process manager."""
