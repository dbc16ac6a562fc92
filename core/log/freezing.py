"""Writes cold segments, behind the head, whenever there are enough events for one."""

import asyncio
from itertools import pairwise

from core.errors import CorruptLog
from core.log import layout
from core.log.interface import LogReader
from core.log.segments import BYTES, EVENTS, Segment, Segments, pack
from core.storage.interface import Artifacts, Row, RowReader

_READ = 500
"""Rows that are read at a time: a hostile event can fill its row."""


class Freezer:
    """Writes the segments that are due."""

    def __init__(
        self,
        log: LogReader,
        rows: RowReader,
        artifacts: Artifacts,
        segments: Segments,
        *,
        events: int = EVENTS,
        most: int = BYTES,
    ) -> None:
        """`rows` is the log's own table; a segment has `events`, or fewer with `most` bytes."""
        self._log = log
        self._rows = rows
        self._artifacts = artifacts
        self._segments = segments
        self._events = events
        self._bytes = most

    async def freeze(self, shard: int) -> int:
        """Write a shard's segments up to its head; how many there were to write.

        RowConflict when somebody else writes them too.
        """
        known = await self._segments.of(shard)
        end, head = known[-1].last if known else 0, await self._log.head(shard)
        written = 0
        while head.position - end >= self._events:
            rows = await self._next(shard, end + 1)
            artifact = await self._artifacts.put(await asyncio.to_thread(pack, rows))
            end += len(rows)
            first = layout.position_of(rows[0].key)
            await self._segments.add(Segment(shard=shard, first=first, last=end, artifact=artifact))
            written += 1
        return written

    async def _next(self, shard: int, first: int) -> list[Row]:
        """The rows of the segment that begins there."""
        rows: list[Row] = []
        size = 0
        while len(rows) < self._events and size < self._bytes:
            start = first + len(rows)
            some = await self._rows.range(
                layout.partition(shard),
                layout.event_key(start),
                layout.event_key(first + self._events),
                limit=min(_READ, self._events - len(rows)),
            )
            if not some or some[0].key != layout.event_key(start) or not _contiguous(some):
                raise CorruptLog(f"shard {shard}: not every event behind {start - 1} is there")
            rows += some
            size += sum(len(str(row.cells.get("data", ""))) for row in some)
        return rows


def _contiguous(rows: list[Row]) -> bool:
    positions = [layout.position_of(row.key) for row in rows]
    return all(after == before + 1 for before, after in pairwise(positions))
