"""With which advisories a verdict holds: its own, or later ones with which the fleet was assessed.

An image whose verdict stayed what it was has no event of its own: `FleetAssessed` says that at some
position of every shard, each verdict was the one that those advisories give. A row shows such a
verdict if the verdict stands at or before that position, and if the view had come so far when the
row was read: a row of an older view may show what has changed since.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.advisories import ADVISORIES, Assessed, Published
from core.domain.ids import advisories_stream
from core.log import layout
from core.log.handle import current
from core.log.interface import EventLog, LogReader
from core.past.shards import PastShards
from core.projections.assessments import KEY, Assessments, assessed_of
from core.projections.cells import number
from core.projections.partition import CHECKPOINT
from core.storage.interface import Cells, Rows

FRESH = 5.0
"""Seconds for which an answer is used again. An old one says too little, never anything false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What is known of the fleet, from before a row was read."""

    assessed: Assessed | None
    checkpoints: Sequence[int]
    """How far the images' view was, in every shard."""

    def version(self, shard: int, cells: Cells) -> int:
        """The version of the advisories that an image's verdict holds for; 0 without a verdict."""
        own, known = number(cells, "advisories_version"), self._part_of(shard, cells)
        return own if known is None else max(own, known.version)

    def held_at(self, shard: int, cells: Cells) -> datetime | None:
        """When the fleet was assessed, if an image's verdict was part of that."""
        known = self._part_of(shard, cells)
        return None if known is None else known.assessed_at

    def _part_of(self, shard: int, cells: Cells) -> Assessed | None:
        """The assessment of the fleet that the verdict was part of, as far as its row can tell."""
        position, known = number(cells, "assessed_position"), self.assessed
        if known is None or not position or not known.covers(shard, position):
            return None
        return known if known.positions[shard] <= self.checkpoints[shard] else None


class Coverages:
    """Looks at the fleet, not more often than every few seconds."""

    def __init__(self, log: EventLog, images: Rows) -> None:
        self._log = log
        self._images = images
        self._last: Coverage | None = None
        self._looked = 0.0
        self._lock = asyncio.Lock()

    async def look(self) -> Coverage:
        """What is known now; to be asked before rows are read."""
        async with self._lock:
            if self._last is None or time.monotonic() - self._looked > FRESH:
                self._last = await self._read()
                self._looked = time.monotonic()
            return self._last

    async def _read(self) -> Coverage:
        published: Published = await current(self._log, ADVISORIES, advisories_stream())
        shards = map(layout.partition, range(self._log.shards))
        rows = await asyncio.gather(*(self._images.get(shard, CHECKPOINT) for shard in shards))
        return Coverage(
            assessed=published.assessed,
            checkpoints=[number(row.cells, "position") if row else 0 for row in rows],
        )


async def coverage_at(log: LogReader, shards: PastShards, moment: datetime) -> Coverage:
    """What was known of the fleet at a moment, and whether what it rests on had been recorded."""
    shard = log.shard_of(advisories_stream())
    fold = await shards.fold(shard, moment)
    row = await fold.rows(Assessments()).get(layout.partition(shard), KEY)
    assessed = assessed_of(row.cells if row else None)
    if assessed is None:
        return Coverage(assessed=None, checkpoints=[0] * log.shards)
    places = enumerate(assessed.positions)
    reached = await asyncio.gather(*(_reached(log, *place, moment) for place in places))
    return Coverage(assessed=assessed, checkpoints=reached)


async def _reached(log: LogReader, shard: int, position: int, moment: datetime) -> int:
    """The position, if its event had been recorded by then, else 0."""
    if position == 0:
        return 0
    events = await log.read(shard, after=position - 1, limit=1)
    return position if events and events[0].at <= moment else 0
