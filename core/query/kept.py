"""All images' rows, kept in this process and as fresh as their view: for whoever looks through all.

Reading ten thousand rows takes seconds, and most of them are what they were. Every transaction of
the view writes its shard's checkpoint, so a checkpoint whose ETag is the one that was read before
says that nothing has changed in that shard. Where it has moved, the log names the images that were
touched since; where it does not say so (an event that was parked, another table, too many events),
the shard is read again. What is kept is of the whole fleet: whoever answers within a scope filters
it, and keeps nothing of it.

A process that begins goes on from what another one has left (`kept_table.py`), where it can.
"""

import asyncio
from collections.abc import Iterable, Sequence

from core.domain.ids import StreamId
from core.log import layout
from core.log.interface import LogReader
from core.log.tail import read_tail
from core.projections.active import TableName
from core.projections.cells import number
from core.projections.images import image_key, is_there
from core.projections.partition import CHECKPOINT
from core.query.kept_table import KeptShard, KeptTable
from core.storage.interface import Row, RowReader

MAX_IMAGES = 50_000
"""Images that are looked through at most, a share of them from each shard."""
MAX_TOUCHED = 60
"""Events of a shard behind which its images are all read again, if they are no more than some
hundreds: a row that is read by itself costs as much as a few of a page."""
_WORTH = 4
"""Rows of a page that one by itself and its event cost as much as."""


class KeptImages:
    """Follows the images' view."""

    def __init__(
        self, log: LogReader, images: RowReader, table: TableName, left: KeptTable
    ) -> None:
        """`table` names the table that `images` reads at this moment, and `left` is where processes
        leave what they keep."""
        self._log = log
        self._images = images
        self._table = table
        self._left = left
        self._kept_of = ""
        self._kept: dict[int, KeptShard] = {}
        self._left_at: dict[int, int] = {}
        """The positions of the checkpoints that were left, by this process or the one before."""
        self._rows: Sequence[Row] | None = None
        """All of them in order, until a shard is read again."""
        self._turn = asyncio.Lock()

    async def rows(self) -> Sequence[Row]:
        """The rows of all images that are there, in the order of shards and keys: no older than the
        view was when this was asked. StorageUnavailable when storage does not answer."""
        async with self._turn:
            return await self._fresh()

    async def leave(self) -> None:
        """Leave what is kept to the processes that begin later, where they would find much of it
        changed. Raises what `rows` raises."""
        async with self._turn:
            await self._fresh()
            if await self._table() != self._kept_of:
                return  # another table took over meanwhile, and some of the rows may be its own
            for shard, kept in self._kept.items():
                if self._is_far(shard, kept) and await self._left.write(self._kept_of, shard, kept):
                    self._left_at[shard] = _position(kept.checkpoint)

    async def _fresh(self) -> Sequence[Row]:
        # Named before anything is read: rows of a table that took over meanwhile are kept
        # under the name of the one before, and are all read again at the next look.
        table = await self._table()
        if table != self._kept_of:
            self._kept, self._kept_of, self._rows = {}, table, None
            self._left_at = {}
        shards = map(self._bring, range(self._log.shards))
        # All are waited for: none may go on once another look has begun.
        for failed in filter(None, await asyncio.gather(*shards, return_exceptions=True)):
            raise failed
        if self._rows is None:
            self._rows = tuple(self._all())
        return self._rows

    def _is_far(self, shard: int, kept: KeptShard) -> bool:
        """Whether a process that begins would have to look for half of all that is worth it."""
        left_at = self._left_at.get(shard)
        if left_at is None:
            return True
        return abs(_position(kept.checkpoint) - left_at) > most_touched(kept) // 2

    def _all(self) -> Iterable[Row]:
        for _, shard in sorted(self._kept.items()):
            yield from (row for _, row in sorted(shard.rows.items()) if is_there(row.cells))

    async def _bring(self, shard: int) -> None:
        """Have what is kept of a shard be as its view is."""
        checkpoint = await self._images.get(layout.partition(shard), CHECKPOINT)
        known = self._kept.get(shard) or await self._found(shard)
        if known is not None and _etag(known.checkpoint) == _etag(checkpoint):
            self._kept.setdefault(shard, known)
            return
        touched = await self._touched(shard, known, checkpoint)
        if known is None or touched is None:
            rows = await self._read(shard)
        else:
            rows = {**known.rows, **await self._again(shard, touched)}
        self._kept[shard], self._rows = KeptShard(checkpoint=checkpoint, rows=rows), None

    async def _found(self, shard: int) -> KeptShard | None:
        """What another process has left of a shard."""
        found = await self._left.read(self._kept_of, shard)
        if found is not None:
            self._left_at[shard] = _position(found.checkpoint)
        return found

    async def _touched(
        self, shard: int, known: KeptShard | None, checkpoint: Row | None
    ) -> set[StreamId] | None:
        """The images that something happened to since; `None` where the log does not say so."""
        if known is None or _silent(known.checkpoint) or _silent(checkpoint):
            return None
        before, after = _position(known.checkpoint), _position(checkpoint)
        if not before < after <= before + most_touched(known):
            return None
        tail = await read_tail(self._log, shard, after=before, limit=after - before)
        if len(tail.events) < after - before:
            return None
        return {one.stream for one in tail.events if one.stream.startswith("image-")}

    async def _again(self, shard: int, touched: Iterable[StreamId]) -> dict[str, Row]:
        """The rows of some images. One that is gone is kept as one without cells."""
        partition, keys = layout.partition(shard), [image_key(one) for one in touched]
        rows = await asyncio.gather(*(self._images.get(partition, key) for key in keys))
        return {
            key: row or Row(partition=partition, key=key, cells={}, etag="")
            for key, row in zip(keys, rows, strict=True)
        }

    async def _read(self, shard: int) -> dict[str, Row]:
        return {row.key: row for row in await read_shard(self._images, shard, self._log.shards)}


async def read_shard(images: RowReader, shard: int, shards: int) -> list[Row]:
    """The images' rows of one of so many shards, its share of all that are looked through."""
    share = MAX_IMAGES // shards
    return await images.range(layout.partition(shard), "i|", "i}", limit=share)


def most_touched(kept: KeptShard) -> int:
    """Events of a shard behind which it is quicker to read all of its images again."""
    return max(MAX_TOUCHED, len(kept.rows) // _WORTH)


def _etag(checkpoint: Row | None) -> str | None:
    return None if checkpoint is None else checkpoint.etag


def _position(checkpoint: Row | None) -> int:
    return 0 if checkpoint is None else number(checkpoint.cells, "position")


def _silent(checkpoint: Row | None) -> bool:
    """Whether rows may change without the position saying so: where events are parked, they are
    applied later, and the checkpoint stays where it is."""
    return checkpoint is not None and bool(number(checkpoint.cells, "parked"))
