"""What a sweep records: few transactions for many images, and the same wherever it dies."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from core.log.interface import EventLog
from core.log.sharded import open_log
from core.processes.dispatch import HINTS
from core.reconcile.sweeps import LEASE
from tests.faults.storage import (
    Calls,
    Faults,
    InterceptedQueues,
    InterceptedRows,
    InterceptedTables,
    Interceptor,
    Loss,
    ProcessDied,
)
from tests.support.sweeping import NOW, RESOURCE, Swept, swept

MANY = 60
DAY = timedelta(days=1)


@pytest.fixture
async def world() -> AsyncIterator[Swept]:
    async with swept() as one:
        yield one


async def through(world: Swept, by: Interceptor) -> EventLog:
    """The log with something between it and storage."""
    rows = InterceptedRows(await world.tables.open("log"), by)
    return await open_log(rows, world.artifacts, shards=world.log.shards)


async def commits(world: Swept) -> list[int]:
    """Rows of the transactions with which a sweep writes to the log."""
    calls = Calls()
    world.log = await through(world, calls)
    calls.take()
    assert await (await world.sweeper()).run(RESOURCE, NOW)
    made = (call.split() for call in calls.take())
    return [int(rows) for kind, rows in made if kind == "commit"]


async def stories(world: Swept, count: int = MANY) -> list[list[str]]:
    """The types of each image's events."""
    return [await world.story("team/app", number) for number in range(1, count + 1)]


async def test_many_images_share_transactions(world: Swept) -> None:
    for number in range(1, MANY + 1):
        world.registry.push("team/app", number, f"v{number}")
    made = await commits(world)
    assert max(made) <= 100
    assert len(made) <= MANY / 10, "three shards, and some sixteen images to a transaction"
    assert len(world.memory.messages[HINTS]) <= world.log.shards, "one hint for each shard"
    assert await stories(world) == [["ImagePushed", "ScanRequested"]] * MANY


async def test_many_deletions_share_transactions(world: Swept) -> None:
    for number in range(1, MANY + 1):
        world.registry.push("team/app", number, days_ago=40)
    await world.sweep(NOW - DAY)
    world.registry.repositories.clear()
    assert len(await commits(world)) <= MANY / 10
    assert await stories(world) == [["ImagePushed", "ImageDeleted"]] * MANY


class DiesAfter:
    """Dies right behind the write of that number: what dies at a read has written nothing since."""

    def __init__(self, write: int) -> None:
        self._faults = Faults(frozenset({write}), Loss.ANSWER, ProcessDied)

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        writes = what.startswith(("commit", "send", "put"))
        return await (self._faults.call(what, do) if writes else do())


async def changed(world: Swept, at: datetime) -> None:
    """Since the last event, an image was pushed, a tag has moved, and an image has gone."""
    world.registry.now = at
    await world.hear("team/app", 1, "latest", at=at - DAY)
    await world.hear("team/app", 2, "old", at=at - DAY)
    world.registry.push("team/app", 1)
    world.registry.push("team/app", 3, "latest")


async def struck(world: Swept, by: Interceptor) -> bool:
    """A sweep with something between it and storage; whether it lived to its end."""
    whole = world.log, world.tables, world.queues
    try:
        world.log = await through(world, by)
        world.tables = InterceptedTables(world.tables, by)
        world.queues = InterceptedQueues(world.queues, by)
        return await (await world.sweeper()).run(RESOURCE, world.registry.now)
    except ProcessDied:
        return False
    finally:
        world.log, world.tables, world.queues = whole


async def test_a_sweep_that_dies_anywhere_is_finished_by_the_next() -> None:
    expected: list[list[str]] = []
    for write in itertools.count():
        async with swept() as world:
            now = datetime.now(UTC)
            await changed(world, now)
            lived = await struck(world, DiesAfter(write))
            await world.settle()
            assert await world.sweep(now + LEASE + timedelta(minutes=1))
            expected = expected or await stories(world, 3)
            assert await stories(world, 3) == expected, f"it died after write {write}"
            if lived and write:
                break
    assert write > 5
    assert [one[-1] for one in expected] == ["TagMoved", "ImageDeleted", "ScanRequested"]
