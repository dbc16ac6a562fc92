"""Whichever call of storage is lost, the view ends as if nothing had ever been (P4)."""

import itertools
from collections.abc import Sequence

import pytest

from core.errors import StorageUnavailable
from core.log.sharded import open_log
from core.projections.runner import Runner
from core.projections.view import View
from core.storage.memory import MemoryArtifacts, MemoryTables
from tests.faults.storage import Calls, Faults, InterceptedTables, Interceptor, Loss, ProcessDied
from tests.support.ladders import TABLE, Ladder, Table, table
from tests.support.tally import add, streams_of

FOREVER = 10_000
STORY: Sequence[tuple[int, int]] = ((0, 3), (1, 40), (0, 230), (1, 90), (0, 101), (1, 0), (0, 1))
"""Streams of one shard, and the lengths of their ladders, in order."""
HINTS = (2, 3, 7)
"""How much of the story stands in the log when the hints come."""


class World:
    """One shard's log and its view, told bit by bit by processes that may die."""

    def __init__(self) -> None:
        self.tables = MemoryTables()

    async def process(self, by: Interceptor) -> Runner:
        tables = InterceptedTables(self.tables, by)
        log = await open_log(await tables.open("log"), MemoryArtifacts(), shards=1)
        return Runner(log, [View(Ladder(), tables, MemoryArtifacts())])

    async def tell(self, first: int, last: int) -> None:
        log = await open_log(await self.tables.open("log"), MemoryArtifacts(), shards=1)
        streams = streams_of(log, 0, 2)
        for number in range(first, last):
            which, length = STORY[number]
            await add(log, streams[which], length, once=number)

    async def shown(self) -> Table:
        return await table(await self.tables.open(TABLE))


async def story(faults: Interceptor) -> Table:
    """The view after the story, each hint repeated until it is taken without an error."""
    world, told = World(), 0
    process: Runner | None = None
    for hint in HINTS:
        await world.tell(told, hint)
        told = hint
        while True:
            try:
                process = process or await world.process(faults)
                await process.catch_up(0)
            except (StorageUnavailable, ExceptionGroup):
                continue
            except ProcessDied:
                process, faults = None, Calls()
                continue
            break
    return await world.shown()


async def test_the_undisturbed_story_ends_with_one_rung_and_takes_many_calls() -> None:
    calls = Calls()
    assert [key[:1] for _, key, _ in await story(calls)] == ["n", "n", "r"]
    assert sum(call.startswith("commit") for call in calls.made) > 10


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("length", [1, 2, FOREVER])
async def test_a_fault_at_any_call_leaves_the_view_as_it_should_be(loss: Loss, length: int) -> None:
    undisturbed = await story(Calls())
    error = ProcessDied if length == FOREVER else StorageUnavailable
    for first in itertools.count(1):
        faults = Faults(frozenset(range(first, first + length)), loss, error)
        assert await story(faults) == undisturbed, f"a fault at call {first}"
        if faults.calls < first:
            break
    assert first > 19, "the walk went over every call"
