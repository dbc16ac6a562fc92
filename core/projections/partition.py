"""The rows of one view in one shard: what is known of them, and what is to be written.

Every transaction carries the checkpoint under its ETag. While that ETag is ours, nobody else has
written to the partition: so rows that were read or written stay known, and need no second read. A
rival's transaction takes the ETag away, and ours fails as a whole.

A partition without a checkpoint is asked once whether it is empty. If so, all that will ever stand
in it comes from here, and a view that is made anew reads no row for as long as it remembers them.
"""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import batched

from core.domain.ids import StreamId
from core.log import layout
from core.projections.interface import Change, Drop, Set
from core.projections.parking import (
    BEHIND,
    MOST,
    PARKED,
    Parked,
    parked_cells,
    parked_key,
    parked_of,
)
from core.projections.pending import Pending
from core.storage.interface import Cell, Cells, Delete, Insert, Replace, Row, Rows, Write

CHECKPOINT = "!checkpoint"
EVERY = ""
"""The prefix of all rows."""
_BEHIND_ALL = "~"
"""What no row's key reaches: they begin with a letter, or with `!`."""
_REMEMBERED = 2000
"""Rows that are kept in memory between events."""
_ASKED = 1000
"""Of those the ones that were read last, when others are forgotten."""
_WHOLE = 100_000
"""Rows that may begin with one prefix."""
_READS = 100
"""Rows that are read at the same time."""


