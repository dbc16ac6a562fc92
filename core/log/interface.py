"""The event log's port.

A log is divided into shards; each stream lives in one. Within a shard, positions are 1, 2, 3 …
without a gap, and a reader that has seen a position has seen everything before it. There is no
order across shards, on purpose. `docs/adr/0001-sharded-log.md` says why.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.events import Event
from core.domain.ids import CommandId, StreamId
from core.domain.recorded import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A stream as it was loaded: how far it is, and what it folds to."""

    id: StreamId
    version: int
    """Events so far; 0 for a stream that does not exist yet."""
    fold: bytes | None
    """The state after them, or `None` when it was too large to keep, or there is none."""
    fold_schema: str
    """What made the fold, empty when there is none."""
    etag: str | None
    """The snapshot row's, for the next append."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """One command's events for one stream."""

    stream: Stream
    events: Sequence[Event]
    command: CommandId
    correlation: str
    causation: str
    fold: bytes
    """The state after the events."""
    fold_schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """The command's events stand in the log."""

    first: int
    """Position of the first of them."""
    count: int
    repeated: bool
    """Whether an earlier try, or somebody else, had recorded the command before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Somebody else was quicker. Nothing was written: load the stream and decide again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a shard."""

    position: int
    """Of its last event; 0 when it is empty."""
    at: datetime | None
    """When that was recorded."""


class LogReader(Protocol):
    """A log, to be read. All methods raise StorageUnavailable when storage does not answer."""

    @property
    def generation(self) -> str:
        """Names this log for ever: ids derived from positions begin with it."""

    @property
    def shards(self) -> int:
        """How many there are, fixed when the log was created."""

    def shard_of(self, stream: StreamId) -> int:
        """Where a stream lives, 0 to `shards` - 1."""

    async def load(self, stream: StreamId) -> Stream:
        """A stream's version and fold, in one read."""

    async def head(self, shard: int) -> Head:
        """The end of a shard, in one read."""

    async def read(self, shard: int, *, after: int, limit: int = 500) -> list[Recorded]:
        """The events that follow a position, in order. UnreadableEvent when one of them is missing,
        or is there and cannot be read: `core/log/tail.py` gives those before it."""

    async def history(self, stream: StreamId) -> list[Recorded]:
        """All events of a stream, in order. CorruptLog when one is missing."""


class EventLog(LogReader, Protocol):
    """An append-only log. All methods raise StorageUnavailable when storage does not answer."""

    async def append(
        self, appends: Sequence[Append], *, now: datetime
    ) -> Sequence[Appended | Lost]:
        """Record commands for streams of one shard in one transaction: all of them or none.

        The answers are in the order of the appends; after a conflict, those commands that the log
        holds are Appended, the others Lost. LimitExceeded before any I/O when they do not fit.
        """

    def turn(self, *streams: StreamId) -> AbstractAsyncContextManager[None]:
        """Waits until nobody else in this process works on those streams. Whoever loads, decides
        and appends takes a turn, since otherwise all that come at once lose race after race to each
        other. It only saves time: between processes the append decides. Never taken twice."""
