"""Applies changed rules to the images that they touch, and ends the rules whose time has come.

Work goes shard by shard, and a row says which version of the rules each shard has seen: so a run
that dies goes on where it was, and one that finds nothing to do costs a read for each subscription.
A shard's images are read once its view has come as far as the log was after the rules were read;
what is recorded later is `core/processes/rules.py`'s business.

Only images of which other findings are disabled now get an event.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from core.domain.criteria import Criteria
from core.domain.ids import StreamId, command_id, rules_stream
from core.domain.image import IMAGE, Command
from core.domain.image.commands import ApplyRules
from core.domain.rules import RuleBook
from core.log import layout
from core.log.bulk import Asked, handle_many
from core.log.handle import Cause
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.projections.cells import number, text
from core.projections.partition import CHECKPOINT
from core.projections.rules import PREFIX
from core.projections.runner import Runner
from core.rules.desk import RuleDesk
from core.rules.interface import Forecast
from core.rules.rulings import Rulings
from core.rules.subjects import Judged, Subjects
from core.rules.touching import changed_since, may_touch, names_of, that_ask_forecasts
from core.storage.interface import Cells, Put, Rows, Where
from core.storage.reading import every

logger = logging.getLogger(__name__)

AT_A_TIME = 16
"""Images that are matched at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The rules that every shard should have seen."""

    subscription: str
    book: RuleBook
    forecast: Forecast

    @property
    def seen(self) -> Cells:
        """What is written down of a shard that has seen them."""
        return {"version": self.book.version, "forecast": self.forecast.name}


@dataclass(slots=True, kw_only=True)
class Applied:
    """What a run came to."""

    looked_at: int = 0
    """Images whose findings were matched with the rules."""
    changed: int = 0
    """Images of which other findings are disabled now."""
    left: int = 0
    """Shards whose view has not come far enough: the next run looks again."""


class RuleApplier:
    """Brings images under the rules in force."""

    def __init__(
        self,
        log: EventLog,
        books: Rows,
        progress: Rows,
        subjects: Subjects,
        runner: Runner,
        desk: RuleDesk,
        rulings: Rulings,
        dispatch: Dispatch,
    ) -> None:
        """`books` is the view of subscriptions that have rules."""
        self._log = log
        self._books = books
        self._progress = progress
        self._subjects = subjects
        self._runner = runner
        self._desk = desk
        self._rulings = rulings
        self._dispatch = dispatch
        self._lock = asyncio.Lock()

    async def run(self, *, now: datetime) -> Applied:
        """End what has expired, and apply what changed, for every subscription."""
        done = Applied()
        async for row in every(self._books, (Where("RowKey", "ge", PREFIX),)):
            one = await self.apply(text(row.cells, "subscription"), now=now)
            done.looked_at += one.looked_at
            done.changed += one.changed
            done.left += one.left
        return done

    async def apply(self, subscription: str, *, now: datetime) -> Applied:
        """The same for one subscription."""
        async with self._lock:
            book = await self._rulings.books.current(subscription)
            if book.next_expiry is not None and book.next_expiry <= now:
                book = await self._desk.expire(subscription, now=now)
            forecast = await self._rulings.forecast(book)
            wanted = _Wanted(subscription=subscription, book=book, forecast=forecast)
            return await self._everywhere(wanted)

    async def _everywhere(self, wanted: _Wanted) -> Applied:
        stream = rules_stream(wanted.subscription)
        rows = await self._progress.range(stream, "0", ":", limit=self._log.shards)
        seen = {row.key: row.cells for row in rows}
        done = Applied()
        for shard in range(self._log.shards):
            before = seen.get(layout.partition(shard), {})
            if before != wanted.seen:
                touched = await self._touched(stream, wanted, before)
                await self._in_shard(shard, wanted, touched, done)
        return done

    async def _touched(
        self, stream: StreamId, wanted: _Wanted, before: Cells
    ) -> Sequence[Criteria]:
        """The criteria that a shard has not seen, which has seen so much."""
        touched = changed_since(await self._log.history(stream), number(before, "version"))
        if text(before, "forecast") != wanted.forecast.name:
            touched += that_ask_forecasts(wanted.book)
        return touched

    async def _in_shard(
        self, shard: int, wanted: _Wanted, touched: Sequence[Criteria], done: Applied
    ) -> None:
        if not await self._caught_up(shard):
            done.left += 1
            return
        found = [
            judged
            async for judged in self._candidates(shard, wanted.subscription, touched)
            if may_touch(touched, judged.subject)
        ]
        done.looked_at += len(found)
        asked: list[Asked[Command]] = []
        for some in batched(found, AT_A_TIME, strict=False):
            judged = await asyncio.gather(*(self._judge(one, wanted) for one in some))
            asked += [one for one in judged if one is not None]
        handled = await handle_many(self._log, IMAGE, asked)
        changed = sum(bool(one.events) for one in handled)
        if changed:
            await self._dispatch.news(shard)
        done.changed += changed
        place = rules_stream(wanted.subscription)
        await self._progress.commit(place, [Put(layout.partition(shard), wanted.seen)])

    def _candidates(
        self, shard: int, subscription: str, touched: Sequence[Criteria]
    ) -> AsyncIterator[Judged]:
        """The images that may be touched: those in which one of the vulnerabilities was found,
        where the rules name nothing but CVEs; all with findings otherwise."""
        names = names_of(touched)
        if names is None:
            return self._subjects.with_findings(shard, subscription)
        return self._subjects.with_vulnerabilities(shard, subscription, names)

    async def _caught_up(self, shard: int) -> bool:
        """Whether the views show all that stood in the log when they were asked."""
        head = await self._log.head(shard)
        try:
            await self._runner.look_into(shard)
        except ExceptionGroup as trouble:
            logger.warning("rules: %s", trouble)
        place = layout.partition(shard)
        views = (self._subjects.images, self._subjects.findings)
        rows = await asyncio.gather(*(view.get(place, CHECKPOINT) for view in views))
        return head.position == 0 or all(
            row is not None and number(row.cells, "position") >= head.position for row in rows
        )

    async def _judge(self, judged: Judged, wanted: _Wanted) -> Asked[Command] | None:
        """Match one image; what it is to be told, should other findings be disabled now."""
        disabled = await self._rulings.by_stored(wanted.book, judged.subject, judged.findings)
        if disabled.exemptions == judged.exemptions:
            return None
        name = command_id(
            "apply-rules", judged.stream, wanted.book.version, wanted.forecast.name, judged.position
        )
        cause = Cause(
            command=name,
            correlation=f"rules-{wanted.book.version}",
            causation=f"rules-{wanted.book.version}",
        )
        command = ApplyRules(findings=judged.findings, disabled=disabled)
        return Asked(stream=judged.stream, command=command, cause=cause)
