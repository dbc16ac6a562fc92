"""The fleet day by day, from the log: not from samples, which miss what came late.

How everything stands now, the views say. For the days before it each shard is gone through once,
from its seal before the first of them, and looked at as each day ends. A day that is over does not
change any more, so it is reckoned once in a process's life, for each scope: of part of the fleet
the totals are added up from the images that may be seen.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from core.answers.catalogue import Changes, DayTotals, ImageChange, Trend
from core.answers.fleet import HealthCounts
from core.domain.values import Health, SeverityCounts
from core.errors import InvalidInput
from core.log import layout
from core.past.fold import Fold
from core.past.shards import PastShards
from core.projections.cells import instant, number, text
from core.projections.images import Images, is_there
from core.projections.totals import SEVERITIES, TOTALS
from core.query.catalogue import Catalogue
from core.query.parameters import AS_OF, Parameters
from core.query.scoped import ScopedImages
from core.query.scoped import totals_of as totals_of_images
from core.query.score import score_of
from core.query.shapes import image_of
from core.query.standing import Standings
from core.query.totals import Totals, added_up, totals_of
from core.storage.interface import Row, RowReader

DAYS = 30
"""Days of a trend, unless another number is asked for."""
MOST = 92
LISTED = 40
"""Changed images of one answer at most."""
_SETTLED = timedelta(hours=1)
"""A day is over for good when it is over for so long: no writer's clock is that far behind."""
_REGISTRIES = 10_000
"""More than a shard has totals of."""
_BADNESS = {
    Health.HEALTHY: 0,
    Health.NOT_APPLICABLE: 0,
    Health.UNSCANNED: 1,
    Health.UNHEALTHY: 2,
}


class TrendQueries:
    """Answers about how things came to be as they are."""

    def __init__(self, standings: Standings, past: PastShards, catalogue: Catalogue) -> None:
        self._standings = standings
        self._past = past
        self._catalogue = catalogue
        self._settled: dict[datetime, Totals] = {}
        self._turn = asyncio.Lock()

    async def trend(self, given: Mapping[str, str]) -> Trend:
        """The last days, the current one as far as it has come."""
        asked = Parameters(given, known=frozenset({"days", AS_OF}))
        days = asked.text("days") or str(DAYS)
        if not (days.isascii() and days.isdigit() and 1 <= int(days) <= MOST):
            raise InvalidInput(f"days must be a number from 1 to {MOST}")
        self._standings.of(asked)  # refuses the future
        then = asked.moment(AS_OF)
        moments = ends_of_days(then or datetime.now(UTC), int(days))
        live = {} if then else {moments[-1]: await self._now(asked)}
        async with self._turn:
            known = {**self._settled, **live}
            missing = [one for one in moments if one not in known]
            reckoned = await self._reckon(missing) if missing else {}
            self._keep(reckoned)
        known |= reckoned
        return Trend(value=[_shown(one, known[one]) for one in moments])

    async def changes(self, given: Mapping[str, str]) -> Changes:
        """Images whose verdict is another than it was at `since`, a day ago unless given."""
        asked = Parameters(given, known=frozenset({"since", AS_OF}))
        now = asked.moment(AS_OF) or datetime.now(UTC)
        since = asked.moment("since") or now - timedelta(days=1)
        if since >= now:
            raise InvalidInput("since must lie before what it is compared with")
        then = Parameters({AS_OF: instant(since)}, known=frozenset({AS_OF}))
        rows = await self._catalogue.images(asked)
        changed = [row for row in rows if text(row.cells, "health_since") > instant(since)]
        changed.sort(key=lambda row: text(row.cells, "health_since"), reverse=True)
        before = await self._before(changed[:LISTED], then)
        trust = await self._standings.of(asked).trust()
        value = [
            ImageChange(
                image=image_of(row.cells, int(row.partition), trust),
                before=was,
                worse=_badness(Health(text(row.cells, "health"))) > _badness(was),
            )
            for row, was in zip(changed, before, strict=False)
            if was != text(row.cells, "health")
        ]
        value.sort(key=lambda one: not one.worse)
        unseen = max(0, len(changed) - LISTED)
        return Changes(since=instant(since), value=value, total=len(value) + unseen)

    async def _before(self, rows: Sequence[Row], then: Parameters) -> list[Health | None]:
        """The verdicts that images had."""
        images = self._standings.of(then).images
        shown = await asyncio.gather(*(images.get(row.partition, row.key) for row in rows))
        return [
            Health(text(one.cells, "health")) if one and is_there(one.cells) else None
            for one in shown
        ]

    async def _now(self, asked: Parameters) -> Totals:
        """How everything stands, as far as it may be seen."""
        if self._standings.scope.whole:
            images = self._standings.of(asked).images
            return added_up((await totals_of(images, self._standings.shards)).values())
        return _added(totals_of_images(await self._catalogue.images(asked)))

    async def _reckon(self, moments: Sequence[datetime]) -> dict[datetime, Totals]:
        """How everything stood at each of these moments, which are in order."""
        found: dict[datetime, list[Totals]] = {one: [] for one in moments}
        for shard in range(self._standings.shards):
            async for moment, totals in self._through(shard, moments):
                found[moment].append(totals)
        return {moment: added_up(totals) for moment, totals in found.items()}

    async def _through(
        self, shard: int, moments: Sequence[datetime]
    ) -> AsyncIterator[tuple[datetime, Totals]]:
        partition = layout.partition(shard)
        async for moment, fold in self._past.through(shard, moments):
            rows = await self._seen(fold).range(partition, "t|", "t}", limit=_REGISTRIES)
            yield moment, _added(rows)

    def _seen(self, fold: Fold) -> RowReader:
        """The images' rows of a shard, as much of them as may be seen."""
        rows, scope = fold.rows(Images()), self._standings.scope
        return rows if scope.whole else ScopedImages(rows, scope)

    def _keep(self, reckoned: Mapping[datetime, Totals]) -> None:
        over = datetime.now(UTC) - _SETTLED
        midnights = {one: totals for one, totals in reckoned.items() if one.time() == time.max}
        self._settled |= {one: totals for one, totals in midnights.items() if one < over}


def ends_of_days(now: datetime, days: int) -> list[datetime]:
    """The ends of the days before, and now."""
    today = datetime.combine(now.date(), time.max, tzinfo=UTC)
    return [*(today - timedelta(days=back) for back in range(days - 1, 0, -1)), now]


def _added(rows: Iterable[Row]) -> Totals:
    """Rows of totals as one."""
    return added_up({name: number(row.cells, name) for name in TOTALS} for row in rows)


def _badness(health: Health | None) -> int:
    return 0 if health is None else _BADNESS[health]


def _shown(moment: datetime, totals: Totals) -> DayTotals:
    return DayTotals(
        day=moment.date().isoformat(),
        at=instant(moment),
        images=totals["images"],
        health=HealthCounts(
            healthy=totals[Health.HEALTHY],
            unhealthy=totals[Health.UNHEALTHY],
            not_applicable=totals[Health.NOT_APPLICABLE],
            unscanned=totals[Health.UNSCANNED],
        ),
        findings=SeverityCounts(**{name: totals[name] for name in SEVERITIES}),
        score=score_of(totals).current,
    )
