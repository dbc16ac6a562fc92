"""Events that a view could not apply, and set aside so that everything else goes on.

A parked event stands under its position, in the transaction that moves the checkpoint past it. All
later events of its stream are parked behind it: no row of that stream changes until it is replayed,
so replaying them in order gives what would be there had nothing ever gone wrong, and a poisoned
image stops nobody's view but its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.projections.cells import instant, text
from core.storage.interface import Cells, Row

PARKED = "!parked|"
"""What the keys of parked events begin with."""
BEHIND = "!parked}"
"""The first key behind them."""
MOST = 1000
"""Events that a shard parks before it halts after all: then it is not the event that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """An event that was set aside."""

    position: int
    stream: StreamId
    event: str
    """Its type."""
    at: str
    """When it was recorded."""
    error: str
    """Why it could not be applied."""


class Skips(Protocol):
    """Who knows which events an administrator has given up."""

    async def skipped(self, follower: str, shard: int, position: int) -> bool:
        """Whether that follower is to go past the event at that position."""


class NoSkips:
    """Nothing is ever given up."""

    async def skipped(self, follower: str, shard: int, position: int) -> bool:
        return False


def parked_key(position: int) -> str:
    """Row key of a parked event."""
    return f"{PARKED}{position:012d}"


def park(recorded: Recorded, error: str) -> Parked:
    """The event, set aside."""
    return Parked(
        position=recorded.position,
        stream=recorded.stream,
        event=type(recorded.event).__name__,
        at=instant(recorded.at),
        error=error,
    )


def behind(recorded: Recorded, first: int) -> Parked:
    """An event whose stream waits for an earlier one."""
    return park(recorded, f"waits for the event of its stream at position {first}")


def parked_cells(parked: Parked) -> Cells:
    """The row of a parked event."""
    return {
        "stream": parked.stream,
        "event": parked.event,
        "recorded_at": parked.at,
        "error": parked.error,
    }


def parked_of(row: Row) -> Parked:
    """The parked event that a row shows."""
    return Parked(
        position=int(row.key.removeprefix(PARKED)),
        stream=StreamId(text(row.cells, "stream")),
        event=text(row.cells, "event"),
        at=text(row.cells, "recorded_at"),
        error=text(row.cells, "error"),
    )


def first_of(stream: StreamId, parked: Mapping[int, StreamId]) -> int | None:
    """Position of a stream's first parked event, or `None` when none is."""
    return min((position for position, one in parked.items() if one == stream), default=None)


def reason_of(error: Exception) -> str:
    """What went wrong, short enough for a row."""
    return f"{type(error).__name__}: {error}"[:1000]
