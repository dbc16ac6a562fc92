"""Commands that share transactions take effect as if each had come alone, and cost far less."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core.domain.image import IMAGE
from core.domain.recorded import Recorded
from core.errors import LimitExceeded
from core.log.bulk import Asked, handle_many
from core.log.handle import handle
from core.log.interface import EventLog
from core.log.sharded import ShardedLog, open_log
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.faults.storage import (
    Calls,
    Faults,
    InterceptedRows,
    Interceptor,
    Jitter,
    Loss,
    Meanwhile,
    ProcessDied,
)
from tests.support.images import push
from tests.support.tally import (
    TALLY,
    Add,
    Tally,
    add,
    cause,
    number_of,
    stream,
    streams_of,
)

SHARDS = 2


def asked(*numbers: int, of: int = 1, to: int | None = None) -> list[Asked[Add]]:
    """A command for each number, to a stream of its own unless one is named, with `of` events."""
    return [
        Asked(
            stream=stream(number if to is None else to),
            command=Add(numbers=(number,) * of),
            cause=cause("bulk", number),
        )
        for number in numbers
    ]


async def opened(rows: MemoryRows, by: Interceptor | None = None) -> ShardedLog:
    """The log as another process sees it."""
    return await open_log(InterceptedRows(rows, by or Calls()), MemoryArtifacts(), shards=SHARDS)


async def told(log: EventLog) -> list[Recorded]:
    """Everything that the log says."""
    shards = [await log.read(shard, after=0, limit=10_000) for shard in range(SHARDS)]
    return [recorded for shard in shards for recorded in shard]


async def test_commands_to_many_streams_of_a_shard_share_transactions() -> None:
    calls = Calls()
    log = await opened(MemoryRows(), calls)
    streams = streams_of(log, 0, 48)
    commands = [
        Asked(stream=one, command=Add(numbers=(number, number)), cause=cause(number))
        for number, one in enumerate(streams)
    ]
    calls.take()
    handled = await handle_many(log, TALLY, commands)
    made = calls.take()
    assert [one for one in made if one.startswith("commit")] == ["commit 97"] * 3
    assert sum(one.startswith("get s|") for one in made) == 48
    assert [one.state for one in handled] == [Tally(numbers=(n, n)) for n in range(48)]
    assert {one.shard for one in handled} == {0}
    assert all(len(one.events) == 2 for one in handled)
    assert len(await told(log)) == 96


async def test_answers_stand_in_the_order_of_the_commands_whatever_their_shards() -> None:
    log = await opened(MemoryRows())
    handled = await handle_many(log, TALLY, asked(*range(130)))
    assert [one.state.numbers for one in handled] == [(number,) for number in range(130)]
    assert [one.shard for one in handled] == [log.shard_of(stream(n)) for n in range(130)]
    assert await handle_many(log, TALLY, []) == []


async def test_several_commands_to_one_stream_are_handled_one_after_the_other() -> None:
    log = await opened(MemoryRows())
    handled = await handle_many(log, TALLY, [*asked(1, 2, 3, to=7), *asked(8), *asked(4, to=7)])
    assert handled[2].state.numbers == (1, 2, 3)
    assert handled[4].state.numbers == (1, 2, 3, 4)
    assert [number_of(one) for one in await log.history(stream(7))] == [1, 2, 3, 4]


async def test_what_was_asked_before_has_no_effect_and_keeps_no_other_from_its_own() -> None:
    log = await opened(MemoryRows())
    await handle_many(log, TALLY, asked(1, 2))
    handled = await handle_many(log, TALLY, asked(1, 2, 3, 4, 5))
    assert [len(one.events) for one in handled] == [0, 0, 1, 1, 1]
    assert [one.state.numbers for one in handled] == [(n,) for n in range(1, 6)]
    assert len(await told(log)) == 5


async def test_a_command_that_decides_nothing_leaves_no_trace() -> None:
    log = await opened(MemoryRows())
    nothing = Asked(stream=stream(1), command=Add(numbers=()), cause=cause("nothing"))
    (handled,) = await handle_many(log, TALLY, [nothing])
    assert (handled.state, handled.events) == (Tally(), ())
    assert await told(log) == []


async def test_a_race_that_is_lost_costs_the_others_nothing() -> None:
    rows = MemoryRows()
    rival = await opened(rows)
    (one,) = streams_of(rival, 0, 1)
    race = Meanwhile(after=f"get s|{one}", then=lambda: add(rival, one, 9, once="rival"))
    log = await opened(rows, race)
    commands = [
        Asked(stream=each, command=Add(numbers=(5,)), cause=cause(each))
        for each in streams_of(log, 0, 10)
    ]
    handled = await handle_many(log, TALLY, commands)
    assert handled[0].state.numbers == (9, 5)
    assert all(each.state.numbers == (5,) for each in handled[1:])
    assert len(await told(log)) == 11


async def test_a_stream_that_never_rests_goes_its_own_way_and_the_others_do_not_wait() -> None:
    rows = MemoryRows()
    rival = await opened(rows)
    streams = streams_of(rival, 0, 4)

    class Restless:
        """Writes to the first stream whenever it was read, for a while."""

        times = 0

        async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
            answer = await do()
            if what == f"get s|{streams[0]}" and self.times < 6:
                self.times += 1
                await add(rival, streams[0], 1, once=("restless", self.times))
            return answer

    log = await opened(rows, Restless())
    commands = [
        Asked(stream=each, command=Add(numbers=(5,)), cause=cause(each)) for each in streams
    ]
    handled = await handle_many(log, TALLY, commands)
    assert handled[0].state.numbers == (*[1] * 6, 5)
    assert all(each.state.numbers == (5,) for each in handled[1:])


async def test_what_one_transaction_cannot_hold_is_recorded_in_several() -> None:
    log = await opened(MemoryRows())
    streams = streams_of(log, 0, 10)
    large = Add(numbers=tuple(12_000 + number for number in range(20)))
    commands = [Asked(stream=one, command=large, cause=cause(one)) for one in streams]
    handled = await handle_many(log, TALLY, commands)
    assert all(one.state.numbers == large.numbers for one in handled)
    assert len(await told(log)) == 200


async def test_a_command_that_no_transaction_holds_is_refused() -> None:
    log = await opened(MemoryRows())
    with pytest.raises(LimitExceeded):
        await handle_many(log, TALLY, asked(1, of=60))
    assert await told(log) == []


@pytest.mark.parametrize("loss", Loss)
async def test_each_command_takes_effect_once_whichever_call_fails(loss: Loss) -> None:
    for fails_at in range(1, 60):
        rows = MemoryRows()
        await opened(rows)
        faults = Faults(at=frozenset({fails_at}), loss=loss, error=ProcessDied)
        try:
            await handle_many(await opened(rows, faults), TALLY, asked(*range(6), of=2))
        except ProcessDied:
            await handle_many(await opened(rows), TALLY, asked(*range(6), of=2))
        log = await opened(rows)
        assert sorted(map(number_of, await told(log))) == sorted([*range(6)] * 2)
        if faults.calls < fails_at:
            return
    pytest.fail("it never came to its end")


async def test_bulks_and_single_commands_at_the_same_time_lose_nothing() -> None:
    rows = MemoryRows()
    logs = [await opened(rows, Jitter(seed)) for seed in (1, 2)]
    await asyncio.gather(
        handle_many(logs[0], TALLY, asked(*range(20))),
        handle_many(logs[0], TALLY, [*reversed(asked(*range(20)))]),
        handle_many(logs[1], TALLY, asked(*range(10, 30))),
        *(add(logs[0], stream(number), 100 + number, once=number) for number in range(5)),
    )
    numbers = sorted(map(number_of, await told(logs[0])))
    assert numbers == [*range(30), *range(100, 105)]


async def test_a_real_decider_is_asked_as_it_is_alone() -> None:
    log = await opened(MemoryRows())
    commands = [
        Asked(stream=stream(number), command=push(number=number), cause=cause(number))
        for number in range(1, 5)
    ]
    together = await handle_many(log, IMAGE, commands)
    other = await opened(MemoryRows())
    for one, handled in zip(commands, together, strict=True):
        alone = await handle(other, IMAGE, one.stream, one.command, one.cause)
        assert (handled.state, handled.events) == (alone.state, alone.events)
