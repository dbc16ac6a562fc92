"""The fleet day by day, from the log: not from samples, which miss what came late.

How everything stands now, the views say, and what a day came to that is over, rows that are kept.
Where there are none, and for who may see a part of the fleet, each shard is gone through once, from
its seal before the first day, and looked at as each day ends: once in a process's life, for each
scope. Of part of the fleet the totals are added up from the images that may be seen.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from core.answers.catalogue import Changes, DayTotals, ImageChange, Trend
from core.answers.fleet import HealthCounts
from core.domain.values import Health, SeverityCounts
from core.errors import InvalidInput
from core.past.days import MOST, Days, ends_of_days, settled
from core.past.fold import Fold
from core.past.verdicts import Verdicts
from core.projections.cells import instant, number, text
from core.projections.images import Images
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
LISTED = 40
"""Changed images of one answer at most."""
_BADNESS = {
    Health.HEALTHY: 0,
    Health.NOT_APPLICABLE: 0,
    Health.UNSCANNED: 1,
    Health.UNHEALTHY: 2,
}


class TrendQueries:
    """Answers about how things came to be as they are."""

    def __init__(
        self, standings: Standings, days: Days, catalogue: Catalogue, verdicts: Verdicts
    ) -> None:
        self._standings = standings
        self._days = days
        self._verdicts = verdicts
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
            known |= await self._over([one for one in moments if one not in known])
        return Trend(value=[_shown(one, known[one]) for one in moments])

    async def changes(self, given: Mapping[str, str]) -> Changes:
        """Images whose verdict is another than it was at `since`, a day ago unless given."""
        asked = Parameters(given, known=frozenset({"since", AS_OF}))
        now = asked.moment(AS_OF) or datetime.now(UTC)
        since = asked.moment("since") or now - timedelta(days=1)
        if since >= now:
            raise InvalidInput("since must lie before what it is compared with")
        rows = await self._catalogue.images(asked)
        changed = [row for row in rows if text(row.cells, "health_since") > instant(since)]
        changed.sort(key=lambda row: text(row.cells, "health_since"), reverse=True)
        standing = self._standings.of(asked)
        before = await asyncio.gather(
            *(self._verdicts.at(since, row, standing.history) for row in changed[:LISTED])
        )
        trust = await standing.trust()
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

    async def _now(self, asked: Parameters) -> Totals:
        """How everything stands, as far as it may be seen."""
        if self._standings.scope.whole:
            images = self._standings.of(asked).images
            return added_up((await totals_of(images, self._standings.shards)).values())
        return _added(totals_of_images(await self._catalogue.images(asked)))

    async def _over(self, moments: Sequence[datetime]) -> Mapping[datetime, Totals]:
        """How everything stood at moments of the past."""
        found = await self._days.kept(moments) if self._standings.scope.whole else {}
        missing = [one for one in moments if one not in found]
        if missing:
            found |= await self._days.reckon(missing, self._seen)
        now = datetime.now(UTC)
        self._settled |= {one: totals for one, totals in found.items() if settled(one, now)}
        return found

    def _seen(self, fold: Fold) -> RowReader:
        """The images' rows of a shard, as much of them as may be seen."""
        rows, scope = fold.rows(Images()), self._standings.scope
        return rows if scope.whole else ScopedImages(rows, scope)


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
