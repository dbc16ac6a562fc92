"""The past of what cannot be applied ends there, and only there."""

import logging

import pytest

from core.log.sharded import ShardedLog, open_log
from core.past.fold import Fold
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.support.ladders import Ladder, table
from tests.support.tally import add, stream


@pytest.fixture
async def log() -> ShardedLog:
    """Two streams: the first says 1, 2, 3, the second 4."""
    log = await open_log(MemoryRows(), MemoryArtifacts(), shards=1)
    for number in (1, 2, 3):
        await add(log, stream(1), number, once=number)
    await add(log, stream(2), 4, once=4)
    return log


async def lengths(fold: Fold) -> list[object]:
    """How long the streams' ladders are."""
    rows = await table(fold.rows(Ladder()))
    return [cells["length"] for _, key, cells in rows if key.startswith("n|")]


@pytest.mark.parametrize(("poison", "left"), [(1, [4]), (2, [1, 4]), (3, [2, 4]), (4, [3])])
async def test_a_poison_event_ends_the_past_of_its_own_stream(
    log: ShardedLog, poison: int, left: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    fold = Fold(0, MemoryArtifacts(), projections=[Ladder(poison={poison})])
    with caplog.at_level(logging.ERROR):
        await fold.take(await log.read(0, after=0))
    assert sorted(map(str, await lengths(fold))) == [str(one) for one in left]
    assert fold.parked == {("ladder", stream(2 if poison == 4 else 1)): poison}
    assert fold.position == 4
    assert f"0.{poison}" in caplog.text


async def test_what_can_be_applied_leaves_nothing_out(log: ShardedLog) -> None:
    fold = Fold(0, MemoryArtifacts(), projections=[Ladder()])
    for recorded in await log.read(0, after=0):
        await fold.take([recorded])
    assert fold.parked == {}
    assert sorted(map(str, await lengths(fold))) == ["3", "4"]


async def test_an_event_that_was_given_up_is_passed_and_its_stream_goes_on(log: ShardedLog) -> None:
    class GivenUp:
        """The second event of everybody."""

        async def skipped(self, follower: str, shard: int, position: int) -> bool:
            return (follower, shard, position) == ("ladder", 0, 2)

    fold = Fold(0, MemoryArtifacts(), projections=[Ladder(poison={2})], skips=GivenUp())
    await fold.take(await log.read(0, after=0))
    assert fold.parked == {}
    assert sorted(map(str, await lengths(fold))) == ["3", "4"]


async def test_what_one_view_cannot_apply_the_others_do_and_somebody_is_told(
    log: ShardedLog,
) -> None:
    told: list[str] = []
    whole, spoilt = Ladder(name="whole"), Ladder(poison={1})
    fold = Fold(
        0,
        MemoryArtifacts(),
        projections=[spoilt, whole],
        alarm=lambda name, why: told.append(f"{name}: {why}"),
    )
    await fold.take(await log.read(0, after=0))
    assert told == ["past-parked: ladder of the past, 0.1: Poisoned: number 1"]
    lengths = [cells["length"] for _, key, cells in await table(fold.rows(whole)) if key[0] == "n"]
    assert sorted(map(str, lengths)) == ["3", "4"]
