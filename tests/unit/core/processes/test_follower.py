"""A process manager reacts to every event, and what follows from one is recorded once, whoever
dies or races in between."""

import asyncio
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from core.domain.events import ImagePulled
from core.domain.recorded import Recorded
from core.errors import RowConflict, StorageUnavailable
from core.log.bulk import Asked, handle_many
from core.log.handle import Cause
from core.log.interface import EventLog
from core.log.sharded import ShardedLog, open_log
from core.processes.follower import ProcessFollower
from core.projections.runner import Runner
from core.storage.interface import Row, Tables
from core.storage.memory import MemoryArtifacts, MemoryTables
from tests.faults.storage import (
    Calls,
    Faults,
    InterceptedTables,
    Interceptor,
    Jitter,
    Loss,
    ProcessDied,
)
from tests.support.tally import TALLY, Add, add, number_of, streams_of

SHARDS = 3
FOREVER = 10_000


@dataclass(slots=True)
class Echo:
    """Says a number, and what is less by one, to a stream in the next shard, until it is 0."""

    log: EventLog
    poison: set[int] = field(default_factory=set)
    heard: list[tuple[int, int]] = field(default_factory=list)
    """Every event that it was given: shard and position."""
    name: str = "echo"

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        asked = self.answer(recorded, cause)
        return None if asked is None else await self.say([asked])

    def answer(self, recorded: Recorded, cause: Cause) -> Asked[Add] | None:
        """What it has to say to an event."""
        self.heard.append((recorded.shard, recorded.position))
        if not isinstance(recorded.event, ImagePulled):
            return None
        number = number_of(recorded)
        if number in self.poison:
            raise ValueError(f"not {number}")
        if number == 0:
            return None
        shard = (recorded.shard + 1) % SHARDS
        (stream,) = streams_of(self.log, shard, 1)
        return Asked(stream=stream, command=Add(numbers=(number - 1,)), cause=cause)

    async def say(self, asked: Sequence[Asked[Add]]) -> set[int]:
        """Say all that."""
        return {one.shard for one in await handle_many(self.log, TALLY, asked)}


@dataclass(slots=True)
class Chorus(Echo):
    """The same, which says together what it has to say to several events."""

    async def react_together(self, news: Sequence[tuple[Recorded, Cause]]) -> Iterable[int] | None:
        answers = [self.answer(recorded, cause) for recorded, cause in news]
        asked = [one for one in answers if one is not None]
        return await self.say(asked) if asked else None


@dataclass(frozen=True, slots=True)
class World:
    """A log and its process manager, in as many processes as a test wants."""

    tables: MemoryTables
    kind: type[Echo]

    def again(self) -> "World":
        """One where nothing was said yet."""
        return World(MemoryTables(), self.kind)

    async def process(self, by: Interceptor | None = None, *poison: int) -> Runner:
        tables: Tables = InterceptedTables(self.tables, by) if by else self.tables
        log = await open_log(await tables.open("log"), MemoryArtifacts(), shards=SHARDS)
        follower = ProcessFollower(self.kind(log, set(poison)), log, await tables.open("processes"))
        return Runner(log, [follower])

    async def log(self) -> ShardedLog:
        return await open_log(await self.tables.open("log"), MemoryArtifacts(), shards=SHARDS)

    async def said(self) -> list[int]:
        """All numbers in the log."""
        log = await self.log()
        shards = [await log.read(shard, after=0) for shard in range(SHARDS)]
        return sorted(
            number_of(one)
            for shard in shards
            for one in shard
            if isinstance(one.event, ImagePulled)
        )

    async def checkpoint(self, shard: int = 0) -> Row | None:
        return await (await self.tables.open("processes")).get(f"{shard:03d}", "echo")


@pytest.fixture(params=[Echo, Chorus])
def world(request: pytest.FixtureRequest) -> World:
    return World(MemoryTables(), request.param)


async def say(world: World, *numbers: int) -> None:
    """Say numbers in shard 0."""
    log = await world.log()
    (stream,) = streams_of(log, 0, 1)
    for number in numbers:
        await add(log, stream, number, once=("said", number))


async def test_what_follows_is_said_to_its_end(world: World) -> None:
    await say(world, 4)
    await (await world.process()).catch_up(0)
    assert await world.said() == [0, 1, 2, 3, 4]


