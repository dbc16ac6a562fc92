"""What a question about the past takes, with seals and without, beside the same question about now.

The core runs in this process over storage in memory, so that it is this process's work which is
measured. `PAST_IMAGES` says how many images there are (10,000 in the project's own target).
"""

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.figures import ratio, seconds
from bench.fleet_filling import image_name
from bench.past_filling import fill
from bench.sections import Section
from core.counters import Counters
from core.domain.schedule import Policies
from core.enrolment.care import PlannedCare
from core.enrolment.interface import ListedRegistries
from core.enrolment.plans import Plans
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.past.opening import Past, open_past
from core.projections.images import Images
from core.projections.interface import table_name
from core.projections.runner import Runner
from core.projections.view import View
from core.pulls.knowledge import PullKnowledge
from core.query.bases import Bases
from core.query.findings import FindingPages
from core.query.fleet import SummaryQueries
from core.query.images import ImageQueries
from core.query.parameters import AS_OF
from core.query.standing import Standings
from core.query.trust import Trusts
from core.sandbox.cataloger import Cataloger
from core.sandbox.interface import CatalogerName
from core.scanning.exploited import KnownExploitation
from core.scanning.published import PublishedAdvisories
from core.scanning.stacks import Stacks
from core.scanning.stale import StaleCounts
from core.storage.memory import MemoryArtifacts, MemoryRows, MemoryTables

IMAGES = 2_000

type Given = Mapping[str, str]
type Do = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whoever asks, with nothing in memory."""

    images: ImageQueries
    summary: SummaryQueries

    async def page(self, given: Given) -> object:
        return await self.images.page({**given, "limit": "100"})

    async def every_page(self, given: Given) -> object:
        page = await self.images.page({**given, "limit": "500"})
        while isinstance(token := page.continuation_token, str):
            page = await self.images.page({**given, "limit": "500", "continuationToken": token})
        return page

    async def one(self, given: Given) -> object:
        return await self.images.one(image_name(1), given)

    async def totals(self, given: Given) -> object:
        return await self.summary.summary(given)


QUESTIONS: Mapping[str, Callable[[Asker, Given], Awaitable[object]]] = {
    "one image and its timeline": Asker.one,
    "a page of a hundred images": Asker.page,
    "all images, page by page": Asker.every_page,
    "the summary": Asker.totals,
}


class _Bench:
    """A log in memory, the view of its images, and its past."""

    def __init__(self, log: EventLog, tables: MemoryTables, artifacts: MemoryArtifacts) -> None:
        self.log = log
        self._tables = tables
        self._artifacts = artifacts

    async def events(self) -> int:
        """How many the log has."""
        heads = [await self.log.head(shard) for shard in range(self.log.shards)]
        return sum(head.position for head in heads)

    async def view(self) -> None:
        """Bring the view of the images to the log's end."""
        await Runner(self.log, [View(Images(), self._tables, self._artifacts)]).sweep()

    async def archive(self) -> None:
        """Write segments and seals."""
        await (await self._past(self._tables)).archivist.run()

    async def ask(self, what: str, moment: datetime) -> Sequence[str]:
        """One question: now, then, and then once more without seals."""
        ask, then = QUESTIONS[what], {AS_OF: moment.isoformat().replace("+00:00", "Z")}
        bare = MemoryTables()
        now = await self._timed(self._tables, lambda asker: ask(asker, {}))
        sealed = await self._timed(self._tables, lambda asker: ask(asker, then))
        unsealed = await self._timed(bare, lambda asker: ask(asker, then))
        return [what, seconds(now), seconds(sealed), ratio(sealed, now), seconds(unsealed)]

    async def _timed(
        self, archive: MemoryTables, ask: Callable[[Asker], Awaitable[object]]
    ) -> float:
        asker = await self._asker(archive)
        return await timed(lambda: ask(asker))

    async def _asker(self, archive: MemoryTables) -> Asker:
        rows = await self._tables.open(table_name(Images()))
        past = await self._past(archive)
        standings = Standings(self.log, rows, self._artifacts, past.shards, self._trusts())
        findings = FindingPages(
            self._artifacts,
            PublishedAdvisories(self.log, self._artifacts),
            KnownExploitation(self.log, self._artifacts),
        )
        stale = StaleCounts(MemoryRows())
        bases = Bases(standings, Stacks(MemoryRows()))
        images = ImageQueries(standings, self._artifacts, findings, bases)
        return Asker(images=images, summary=SummaryQueries(standings, stale))

    def _trusts(self) -> Trusts:
        """Nothing is known of pulls."""
        cataloger = Cataloger(name=CatalogerName.TRIVY)
        care = PlannedCare(Plans(self.log, ListedRegistries(())))
        return Trusts(PullKnowledge(MemoryRows()), Policies(), cataloger, care)

    async def _past(self, archive: MemoryTables) -> Past:
        return await open_past(self.log, archive, self._artifacts, Counters().count)


async def timed(do: Do) -> float:
    """Seconds that it took."""
    began = time.perf_counter()
    await do()
    return time.perf_counter() - began


async def measure(folder: Path) -> Sequence[Section]:
    """Fill a log, bring the view up to date, archive, and ask."""
    count = int(os.environ.get("PAST_IMAGES", IMAGES))
    tables, artifacts = MemoryTables(), MemoryArtifacts()
    log = await open_log(await tables.open("log"), artifacts)
    bench = _Bench(log, tables, artifacts)
    began = time.perf_counter()
    moment = await fill(log, count)
    filled = time.perf_counter() - began
    viewed, archived = await timed(bench.view), await timed(bench.archive)
    return [
        Section(
            title=f"Asking of the past: {count:,} images, {await bench.events():,} events",
            measured=(
                f"Of the moment before the last verdicts, by a process that has just started, over"
                f" storage in memory. The log was written in {filled:.0f} s and folded in"
                f" {viewed:.0f} s; segments and seals took {archived:.0f} s."
            ),
            columns=("question", "now", "then", "ratio", "then, without seals"),
            rows=[await bench.ask(what, moment) for what in QUESTIONS],
        )
    ]
