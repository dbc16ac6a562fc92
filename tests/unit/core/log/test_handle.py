"""What a caller has read already saves a read, and is never trusted to be the last word."""

import pytest

from core.domain.tag import TAG, PointTag
from core.log.handle import handle, load_state
from core.log.sharded import ShardedLog, open_log
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.faults.storage import Calls, InterceptedRows
from tests.support.samples import REGISTRY, REPOSITORY, at, digest
from tests.support.tally import TALLY, Add, Tally, cause, number_of, stream


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
async def log(calls: Calls) -> ShardedLog:
    return await open_log(InterceptedRows(MemoryRows(), calls), MemoryArtifacts())


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
