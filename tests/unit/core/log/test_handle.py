"""What a caller has read already saves a read, and is never trusted to be the last word."""

import asyncio

import pytest

from core.domain.tag import TAG, PointTag
from core.errors import LimitExceeded
from core.log.handle import TRIES, handle, load_state, pause
from core.log.sharded import ShardedLog, open_log
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.faults.storage import Calls, InterceptedRows, Jitter
from tests.support.samples import REGISTRY, REPOSITORY, at, digest
from tests.support.tally import TALLY, Add, Tally, cause, number_of, stream


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
async def log(calls: Calls) -> ShardedLog:
    return await open_log(InterceptedRows(MemoryRows(), calls), MemoryArtifacts())


def test_a_command_is_patient_for_longer_than_a_burst_lasts_and_shorter_than_who_sent_it() -> None:
    longest = [max(pause(lost) for _ in range(200)) for lost in range(TRIES)]
    assert 10 < sum(longest) / 2 < 25, "seconds; Event Grid waits for thirty"


async def test_a_state_that_is_known_is_not_read_again(log: ShardedLog, calls: Calls) -> None:
    await handle(log, TALLY, stream(1), Add(numbers=(1,)), cause("a"))
    known = await load_state(log, TALLY, stream(1))
    calls.take()
    handled = await handle(log, TALLY, stream(1), Add(numbers=(2,)), cause("b"), known=known)
    assert calls.take() == ["commit 5"]
    assert handled.state == Tally(numbers=(1, 2))


async def test_a_state_that_is_out_of_date_is_found_out_by_the_append(log: ShardedLog) -> None:
    known = await load_state(log, TALLY, stream(1))
    await handle(log, TALLY, stream(1), Add(numbers=(1,)), cause("somebody else"))
    handled = await handle(log, TALLY, stream(1), Add(numbers=(2,)), cause("b"), known=known)
    assert handled.state == Tally(numbers=(1, 2))
    assert [number_of(event) for event in await log.history(stream(1))] == [1, 2]


async def test_a_state_that_is_known_never_says_that_nothing_follows(log: ShardedLog) -> None:
    def point(number: int, minute: int) -> PointTag:
        return PointTag(
            registry=REGISTRY,
            repository=REPOSITORY,
            tag="v1",
            digest=digest(number),
            pointed_at=at(minute),
        )

    await handle(log, TAG, stream(1), point(1, 5), cause("a"))
    known = await load_state(log, TAG, stream(1))
    newer = await handle(log, TAG, stream(1), point(2, 9), cause("b"))
    handled = await handle(log, TAG, stream(1), point(1, 5), cause("c"), known=known)
    assert handled.events == ()
    assert handled.state == newer.state, "as it is now, not as it was known"


async def test_nothing_to_decide_costs_one_read_and_leaves_no_receipt(
    log: ShardedLog, calls: Calls
) -> None:
    calls.take()
    handled = await handle(log, TALLY, stream(1), Add(numbers=()), cause("nothing"))
    assert handled.events == ()
    assert calls.take() == [f"get s|{stream(1)}"]
    handled = await handle(log, TALLY, stream(1), Add(numbers=(1,)), cause("nothing"))
    assert handled.state == Tally(numbers=(1,))


async def test_many_commands_to_one_stream_at_once_lose_no_race_within_a_process() -> None:
    rows = MemoryRows()
    log = await open_log(InterceptedRows(rows, Jitter(1)), MemoryArtifacts())
    commands = [Add(numbers=(number,)) for number in range(50)]
    await asyncio.gather(
        *(handle(log, TALLY, stream(1), one, cause(one), tries=1) for one in commands)
    )
    told = [number_of(event) for event in await log.history(stream(1))]
    assert sorted(told) == list(range(50))


async def test_two_processes_still_settle_a_race_by_the_append() -> None:
    rows, artifacts = MemoryRows(), MemoryArtifacts()
    logs = [await open_log(InterceptedRows(rows, Jitter(seed)), artifacts) for seed in (1, 2)]
    commands = [Add(numbers=(number,)) for number in range(20)]
    await asyncio.gather(
        *(handle(logs[n % 2], TALLY, stream(1), one, cause(one)) for n, one in enumerate(commands))
    )
    told = [number_of(event) for event in await logs[0].history(stream(1))]
    assert sorted(told) == list(range(20))


async def test_a_command_that_fails_ends_its_turn(log: ShardedLog) -> None:
    with pytest.raises(LimitExceeded):
        await handle(log, TALLY, stream(1), Add(numbers=tuple(range(60))), cause("too many"))
    await handle(log, TALLY, stream(1), Add(numbers=(1,)), cause("one"))


async def test_turns_at_the_same_streams_in_another_order_never_wait_for_each_other(
    log: ShardedLog,
) -> None:
    taken: list[str] = []

    async def take(name: str, *numbers: int) -> None:
        async with log.turn(*map(stream, numbers)):
            taken.append(name)
            await asyncio.sleep(0)
            taken.append(name)

    await asyncio.gather(take("a", 1, 2, 3), take("b", 3, 2, 1), take("c", 2), take("d", 2, 2))
    assert taken[::2] == taken[1::2]
    assert sorted(taken[::2]) == ["a", "b", "c", "d"]