class Partition:
    """One shard of a view. After any error of storage, forget it and load another."""

    def __init__(self, rows: Rows, name: str, *, table: str = "") -> None:
        self._rows = rows
        self._name = name
        self.table = table
        """The table's name, for whoever has to do with several."""
        self._etag: str | None = None
        self._known: dict[str, Cells | None] = {}
        self._stored: dict[str, bool] = {}
        self._asked: dict[str, None] = {}
        """The rows that somebody wanted to read, in that order."""
        self._whole: set[str] = set()
        """Prefixes of which every row is known. All keys begin with the empty one."""
        self._fresh = False
        """Whether nobody had written here, as far as the checkpoint tells."""
        self._pending = Pending(name)
        self.position = 0
        """Everything up to here has its effect in memory."""
        self.written = 0
        """Everything up to here has its effect in storage."""
        self.halted = ""
        """Why the event behind `position` could not be applied, if so."""
        self.parked: dict[int, StreamId] = {}
        """The events that were set aside: their positions and streams."""
        self._marked = 0
        """How many of them the checkpoint in storage speaks of."""

    @property
    def unwritten(self) -> int:
        """Events by which memory is ahead of storage."""
        return self.position - self.written

    async def load(self) -> None:
        """Read the checkpoint."""
        row = await self._rows.get(self._name, CHECKPOINT)
        self._fresh = row is None
        if row is not None:
            self.position = self.written = layout.integer(row.cells, "position")
            self.halted = str(row.cells.get("halted", ""))
            self._etag = row.etag
            self._marked = int(row.cells.get("parked", 0))
        if self._marked:
            self.parked = {one.position: one.stream for one in await self.all_parked()}

    async def all_parked(self) -> list[Parked]:
        """What was set aside, oldest first, as storage has it."""
        rows = await self._rows.range(self._name, PARKED, BEHIND, limit=2 * MOST)
        return [parked_of(row) for row in rows]

    async def read(self, keys: Iterable[str]) -> dict[str, Cells]:
        """Those of the rows that exist, pending changes included."""
        wanted = list(keys)
        for key, row in await self._get([key for key in wanted if key not in self._known]):
            self._known[key] = row.cells if row else None
            self._stored[key] = row is not None
            self._asked[key] = None
        rows = ((key, self._known[key]) for key in wanted)
        return {key: cells for key, cells in rows if cells is not None}

    async def read_all(self, prefix: str) -> dict[str, Cells]:
        """The rows whose keys begin so, pending changes included."""
        if not self._whole & {EVERY, prefix}:
            behind = prefix[:-1] + chr(ord(prefix[-1]) + 1)
            for row in await self._rows.range(self._name, prefix, behind, limit=_WHOLE):
                self._known.setdefault(row.key, row.cells)
                self._stored.setdefault(row.key, True)
            self._whole.add(prefix)
        known = ((key, cells) for key, cells in self._known.items() if key.startswith(prefix))
        return {key: cells for key, cells in known if cells is not None}

    async def change(self, position: int, changes: Sequence[Change]) -> None:
        """Take the effect of the event at that position; write first what would not fit with it.

        LimitExceeded when storage would refuse one of its rows: then nothing of it is taken.
        """
        last = {change.key: change for change in changes}
        news = self._pending.weigh(change for change in last.values() if not self._shows(change))
        if not self._pending.fits(news):
            await self.flush()
        self._pending.take(news)
        self._known |= {key: _cells(change) for key, change in last.items()}
        self.position = position

    async def park(self, parked: Parked) -> None:
        """Go past an event without its effect, and keep it for later."""
        row = Set(parked_key(parked.position), parked_cells(parked))
        await self.change(max(self.position, parked.position), [row])
        self.parked[parked.position] = parked.stream

    async def unpark(self, position: int, changes: Sequence[Change]) -> None:
        """Take the effect of a parked event. The checkpoint stays where it is."""
        await self.change(self.position, [*changes, Drop(parked_key(position))])
        self.parked.pop(position, None)

    async def flush(self) -> None:
        """Write what is pending. The checkpoint moves with the last of it."""
        unsure = [key for key in self._pending.drops() if key not in self._stored]
        self._stored |= {key: row is not None for key, row in await self._get(unsure)}
        *before, last = [*self._pending.transactions(self._stored)] or [[]]
        for writes in before:
            await self._commit(writes, self.written, self.halted, last=False)
        if last:
            await self._commit(last, self.position)
        self._pending.clear()
        if len(self._known) > _REMEMBERED:
            self._forget()

    async def write_checkpoint(self, halted: str = "") -> None:
        """Write how far it is, whether or not there are rows to write; or why it stops there."""
        await self.flush()
        await self._commit([], self.position, halted)

    async def _commit(
        self, writes: Sequence[Write], position: int, halted: str = "", *, last: bool = True
    ) -> None:
        cells: dict[str, Cell] = {"position": position}
        if halted:
            cells["halted"] = halted
        # Before the last transaction a row that shall go may still be there.
        marked = len(self.parked) if last else max(self._marked, len(self.parked))
        if marked:
            cells["parked"] = marked
        checkpoint: Write = (
            Insert(CHECKPOINT, cells)
            if self._etag is None
            else Replace(CHECKPOINT, cells, self._etag)
        )
        etags = await self._rows.commit(self._name, [*writes, checkpoint])
        self._etag = etags[CHECKPOINT]
        self.written = position
        self.halted = halted
        self._marked = marked
        self._stored |= {write.key: not isinstance(write, Delete) for write in writes}

    def _forget(self) -> None:
        """Keep only what a batch may have read ahead: most rows are written and never asked for."""
        kept = list(self._asked)[-_ASKED:]
        self._asked = dict.fromkeys(kept)
        self._known = {key: self._known[key] for key in kept}
        self._stored = {key: self._stored[key] for key in kept if key in self._stored}
        self._whole.clear()

    def _shows(self, change: Change) -> bool:
        """Whether the row is so already: then there is nothing to write."""
        return change.key in self._known and self._known[change.key] == _cells(change)

    async def _get(self, keys: Sequence[str]) -> list[tuple[str, Row | None]]:
        """Read rows of which nothing is known, some at a time."""
        if keys and await self._is_all_known():
            return [(key, None) for key in keys]
        found: list[tuple[str, Row | None]] = []
        for some in batched(keys, _READS, strict=False):
            rows = await asyncio.gather(*(self._rows.get(self._name, key) for key in some))
            found += zip(some, rows, strict=True)
        return found

    async def _is_all_known(self) -> bool:
        """Whether a row that is not known is not there. Without a checkpoint no row should be: but
        somebody may have removed that row alone. Who writes after this takes our ETag away."""
        if self._fresh:
            self._fresh = False
            if not await self._rows.range(self._name, "", _BEHIND_ALL, limit=1):
                self._whole.add(EVERY)
        return EVERY in self._whole


def _cells(change: Change) -> Cells | None:
    return change.cells if isinstance(change, Set) else None
