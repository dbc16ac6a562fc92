"""The views of any shard as they stood at a moment.

Within a shard time never runs backwards, so what had been recorded by the moment is a prefix. It is
final once an event stands behind it; until then it may grow, by a writer whose clock is behind.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime

from core.domain.recorded import Recorded
from core.log.interface import LogReader
from core.log.tail import read_tail
from core.past.fold import Fold
from core.past.seals import Seals

BATCH = 500
"""Events that are read at a time."""
FIRST = 10
"""Events that are read first: where all that follows is later than is asked for, these say so."""
KEPT = 8
"""Folded shards that stay in memory: whoever turns pages goes through them one after the other."""


def until(events: Iterable[Recorded], moment: datetime) -> list[Recorded]:
    """Those of a shard's or a stream's events that had been recorded by then."""
    return [recorded for recorded in events if recorded.at <= moment]


class PastShards:
    """Folds shards up to a moment, one at a time, and keeps the last few."""

    def __init__(self, log: LogReader, seals: Seals) -> None:
        self._log = log
        self._seals = seals
        self._kept: OrderedDict[tuple[int, datetime], Fold] = OrderedDict()
        self._final: set[tuple[int, datetime]] = set()
        self._lock = asyncio.Lock()

    @property
    def shards(self) -> int:
        """How many there are."""
        return self._log.shards

    async def fold(self, shard: int, moment: datetime) -> Fold:
        """The shard's views as they stood at that moment."""
        async with self._lock:
            place = (shard, moment)
            fold = self._kept.pop(place, None) or await self._seals.fold(shard, moment)
            if place not in self._final:
                await self._go_on(fold, moment)
            self._keep(place, fold)
            return fold

    async def through(
        self, shard: int, moments: Sequence[datetime]
    ) -> AsyncIterator[tuple[datetime, Fold]]:
        """The shard's views at each of some moments, which are in order: it is gone through once.
        What is given is good until the next is asked for."""
        fold = await self._seals.fold(shard, moments[0])
        tail: Sequence[Recorded] = ()
        limit, over = FIRST, False
        for moment in moments:
            while True:
                if not tail and not over:
                    read = await read_tail(self._log, shard, after=fold.position, limit=limit)
                    tail, unreadable = read.events, read.unreadable
                    if unreadable is None:
                        over = len(tail) < limit
                    elif not tail:
                        over = not await fold.goes_past(unreadable)
                    limit = min(BATCH, 4 * limit)
                kept = until(tail, moment)
                await fold.take(kept)
                tail = tail[len(kept) :]
                if tail or over:
                    break
            yield moment, fold

    def alone(self, shard: int) -> Fold:
        """The shard's views before its first event, for whoever has events of one stream."""
        return self._seals.nothing(shard)

    async def _go_on(self, fold: Fold, moment: datetime) -> None:
        """Fold up to the moment; or to what cannot be read, as the live views stand before it."""
        while True:
            tail = await read_tail(self._log, fold.shard, after=fold.position, limit=BATCH)
            kept = until(tail.events, moment)
            await fold.take(kept)
            if len(kept) < len(tail.events):
                self._final.add((fold.shard, moment))
                return
            if tail.unreadable is None:
                if len(kept) < BATCH:
                    return
            elif not await fold.goes_past(tail.unreadable):
                return

    def _keep(self, place: tuple[int, datetime], fold: Fold) -> None:
        self._kept[place] = fold
        while len(self._kept) > KEPT:
            oldest, _ = self._kept.popitem(last=False)
            self._final.discard(oldest)
