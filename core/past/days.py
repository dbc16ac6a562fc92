"""What the fleet came to by the end of each day, as rows: so a trend need not fold a month.

The archivist writes them. A day that is over does not change any more, so a row holds for ever, and
whoever writes it again writes the same; another version of the views has rows of its own. They are
of the whole fleet: who may see a part of it is answered from the log.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import batched

from core.log import layout
from core.past.fold import VIEWS, Fold
from core.past.shards import PastShards
from core.projections.cells import number
from core.projections.images import Images
from core.projections.totals import TOTALS
from core.storage.interface import Put, Row, RowReader, Rows

TABLE = "days"
"""The table that says what days came to."""
MOST = 92
"""Days that are looked back at most."""
_SETTLED = timedelta(hours=1)
"""A day is over for good when it is over for so long: no writer's clock is that far behind."""
_PARTITION = "days"
_TOGETHER = 31
"""Days that are reckoned and written at a time: whoever is stopped has not done it all in vain."""
_REGISTRIES = 10_000
"""More than a shard has totals of."""

type Totals = Mapping[str, int]
"""By the names of `core/projections/totals.py`."""


class Days:
    """Which days are kept, and how the others are reckoned."""

    def __init__(self, rows: Rows, shards: PastShards) -> None:
        self._rows = rows
        self._shards = shards

    async def kept(self, moments: Sequence[datetime]) -> dict[datetime, Totals]:
        """What the fleet came to at those of the moments, which are in order, that are ends of days
        and kept."""
        if not moments:
            return {}
        first, last = _key(moments[0]), f"{_key(moments[-1])} "
        rows = await self._rows.range(_PARTITION, first, last, limit=10 * MOST)
        found = {row.key: row for row in rows}
        ends = (one for one in moments if one.time() == time.max)
        return {one: _totals(found[_key(one)]) for one in ends if _key(one) in found}

    async def keep(self, now: datetime) -> None:
        """Keep the days that are over and are not kept yet; none of those that a shard could not be
        folded to, since what it cannot read may be mended."""
        ends = [one for one in ends_of_days(now, MOST + 1)[:-1] if settled(one, now)]
        known = await self.kept(ends)
        for some in batched((one for one in ends if one not in known), _TOGETHER, strict=False):
            whole = True

            def seen(fold: Fold) -> RowReader:
                nonlocal whole
                whole = whole and not fold.parked and not fold.halted
                return fold.rows(Images())

            reckoned = await self.reckon(some, seen)
            if not whole:
                return
            writes = [Put(_key(one), totals) for one, totals in reckoned.items()]
            await self._rows.commit(_PARTITION, writes)

    async def reckon(
        self, moments: Sequence[datetime], seen: Callable[[Fold], RowReader]
    ) -> dict[datetime, Totals]:
        """How everything stood at each of these moments, which are in order, by what is seen of
        the images' rows of each shard."""
        found = {one: Counter[str](dict.fromkeys(TOTALS, 0)) for one in moments}
        for shard in range(self._shards.shards):
            async for moment, row in self._through(shard, moments, seen):
                found[moment].update(_totals(row))
        return dict(found)

    async def _through(
        self, shard: int, moments: Sequence[datetime], seen: Callable[[Fold], RowReader]
    ) -> AsyncIterator[tuple[datetime, Row]]:
        partition = layout.partition(shard)
        async for moment, fold in self._shards.through(shard, moments):
            for row in await seen(fold).range(partition, "t|", "t}", limit=_REGISTRIES):
                yield moment, row


def ends_of_days(now: datetime, days: int) -> list[datetime]:
    """The ends of the days before, and now."""
    today = datetime.combine(now.date(), time.max, tzinfo=UTC)
    return [*(today - timedelta(days=back) for back in range(days - 1, 0, -1)), now]


def settled(end: datetime, now: datetime) -> bool:
    """Whether the day that ended then is over for good."""
    return end.time() == time.max and end < now - _SETTLED


def _key(moment: datetime) -> str:
    return f"{VIEWS}|{moment.date().isoformat()}"


def _totals(row: Row) -> Totals:
    return {name: number(row.cells, name) for name in TOTALS}
