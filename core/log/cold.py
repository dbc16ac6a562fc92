"""The log for whoever reads far back: from cold segments, a blob for ten thousand events.

For whatever begins at the beginning: a view that is made anew, a look into the past. Whoever
follows the head reads rows as ever; only when as many came back as were asked for, so that there
must be more, is it worth a look whether there are segments. A segment that is missing, or is not
what it says, is an alarm, and its rows are read instead: they are the log, and are still there.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.errors import ArtifactMissing, CorruptLog
from core.log.interface import Append, Appended, EventLog, Head, Lost, Stream
from core.log.segments import Packed, Segment, Segments, rows_of, unpack
from core.log.stored import recorded
from core.storage.interface import Artifacts, Row

LOOK = 60.0
"""Seconds for which it is known which segments there are."""
KEPT = 4
"""Segments that stay in memory: so many shards are read side by side."""

type Alarm = Callable[[str, str], None]
"""Takes a name to count by, and what happened."""


class ColdLog:
    """An EventLog; see `core/log/interface.py` for what its methods promise."""

    def __init__(
        self, log: EventLog, artifacts: Artifacts, segments: Segments, alarm: Alarm
    ) -> None:
        self._log = log
        self._artifacts = artifacts
        self._segments = segments
        self._alarm = alarm
        self._known: dict[int, tuple[float, list[Segment]]] = {}
        self._unpacked: OrderedDict[Segment, Packed] = OrderedDict()
        self._broken: set[Segment] = set()

    @property
    def generation(self) -> str:
        return self._log.generation

    @property
    def shards(self) -> int:
        return self._log.shards

    def shard_of(self, stream: StreamId) -> int:
        return self._log.shard_of(stream)

    async def load(self, stream: StreamId) -> Stream:
        return await self._log.load(stream)

    async def head(self, shard: int) -> Head:
        return await self._log.head(shard)

    async def history(self, stream: StreamId) -> list[Recorded]:
        return await self._log.history(stream)

    async def append(
        self, appends: Sequence[Append], *, now: datetime
    ) -> Sequence[Appended | Lost]:
        return await self._log.append(appends, now=now)

    def turn(self, *streams: StreamId) -> AbstractAsyncContextManager[None]:
        return self._log.turn(*streams)

    async def read(self, shard: int, *, after: int, limit: int = 500) -> list[Recorded]:
        events: list[Recorded] = []
        while len(events) < limit:
            place, wanted = after + len(events), limit - len(events)
            rows = await self._cold(shard, place, wanted)
            if rows is None:
                hot = await self._log.read(shard, after=place, limit=wanted)
                if len(hot) == wanted:
                    await self._look(shard)
                return events + hot
            events += [await recorded(self._artifacts, shard, row) for row in rows]
        return events

    async def _cold(self, shard: int, after: int, limit: int) -> Sequence[Row] | None:
        """Rows that follow a position, at most to their segment's end; `None` behind the last."""
        _, segments = self._known.get(shard, (0.0, []))
        segment = next((one for one in segments if one.first <= after + 1 <= one.last), None)
        if segment is None or segment in self._broken:
            return None
        try:
            start = after + 1 - segment.first
            return rows_of(segment, (await self._packed(segment))[start : start + limit])
        except (ArtifactMissing, CorruptLog) as error:
            self._broken.add(segment)
            place = f"shard {shard}, positions {segment.first} to {segment.last}"
            self._alarm("segment-unreadable", f"{place}: {error}; reading rows instead")
            return None

    async def _look(self, shard: int) -> None:
        """See which segments there are, unless that was done lately."""
        if shard not in self._known or time.monotonic() - self._known[shard][0] > LOOK:
            self._known[shard] = (time.monotonic(), await self._segments.of(shard))

    async def _packed(self, segment: Segment) -> Packed:
        packed = self._unpacked.pop(segment, None)
        if packed is None:
            content = await self._artifacts.get(segment.artifact)
            packed = await asyncio.to_thread(unpack, segment, content)
        self._unpacked[segment] = packed
        while len(self._unpacked) > KEPT:
            self._unpacked.popitem(last=False)
        return packed
