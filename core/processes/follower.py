"""Runs a process manager as a follower of the log.

An event that it cannot follow halts it in that shard, and the checkpoint says why: what it would
append is other streams' truth, and comes in order or not at all. An administrator may give the
event up.
"""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol, runtime_checkable

from core.domain.ids import command_id
from core.domain.recorded import Recorded
from core.errors import (
    Contended,
    RowConflict,
    StorageError,
    StorageUnavailable,
    UnreadableEvent,
)
from core.log import layout
from core.log.handle import Cause
from core.log.interface import EventLog
from core.projections.parking import NoSkips, Skips, reason_of
from core.storage.interface import Cell, Insert, Replace, Rows, Write

logger = logging.getLogger(__name__)

_UNWRITTEN = 200
"""Events without effect after which the checkpoint is written all the same; it is written at once
where it says that the process has halted, which is not so any more."""


class Process(Protocol):
    """What a process manager decides."""

    @property
    def name(self) -> str:
        """Its name: part of the command ids of what it appends, so it never changes."""

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        """Do what follows from the event; the shards written to, or `None` when nothing does."""


@runtime_checkable
class Together(Process, Protocol):
    """A process manager that can follow several events at once for less than one by one."""

    async def react_together(self, news: Sequence[tuple[Recorded, Cause]]) -> Iterable[int] | None:
        """As `react`, for events of one shard in their order. When it raises, some of them may have
        had their effect; asked again, together or one by one, they have no other."""


class ProcessFollower:
    """One process manager over all shards: a Follower."""

    def __init__(
        self, process: Process, log: EventLog, rows: Rows, skips: Skips | None = None
    ) -> None:
        self._process = process
        self._skips = skips or NoSkips()
        self._log = log
        self._rows = rows
        self._checkpoints: dict[int, _Checkpoint] = {}

    @property
    def name(self) -> str:
        return self._process.name

    async def position(self, shard: int) -> int:
        return (await self._checkpoint(shard)).position

    async def follow(self, shard: int, tail: Sequence[Recorded]) -> Iterable[int]:
        checkpoint = await self._checkpoint(shard)
        news = [recorded for recorded in tail if recorded.position > checkpoint.position]
        touched = await self._follow(shard, checkpoint, news)
        unwritten = checkpoint.position - checkpoint.written
        if touched is not None or unwritten >= (1 if checkpoint.halted else _UNWRITTEN):
            await self._write(shard, checkpoint)
        return touched or set()

    async def _follow(
        self, shard: int, checkpoint: "_Checkpoint", news: Sequence[Recorded]
    ) -> set[int] | None:
        """The shards written to; `None` when nothing followed from any of the events."""
        if isinstance(self._process, Together) and len(news) > 1:
            try:
                together = [(recorded, self._cause(recorded)) for recorded in news]
                shards = await self._process.react_together(together)
            except (RowConflict, StorageUnavailable, Contended):
                raise
            except Exception:
                logger.info("%s follows shard %s one by one", self.name, shard, exc_info=True)
            else:
                checkpoint.position = news[-1].position
                return None if shards is None else set(shards)
        touched: set[int] | None = None
        for recorded in news:
            shards = await self._react(shard, checkpoint, recorded)
            if shards is not None:
                touched = (touched or set()) | set(shards)
            checkpoint.position = recorded.position
        return touched

    async def _react(
        self, shard: int, checkpoint: "_Checkpoint", recorded: Recorded
    ) -> Iterable[int] | None:
        try:
            return await self._process.react(recorded, self._cause(recorded))
        except (RowConflict, StorageUnavailable, Contended):
            raise
        except Exception as error:
            if await self._skips.skipped(self.name, shard, recorded.position):
                return ()
            await self._halt(shard, checkpoint, error)
            raise

    async def _halt(self, shard: int, checkpoint: "_Checkpoint", error: Exception) -> None:
        """Leave word where operators look, once."""
        reason = reason_of(error)
        if checkpoint.halted == reason and checkpoint.written == checkpoint.position:
            return
        try:
            await self._write(shard, checkpoint, reason)
        except StorageError as second:
            error.add_note(f"and it could not be written down: {second}")

    async def stumble(self, shard: int, unreadable: UnreadableEvent) -> None:
        checkpoint = await self._checkpoint(shard)
        if not await self._skips.skipped(self.name, shard, unreadable.position):
            await self._halt(shard, checkpoint, unreadable)
            raise unreadable
        checkpoint.position = unreadable.position
        await self._write(shard, checkpoint)

    async def settle(self, shard: int) -> None:
        checkpoint = await self._checkpoint(shard)
        if checkpoint.position > checkpoint.written:
            with suppress(RowConflict):  # a rival has written how far it is
                await self._write(shard, checkpoint)

    def _cause(self, recorded: Recorded) -> Cause:
        place = (self._log.generation, recorded.shard, recorded.position)
        return Cause(
            command=command_id(*place, self._process.name),
            correlation=recorded.correlation,
            causation=f"{recorded.shard}.{recorded.position}",
        )

    async def _checkpoint(self, shard: int) -> "_Checkpoint":
        if shard not in self._checkpoints:
            row = await self._rows.get(layout.partition(shard), self._process.name)
            position = layout.integer(row.cells, "position") if row else 0
            halted = str(row.cells.get("halted", "")) if row else ""
            self._checkpoints[shard] = _Checkpoint(position, row.etag if row else None, halted)
        return self._checkpoints[shard]

    async def _write(self, shard: int, checkpoint: "_Checkpoint", halted: str = "") -> None:
        name = self._process.name
        cells: dict[str, Cell] = {"position": checkpoint.position}
        if halted:
            cells["halted"] = halted
        write: Write = (
            Insert(name, cells)
            if checkpoint.etag is None
            else Replace(name, cells, checkpoint.etag)
        )
        try:
            etags = await self._rows.commit(layout.partition(shard), [write])
        except (RowConflict, StorageUnavailable):
            del self._checkpoints[shard]
            raise
        checkpoint.etag = etags[name]
        checkpoint.written = checkpoint.position
        checkpoint.halted = halted


class _Checkpoint:
    """How far the process is in one shard, in memory and in storage."""

    def __init__(self, position: int, etag: str | None, halted: str) -> None:
        self.position = position
        self.written = position
        self.etag = etag
        self.halted = halted
        """Why the event behind it cannot be followed, as far as storage knows."""
