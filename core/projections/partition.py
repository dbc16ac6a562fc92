"""The rows of one view in one shard: what is known of them, and what is to be written.

Every transaction carries the checkpoint under its ETag. While that ETag is ours, nobody else has
written to the partition: so rows that were read or written stay known, and need no second read. A
rival's transaction takes the ETag away, and ours fails as a whole.
"""

import asyncio
from collections.abc import Iterable, Sequence

from core.log import layout
from core.projections.interface import Change, Drop, Set
from core.storage.interface import Cell, Cells, Delete, Insert, Put, Replace, Rows, Write

CHECKPOINT = "!checkpoint"
ROWS = 99
"""Rows of one transaction, beside the checkpoint."""
_REMEMBERED = 2000
"""Rows that are kept in memory between events."""


class Partition:
    """One shard of a view. After any error, forget it and load another."""

    def __init__(self, rows: Rows, name: str) -> None:
        self._rows = rows
        self._name = name
        self._etag: str | None = None
        self._known: dict[str, Cells | None] = {}
        self._stored: dict[str, bool] = {}
        self._pending: dict[str, Change] = {}
        self.position = 0
        """Everything up to here has its effect in memory."""
        self.written = 0
        """Everything up to here has its effect in storage."""
        self.halted = ""
        """Why the event behind `position` could not be applied, if so."""

    @property
    def unwritten(self) -> int:
        """Events by which memory is ahead of storage."""
        return self.position - self.written

    async def load(self) -> None:
        """Read the checkpoint."""
        row = await self._rows.get(self._name, CHECKPOINT)
        if row is not None:
            self.position = self.written = layout.integer(row.cells, "position")
            self.halted = str(row.cells.get("halted", ""))
            self._etag = row.etag

    async def read(self, keys: Iterable[str]) -> dict[str, Cells]:
        """Those of the rows that exist, pending changes included."""
        wanted = list(keys)
        await self._learn(key for key in wanted if key not in self._known)
        rows = ((key, self._known[key]) for key in wanted)
        return {key: cells for key, cells in rows if cells is not None}

    async def change(self, position: int, changes: Sequence[Change]) -> None:
        """Take the effect of the event at that position; write first what would not fit with it."""
        if len({*self._pending, *(change.key for change in changes)}) > ROWS:
            await self.flush()
        for change in changes:
            cells = change.cells if isinstance(change, Set) else None
            unchanged = change.key in self._known and self._known[change.key] == cells
            if not unchanged:
                self._pending[change.key] = change
                self._known[change.key] = cells
        self.position = position

    async def flush(self) -> None:
        """Write what is pending. The checkpoint moves with the last of it."""
        drops = (change.key for change in self._pending.values() if isinstance(change, Drop))
        await self._learn_stored(drops)
        writes = [write for change in self._pending.values() if (write := self._write(change))]
        while len(writes) > ROWS:
            await self._commit(writes[:ROWS], self.written)
            writes = writes[ROWS:]
        if writes:
            await self._commit(writes, self.position)
        self._pending.clear()
        if len(self._known) > _REMEMBERED:
            self._known.clear()
            self._stored.clear()

    async def write_checkpoint(self, halted: str = "") -> None:
        """Write how far it is, and nothing else; or why it can go no further."""
        await self._commit([], self.position, halted)

    async def _commit(self, writes: Sequence[Write], position: int, halted: str = "") -> None:
        cells: dict[str, Cell] = {"position": position}
        if halted:
            cells["halted"] = halted
        checkpoint: Write = (
            Insert(CHECKPOINT, cells)
            if self._etag is None
            else Replace(CHECKPOINT, cells, self._etag)
        )
        etags = await self._rows.commit(self._name, [*writes, checkpoint])
        self._etag = etags[CHECKPOINT]
        self.written = position
        self.halted = halted
        self._stored |= {write.key: not isinstance(write, Delete) for write in writes}

    def _write(self, change: Change) -> Write | None:
        match change:
            case Set(key, cells):
                return Put(key, cells)
            case Drop(key):
                return Delete(key) if self._stored[key] else None

    async def _learn(self, keys: Iterable[str]) -> None:
        """Read rows of which nothing is known."""
        unread = list(keys)
        rows = await asyncio.gather(*(self._rows.get(self._name, key) for key in unread))
        for key, row in zip(unread, rows, strict=True):
            self._known[key] = row.cells if row else None
            self._stored[key] = row is not None

    async def _learn_stored(self, keys: Iterable[str]) -> None:
        """Find out which rows that shall go are there: a missing one cannot be removed."""
        unread = [key for key in keys if key not in self._stored]
        rows = await asyncio.gather(*(self._rows.get(self._name, key) for key in unread))
        self._stored |= {key: row is not None for key, row in zip(unread, rows, strict=True)}
