"""What follows a position, for whoever goes on event by event: up to one that cannot be read.

Everything before such an event counts, and whoever follows must come as far as that: then it
stands before the one event, and can say so.
"""

from dataclasses import dataclass

from core.domain.recorded import Recorded
from core.errors import UnreadableEvent
from core.log.interface import LogReader


@dataclass(frozen=True, slots=True)
class Tail:
    """Events of a shard, in order."""

    events: list[Recorded]
    unreadable: UnreadableEvent | None
    """What stands behind them, if that is no event."""


async def read_tail(log: LogReader, shard: int, *, after: int, limit: int) -> Tail:
    """The events that follow a position, at most so many."""
    try:
        return Tail(await log.read(shard, after=after, limit=limit), None)
    except UnreadableEvent as error:
        before = error.position - after - 1
        events = await log.read(shard, after=after, limit=before) if before else []
        return Tail(events, error)