async def test_following_anew_says_nothing_again(world: World) -> None:
    await say(world, 3, 5)
    for _ in range(3):
        await (await world.process()).sweep()
    assert await world.said() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 5]


async def test_no_event_is_given_twice_however_often_the_tail_is(world: World) -> None:
    await say(world, 0, 5)
    log = await world.log()
    echo = world.kind(log)
    follower = ProcessFollower(echo, log, await world.tables.open("processes"))
    tail = await log.read(0, after=0)
    for start in (0, 1, 0):
        await follower.follow(0, tail[start:])
    assert echo.heard == [(0, 1), (0, 2)]


async def test_a_checkpoint_that_is_lost_repeats_nothing(world: World) -> None:
    await say(world, 3)
    await (await world.process()).sweep()
    await world.tables.drop("processes")
    await (await world.process()).sweep()
    assert await world.said() == [0, 1, 2, 3]


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("length", [1, 2, FOREVER])
async def test_a_fault_at_any_call_leaves_every_number_said_once(
    world: World, loss: Loss, length: int
) -> None:
    error = ProcessDied if length == FOREVER else StorageUnavailable
    for first in itertools.count(1):
        world = world.again()
        faults = Faults(frozenset(range(first, first + length)), loss, error)
        await say(world, 3)
        await follow(world, faults)
        await say(world, 6)
        await follow(world, faults)
        assert await world.said() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6], f"a fault at call {first}"
        if faults.calls < first:
            break
    assert first > 30, "the walk went over every call"


async def follow(world: World, faults: Faults) -> None:
    """Hints until one is taken, each repeated by a new process if the last has died; then a
    sweep."""
    by: Interceptor = faults
    while True:
        try:
            await (await world.process(by)).catch_up(0)
        except (StorageUnavailable, ExceptionGroup, ProcessDied):
            by = by if faults.error is StorageUnavailable else Calls()
            continue
        break
    await (await world.process()).sweep()


@pytest.mark.parametrize("seed", range(6))
async def test_rivals_say_everything_once_and_none_moves_backwards(world: World, seed: int) -> None:
    await say(world, 6, 4)
    rivals = [await world.process(Jitter(seed * 10 + number)) for number in range(3)]
    await asyncio.gather(*(rival.catch_up(0) for rival in rivals), return_exceptions=True)
    for rival in rivals:
        await rival.sweep()
    assert await world.said() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6]
    row, log = await world.checkpoint(), await world.log()
    assert row is not None
    assert row.cells["position"] == (await log.head(0)).position


async def test_a_rival_that_was_left_behind_does_not_move_the_checkpoint_back(
    world: World,
) -> None:
    await say(world, 2)
    log = await world.log()
    slow = ProcessFollower(world.kind(log), log, await world.tables.open("processes"))
    await slow.follow(0, await log.read(0, after=0))
    await say(world, 3)
    seen = await log.read(0, after=1)
    await say(world, 4)
    await (await world.process()).catch_up(0)
    before = await world.checkpoint()
    with pytest.raises(RowConflict):
        await slow.follow(0, seen)
    assert await world.checkpoint() == before
    assert await slow.position(0) == (await log.head(0)).position


async def test_an_event_that_cannot_be_followed_halts_its_shard_behind_the_good_ones(
    world: World,
) -> None:
    await say(world, 2, 1, 7, 3)
    process = await world.process(None, 7)
    for _ in range(2):
        with pytest.raises(ExceptionGroup) as failed:
            await process.sweep()
        assert failed.group_contains(ValueError)
    assert await world.said() == [0, 0, 1, 1, 2, 3, 7]
    row = await world.checkpoint()
    assert row is not None
    assert row.cells["position"] == 2
    await (await world.process()).sweep()
    assert await world.said() == sorted([*range(3), *range(2), *range(8), *range(4)])


async def test_events_without_effect_move_the_checkpoint_when_it_is_settled(world: World) -> None:
    await say(world, 0)
    process, rival = await world.process(), await world.process()
    for one in (process, rival):
        await one.catch_up(0)
    assert await world.checkpoint() is None
    await process.sweep()
    await rival.sweep()
    row = await world.checkpoint()
    assert row is not None
    assert row.cells["position"] == 1
