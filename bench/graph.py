"""What Resource Graph's queries take over half a million findings, beside a count of those rows;
and what it takes to read a fleet, and to see that nothing has changed.

The core runs in this process over storage in memory, so that it is this process's work which is
measured. `GRAPH_IMAGES` says how many images there are (10,000 in the project's own target), each
with fifty findings, one with another.
"""

import os
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median

import msgspec

from bench.figures import ratio, seconds
from bench.found_data import FoundFleet
from bench.found_filling import REGISTRIES, fill
from bench.graph_queries import QUERIES
from bench.machine import resident_bytes
from bench.sections import Section
from bench.stories import SUBSCRIPTION
from core.access.scope import EVERYWHERE
from core.domain.registries import Registered
from core.enrolment.discovery import Discovery
from core.enrolment.interface import FoundRegistry, ListedRegistries
from core.enrolment.plans import Plans
from core.errors import QueryTooLarge
from core.log.sharded import open_log
from core.projections.images import Images
from core.projections.interface import table_name
from core.projections.runner import Runner
from core.projections.view import View
from core.registry.references import RegistryResource
from core.resource_graph.feed import Feed
from core.resource_graph.graph import Answered, ResourceGraph
from core.resource_graph.questions import read_question
from core.scanning.exploited import KnownExploitation
from core.storage.memory import MemoryArtifacts, MemoryTables

IMAGES = 2_000
_TIMES = 3
"""A query's time is the median of so many."""
_MIB = 1024 * 1024
_COUNT = "securityresources | where type has 'subassessments' | count"


def _registries() -> ListedRegistries:
    return ListedRegistries(
        [
            FoundRegistry(
                resource=RegistryResource(
                    subscription=SUBSCRIPTION,
                    resource_group="fleet",
                    name=server.partition(".")[0].replace("-", ""),
                ),
                registered=Registered(login_server=server),
            )
            for server in REGISTRIES
        ]
    )


class _Bench:
    """A process that answers, over a fleet that it has not read yet."""

    def __init__(self, graph: ResourceGraph) -> None:
        self._graph = graph

    async def ask(self, query: str) -> Answered:
        """Ask until the process has read the fleet."""
        question = read_question(msgspec.json.encode({"query": query}))
        while not isinstance(told := await self._graph.answer(question, EVERYWHERE), Answered):
            pass
        return told

    async def row(self, what: str, query: str, count: float) -> Sequence[str]:
        """A query's time, beside that of the count."""
        try:
            first, told = await _timed(lambda: self.ask(query))
        except QueryTooLarge:
            return [what, "-", "beyond its limits", "-", "-"]
        times = [(await _timed(lambda: self.ask(query)))[0] for _ in range(_TIMES)]
        rows = told.body["totalRecords"]
        taken = median(times)
        return [what, f"{rows:,}", seconds(first), seconds(taken), ratio(taken, count)]

    async def again(self) -> float:
        """See that nothing has changed."""
        self._graph.forget()
        return (await _timed(lambda: self.ask("resources | count")))[0]


async def _timed[Result](do: Callable[[], Awaitable[Result]]) -> tuple[float, Result]:
    began = time.perf_counter()
    result = await do()
    return time.perf_counter() - began, result


async def _filled(images: int) -> ResourceGraph:
    """A fleet in storage, and a process that has read nothing of it."""
    tables, artifacts = MemoryTables(), MemoryArtifacts()
    log = await open_log(await tables.open("log"), artifacts)
    registries = _registries()
    await Discovery(log, registries).run()
    await fill(log, artifacts, FoundFleet(images=images))
    await Runner(log, [View(Images(), tables, artifacts)]).sweep()
    rows = await tables.open(table_name(Images()))
    known = KnownExploitation(log, artifacts)
    return ResourceGraph(Feed(log, rows, Plans(log, registries), artifacts, known))


async def measure(folder: Path) -> Sequence[Section]:
    """Fill storage, read the fleet, and ask."""
    images = int(os.environ.get("GRAPH_IMAGES", IMAGES))
    bench = _Bench(await _filled(images))
    before = resident_bytes(os.getpid())
    read, told = await _timed(lambda: bench.ask(_COUNT))
    grown = resident_bytes(os.getpid()) - before
    count = median([(await _timed(lambda: bench.ask(_COUNT)))[0] for _ in range(_TIMES)])
    rows = [await bench.row(what, query, count) for what, query in QUERIES.items()]
    most = resident_bytes(os.getpid()) - before
    data = told.body["data"]
    return [
        Section(
            title=f"Resource Graph: {images:,} images, {data} sub-assessments",
            measured=(
                f"A new process reads the fleet in {read:.1f} s and {grown / _MIB:.0f} MiB, which"
                f" become {most / _MIB:.0f} MiB with the queries; it sees in"
                f" {seconds(await bench.again())} that nothing has changed. The count takes"
                f" {seconds(count)}. Pages have 1,000 rows; of each query the first time, and then"
                " the median of three."
            ),
            columns=("query", "rows", "first", "again", "beside the count"),
            rows=rows,
        )
    ]
