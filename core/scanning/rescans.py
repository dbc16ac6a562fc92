"""The weekly rescan: every image that somebody uses is assessed anew, once in each period.

What is due follows from rows and the clock alone, so there is nothing to resume: a run that dies is
begun again, and what it has asked for is not due any more. The command names the image's turn, so
no image is asked for twice in it, however many runs there are. While it looks at all images it also
counts those that have become stale, which no event would tell.
"""

import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.domain.events import Priority, ScanReason
from core.domain.ids import StreamId, command_id
from core.domain.image import IMAGE, Command
from core.domain.image.commands import RequestScan
from core.domain.schedule import turn
from core.domain.values import Freshness
from core.enrolment.enrolment import Enrolment
from core.log import layout
from core.log.bulk import Asked, handle_many
from core.log.handle import Cause
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.projections.cells import text
from core.projections.images import is_there
from core.query.coverage import Coverages
from core.query.trust import Trust, Trusts
from core.scanning.stale import Place, StaleCounts
from core.storage.interface import Row, Rows

logger = logging.getLogger(__name__)

_PAGE = 1000


@dataclass(slots=True, kw_only=True)
class Look:
    """What one look at the fleet came to."""

    seen: int = 0
    """Images that were looked at."""
    asked: int = 0
    """Rescans that were asked for."""
    stale: Counter[Place] = field(default_factory=Counter)
    """Images whose verdict is too old to be trusted, by subscription and registry."""


class Rescans:
    """Asks for the rescans that are due."""

    def __init__(
        self,
        log: EventLog,
        images: Rows,
        coverages: Coverages,
        trusts: Trusts,
        enrolment: Enrolment,
        stale: StaleCounts,
        dispatch: Dispatch,
    ) -> None:
        self._log = log
        self._images = images
        self._coverages = coverages
        self._trusts = trusts
        self._enrolment = enrolment
        self._stale = stale
        self._dispatch = dispatch

    async def look(self, now: datetime | None = None) -> Look:
        """Look at every image, and ask for the rescans that are due."""
        now = now or datetime.now(UTC)
        trust = await self.trust(now)
        enrolled = frozenset(one.endpoint.login_server for one in await self._enrolment.all())
        look = Look()
        for shard in range(self._log.shards):
            await self._shard(shard, trust, enrolled, look)
        await self._stale.record(look.stale, now)
        logger.info("rescans: %d images seen, %d asked for", look.seen, look.asked)
        return look

    async def trust(self, now: datetime) -> Trust:
        """How far verdicts can be trusted at that moment."""
        return await self._trusts.at(now, await self._coverages.look())

    async def _shard(self, shard: int, trust: Trust, enrolled: frozenset[str], look: Look) -> None:
        due: list[Asked[Command]] = []
        async for row in self._rows(shard):
            look.seen += 1
            stream, cells = StreamId(row.key.removeprefix("i|")), row.cells
            if text(cells, "registry") in enrolled and trust.due(stream, shard, cells):
                policy = trust.policies.of(text(cells, "registry"), text(cells, "repository"))
                due.append(_asked(stream, turn(stream, trust.now, policy.cadence)))
            elif trust.freshness(shard, cells) is Freshness.STALE:
                look.stale[Place(text(cells, "subscription"), text(cells, "registry"))] += 1
        all_handled = await handle_many(self._log, IMAGE, due)
        for handled in all_handled:
            look.asked += bool(handled.events)
            await self._dispatch.waiting(handled.state)
        if all_handled:
            await self._dispatch.news(shard)

    async def _rows(self, shard: int) -> AsyncIterator[Row]:
        """The rows of a shard's images."""
        first = "i|"
        while rows := await self._images.range(layout.partition(shard), first, "i}", limit=_PAGE):
            for row in rows:
                if is_there(row.cells):
                    yield row
            if len(rows) < _PAGE:
                return
            first = f"{rows[-1].key} "


def _asked(stream: StreamId, since: datetime) -> Asked[Command]:
    """The rescan of the turn that began then: named by it, so that there is one."""
    command = RequestScan(reason=ScanReason.PULLED, priority=Priority.RESCAN, advisories=0)
    cause = Cause(
        command=command_id("rescan", stream, since.isoformat()),
        correlation="rescan",
        causation="rescan",
    )
    return Asked(stream=stream, command=command, cause=cause)
