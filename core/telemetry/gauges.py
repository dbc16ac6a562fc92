"""How the work stands, as numbers: what waits, what lags, what is covered.

A timer takes them, on one instance at a time, and only where somebody listens: finding out costs
some requests for each view and shard, and coverage a look at every image.
"""

from datetime import UTC, datetime

from core.domain.values import Freshness, Health
from core.log import layout
from core.notifications.outbox import Outbox, waited_since
from core.projections.cells import number
from core.query.shards import from_shards
from core.query.standing import Now
from core.query.trust import Trust
from core.rebuilding.standing import Followers
from core.scanning.slots import Slots
from core.scanning.waiting import Waiting
from core.storage.interface import Row, Where
from core.storage.reading import pages
from core.telemetry import metrics as m
from core.telemetry.interface import Telemetry

_VERDICTS = (Health.HEALTHY, Health.UNHEALTHY, Health.UNSCANNED)
_REGISTRIES = 10_000


class Gauges:
    """Takes the numbers."""

    def __init__(
        self,
        telemetry: Telemetry,
        waiting: Waiting,
        slots: Slots,
        followers: Followers,
        outbox: Outbox,
        now: Now,
        shards: int,
    ) -> None:
        self._telemetry = telemetry
        self._waiting = waiting
        self._slots = slots
        self._followers = followers
        self._outbox = outbox
        self._now = now
        self._shards = shards

    async def take(self) -> None:
        """What waits and what lags. Raises StorageUnavailable, with some numbers told."""
        if not self._telemetry.listening:
            return
        now = datetime.now(UTC)
        await self._backlog(now)
        await self._notices(now)
        await self._following()
        await self._images()

    async def cover(self) -> None:
        """What is covered: a look at every image that can be scanned."""
        if not self._telemetry.listening:
            return
        trust = await self._now.trust()
        current = total = 0
        for health in _VERDICTS:
            async for page in pages(self._now.images, [Where("health", "eq", health)]):
                scanned = [row for row in page.rows if "children" not in row.cells]
                total += len(scanned)
                if health is not Health.UNSCANNED:
                    current += sum(_current(trust, row) for row in scanned)
        if total:
            self._telemetry.tell(m.COVERAGE, current / total)

    async def _backlog(self, now: datetime) -> None:
        for priority, queue in (await self._waiting.queues()).items():
            self._telemetry.tell(m.BACKLOG, queue.length, priority)
            self._telemetry.tell(m.BACKLOG_AGE, _age(queue.oldest, now), priority)
        self._telemetry.tell(m.OVERDUE, len(await self._waiting.overdue(now)))
        self._telemetry.tell(m.SLOTS_TAKEN, len(await self._slots.taken()))

    async def _notices(self, now: datetime) -> None:
        waiting = await self._outbox.waiting()
        oldest = min(map(waited_since, waiting), default=None)
        self._telemetry.tell(m.OUTBOX, len(waiting))
        self._telemetry.tell(m.OUTBOX_AGE, _age(oldest, now))

    async def _following(self) -> None:
        for one in await self._followers.all():
            stuck = sum(bool(shard.halted) + len(shard.parked) for shard in one.shards)
            name = f"{'process' if one.view is None else 'view'}.{one.name}"
            self._telemetry.tell(m.LAG, one.lag, name)
            self._telemetry.tell(m.STUCK, stuck, name)

    async def _images(self) -> None:
        totals = await from_shards(
            self._now.images, self._shards, "t|", limit=_REGISTRIES, after=None
        )
        for health in Health:
            count = sum(number(row.cells, health) for row in totals)
            self._telemetry.tell(m.IMAGES, count, health)


def _age(since: datetime | None, now: datetime) -> float:
    """In seconds; none is negative, whatever clocks say."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _current(trust: Trust, row: Row) -> bool:
    """Whether the verdict can be trusted today."""
    return trust.freshness(layout.shard_of(row.partition), row.cells) is Freshness.CURRENT
