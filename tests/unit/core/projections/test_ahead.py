"""A batch's rows and artifacts are read at once, and whatever is wrong with one is its event's."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.domain.recorded import Recorded
from core.domain.values import Artifact
from core.log.sharded import ShardedLog, open_log
from core.projections.interface import Change, Needs, Set, ViewRows
from core.projections.runner import Runner
from core.projections.view import View
from core.storage.interface import artifact_of
from core.storage.memory import MemoryArtifacts, MemoryRows, MemoryTables
from tests.faults.storage import InterceptedArtifacts, InterceptedTables
from tests.support.ladders import Ladder, Poisoned
from tests.support.tables import all_rows
from tests.support.tally import add, number_of, streams_of

MANY = 30
"""Streams of one shard."""
LARGE = 6 * 1024 * 1024


@dataclass(slots=True)
class Together:
    """Notes how many calls of each kind were under way at the same time, at most."""

    most: dict[str, int] = field(default_factory=dict)
    _now: dict[str, int] = field(default_factory=dict)

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        kind = what.split()[0]
        self._now[kind] = self._now.get(kind, 0) + 1
        self.most[kind] = max(self.most.get(kind, 0), self._now[kind])
        await asyncio.sleep(0)
        try:
            return await do()
        finally:
            self._now[kind] -= 1


@dataclass(slots=True)
class Quotes:
    """A view of what blobs say: an event's number names its blob."""

    refused: int = -1
    """The number of which it cannot even tell what it touches."""
    name: str = "quotes"
    version: int = 1

    def keys(self, recorded: Recorded) -> Sequence[str]:
        if number_of(recorded) == self.refused:
            raise Poisoned("no key")
        return (f"q|{recorded.stream}",)

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        return Needs(artifacts=(artifact_of(_content(number_of(recorded))),))

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        (said,) = artifacts.values()
        return (Set(f"q|{recorded.stream}", {"said": said.decode()}),)


class LargeQuotes(Quotes):
    """Blobs of which only two are held at once."""

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        return Needs(artifacts=(Artifact(sha256=f"{number_of(recorded):064x}", size=LARGE),))


class AnyContent(MemoryArtifacts):
    """Every blob is there."""

    async def get(self, artifact: Artifact) -> bytes:
        return b"any"


def _content(number: int) -> bytes:
    return f"blob {number}".encode()


async def _log() -> ShardedLog:
    """Each of many streams says its own number."""
    log = await open_log(MemoryRows(), MemoryArtifacts(), shards=1)
    for number, stream in enumerate(streams_of(log, 0, MANY)):
        await add(log, stream, number, once=(0, number))
    return log


async def _blobs(*missing: int) -> MemoryArtifacts:
    blobs = MemoryArtifacts()
    for number in range(MANY):
        if number not in missing:
            await blobs.put(_content(number))
    return blobs


async def _said(tables: MemoryTables) -> set[str]:
    rows = await all_rows(await tables.open("quotesv1"))
    return {str(row.cells["said"]) for row in rows if row.key.startswith("q|")}


async def test_the_rows_of_a_batch_are_read_at_the_same_time() -> None:
    log, tables, together = await _log(), MemoryTables(), Together()
    before = View(Ladder(), tables, MemoryArtifacts())
    await before.follow(0, (await log.read(0, after=0))[:1])
    view = View(Ladder(), InterceptedTables(tables, together), MemoryArtifacts())
    await Runner(log, [view]).catch_up(0)
    assert together.most["get"] == MANY - 1


async def test_the_artifacts_of_a_batch_are_fetched_at_the_same_time() -> None:
    log, tables, together = await _log(), MemoryTables(), Together()
    artifacts = InterceptedArtifacts(await _blobs(), together)
    await Runner(log, [View(Quotes(), tables, artifacts)]).catch_up(0)
    assert together.most["get"] == MANY
    assert await _said(tables) == {f"blob {number}" for number in range(MANY)}


async def test_no_more_bytes_are_fetched_ahead_than_memory_should_hold() -> None:
    log, together = await _log(), Together()
    artifacts = InterceptedArtifacts(AnyContent(), together)
    await Runner(log, [View(LargeQuotes(), MemoryTables(), artifacts)]).catch_up(0)
    assert together.most["get"] == 2


async def test_an_event_whose_artifact_is_missing_is_parked_alone() -> None:
    log, tables = await _log(), MemoryTables()
    view = View(Quotes(), tables, await _blobs(7), parks=True)
    await Runner(log, [view]).catch_up(0)
    assert await _said(tables) == {f"blob {number}" for number in range(MANY) if number != 7}


async def test_an_event_whose_rows_cannot_be_told_is_parked_alone() -> None:
    log, tables = await _log(), MemoryTables()
    view = View(Quotes(refused=7), tables, await _blobs(), parks=True)
    await Runner(log, [view]).catch_up(0)
    assert await _said(tables) == {f"blob {number}" for number in range(MANY) if number != 7}
