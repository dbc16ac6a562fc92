"""Every follower comes to the end of the log, whatever becomes of the others."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from core.domain.recorded import Recorded
from core.errors import CorruptLog, RowConflict, StorageUnavailable, UnreadableEvent
from core.log.interface import EventLog
from core.log.sharded import ShardedLog, open_log
from core.projections.runner import BATCH, RIVALRIES, Runner
from core.storage.interface import Delete
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.support.tally import add, number_of, streams_of

SHARDS = 4


@pytest.fixture
async def log() -> ShardedLog:
    return await open_log(MemoryRows(), MemoryArtifacts(), shards=SHARDS)


@dataclass(slots=True)
class Reader:
    """Remembers what it was given, in order."""

    name: str = "reader"
    seen: dict[int, list[int]] = field(default_factory=dict)
    at: dict[int, int] = field(default_factory=dict)
    """Where it stands in each shard."""
    settled: list[int] = field(default_factory=list)

    async def position(self, shard: int) -> int:
        return self.at.get(shard, 0)

    async def follow(self, shard: int, tail: Sequence[Recorded]) -> Iterable[int]:
        touched: set[int] = set()
        for recorded in tail:
            if recorded.position > self.at.get(shard, 0):
                touched |= set(await self.take(recorded))
                self.at[shard] = recorded.position
        return touched

    async def take(self, recorded: Recorded) -> Iterable[int]:
        self.seen.setdefault(recorded.shard, []).append(number_of(recorded))
        return ()

    async def stumble(self, shard: int, unreadable: UnreadableEvent) -> None:
        raise unreadable

    async def settle(self, shard: int) -> None:
        self.settled.append(shard)


@dataclass(slots=True)
class Lost(Reader):
    """Cannot find out where it is."""

    name: str = "lost"

    async def position(self, shard: int) -> int:
        raise StorageUnavailable("no answer")

    async def settle(self, shard: int) -> None:
        raise StorageUnavailable("no answer")


@dataclass(slots=True)
class Refusing(Reader):
    """Stops at a number."""

    name: str = "refusing"
    refused: int = 3
    error: type[Exception] = ValueError

    async def take(self, recorded: Recorded) -> Iterable[int]:
        if number_of(recorded) == self.refused:
            raise self.error("not this one")
        self.seen.setdefault(recorded.shard, []).append(number_of(recorded))
        return ()


@dataclass(slots=True, kw_only=True)
class Passing(Reader):
    """Passes a number on as the next smaller one, to a stream in the next shard."""

    name: str = "passing"
    log: EventLog

    async def take(self, recorded: Recorded) -> Iterable[int]:
        number = number_of(recorded)
        self.seen.setdefault(recorded.shard, []).append(number)
        if number == 0:
            return ()
        shard = (recorded.shard + 1) % SHARDS
        (following,) = streams_of(self.log, shard, 1)
        await add(self.log, following, number - 1, once=("passed on", recorded.position, shard))
        return {shard}


@dataclass(slots=True)
class Outrun(Reader):
    """Writes down how far it is only to find that a rival has, who was less far."""

    rival: int = 1

    async def settle(self, shard: int) -> None:
        self.at[shard] = min(self.rival, self.at.get(shard, 0))
        self.rival = 100


async def fill(log: EventLog, shard: int, *numbers: int) -> None:
    (one,) = streams_of(log, shard, 1)
    for number in numbers:
        await add(log, one, number, once=(shard, number))


async def test_followers_at_different_places_come_to_the_same_end(log: ShardedLog) -> None:
    await fill(log, 1, *range(BATCH + 50))
    fresh, ahead = Reader(), Reader(at={1: BATCH + 20})
    await Runner(log, [ahead, fresh]).catch_up(1)
    assert fresh.seen == {1: list(range(BATCH + 50))}
    assert ahead.seen == {1: list(range(BATCH + 20, BATCH + 50))}


async def test_a_hint_without_news_gives_nobody_anything(log: ShardedLog) -> None:
    reader = Reader()
    runner = Runner(log, [reader])
    await fill(log, 1, 5)
    for _ in range(3):
        await runner.catch_up(1)
        await runner.catch_up(2)
    assert reader.seen == {1: [5]}


@pytest.mark.parametrize("broken", [Lost(), Refusing()])
async def test_a_follower_that_fails_fails_alone(log: ShardedLog, broken: Reader) -> None:
    await fill(log, 1, 1, 2, 3, 4)
    before, after = Reader(), Reader()
    with pytest.raises(ExceptionGroup) as failed:
        await Runner(log, [before, broken, after]).catch_up(1)
    assert len(failed.value.exceptions) == 1
    assert before.seen == after.seen == {1: [1, 2, 3, 4]}


async def test_what_a_follower_writes_is_followed_wherever_it_stands(log: ShardedLog) -> None:
    passing = Passing(log=log)
    reader = Reader()
    await fill(log, 2, 6)
    await Runner(log, [reader, passing]).catch_up(2)
    assert reader.seen == passing.seen == {2: [6, 2], 3: [5, 1], 0: [4, 0], 1: [3]}


async def test_a_rival_that_is_always_quicker_is_left_to_its_work(log: ShardedLog) -> None:
    await fill(log, 1, 3)
    with pytest.raises(ExceptionGroup) as failed:
        await Runner(log, [Refusing(error=RowConflict)]).catch_up(1)
    assert failed.group_contains(RowConflict)


async def test_a_lost_race_is_run_again_from_where_the_rival_left_it(log: ShardedLog) -> None:
    @dataclass(slots=True)
    class Beaten(Reader):
        races: int = RIVALRIES

        async def take(self, recorded: Recorded) -> Iterable[int]:
            if self.races:
                self.races -= 1
                self.at[recorded.shard] = recorded.position  # the rival has done it
                raise RowConflict("a rival was quicker")
            return await Reader.take(self, recorded)

    await fill(log, 1, *range(RIVALRIES + 2))
    beaten = Beaten()
    await Runner(log, [beaten]).catch_up(1)
    assert beaten.seen == {1: [RIVALRIES, RIVALRIES + 1]}


async def test_a_sweep_finds_what_no_hint_announced(log: ShardedLog) -> None:
    for shard in range(SHARDS):
        await fill(log, shard, shard)
    reader = Reader()
    await Runner(log, [reader]).sweep()
    assert reader.seen == {0: [0], 1: [1], 2: [2], 3: [3]}
    assert reader.settled == [0, 1, 2, 3]


async def test_where_a_rival_has_written_less_far_the_rest_is_followed_again(
    log: ShardedLog,
) -> None:
    await fill(log, 1, 5, 6, 7)
    outrun = Outrun()
    await Runner(log, [outrun]).look_into(1)
    assert outrun.seen == {1: [5, 6, 7, 6, 7]}


async def test_a_sweep_goes_on_past_whatever_fails(log: ShardedLog) -> None:
    for shard in range(SHARDS):
        await fill(log, shard, 3)
    reader, last = Reader(), Reader()
    with pytest.raises(ExceptionGroup) as failed:
        await Runner(log, [reader, Lost(), Refusing(), last]).sweep()
    assert failed.group_contains(StorageUnavailable)
    assert failed.group_contains(ValueError)
    assert reader.seen == last.seen == {0: [3], 1: [3], 2: [3], 3: [3]}
    assert last.settled == [0, 1, 2, 3]


async def test_a_shard_that_cannot_be_read_does_not_hide_the_others() -> None:
    @dataclass(slots=True)
    class Touching(Reader):
        async def take(self, recorded: Recorded) -> Iterable[int]:
            await Reader.take(self, recorded)
            return range(SHARDS)

    rows = MemoryRows()
    log = await open_log(rows, MemoryArtifacts(), shards=SHARDS)
    for shard in range(SHARDS):
        await fill(log, shard, 0, 1)
    (first,) = await rows.range("000", "e|", "e|1", limit=1)
    await rows.commit("000", [Delete(first.key)])
    reader = Touching()
    with pytest.raises(ExceptionGroup) as failed:
        await Runner(log, [reader]).catch_up(1)
    assert failed.group_contains(CorruptLog)
    assert reader.seen == {1: [0, 1], 2: [0, 1], 3: [0, 1]}


async def test_two_hints_for_one_shard_do_not_run_into_each_other(log: ShardedLog) -> None:
    await fill(log, 1, *range(30))
    reader = Reader()
    runner = Runner(log, [reader])
    await asyncio.gather(*(runner.catch_up(1) for _ in range(5)))
    assert reader.seen == {1: list(range(30))}
