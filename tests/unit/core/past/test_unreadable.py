"""The past of a shard ends before an event that cannot be read, visibly, unless it was given up."""

from datetime import UTC, datetime

import pytest

from core.log.sharded import ShardedLog, open_log
from core.past.fold import PROJECTIONS
from core.past.seals import Seals
from core.past.shards import PastShards
from core.projections.assessments import Assessments
from core.storage.interface import Delete
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.support.queries import no_alarm
from tests.support.tally import add, stream

LATER = datetime(2099, 1, 1, tzinfo=UTC)


class GivenUp:
    """For some views the second event was given up."""

    def __init__(self, *names: str) -> None:
        self._names = names

    async def skipped(self, follower: str, shard: int, position: int) -> bool:
        return follower in self._names and position == 2


@pytest.fixture
async def log() -> ShardedLog:
    """Of three events the second is gone."""
    rows = MemoryRows()
    log = await open_log(rows, MemoryArtifacts(), shards=1)
    for number in (1, 2, 3):
        await add(log, stream(number), number, once=number)
    await rows.commit("000", [Delete("e|000000000002")])
    return log


async def test_the_past_ends_before_it_and_says_so(log: ShardedLog) -> None:
    alarms: list[tuple[str, str]] = []
    seals = Seals(MemoryRows(), MemoryArtifacts(), lambda *told: alarms.append(told), GivenUp())
    fold = await PastShards(log, seals).fold(0, LATER)
    assert fold.position == 1
    assert alarms == [("past-halted", "shard 0, position 2: there is no event")]


async def test_what_was_given_up_for_every_view_is_passed(log: ShardedLog) -> None:
    live = [one.name for one in PROJECTIONS if one.name != Assessments.name]
    seals = Seals(MemoryRows(), MemoryArtifacts(), no_alarm, GivenUp(*live))
    fold = await PastShards(log, seals).fold(0, LATER)
    assert fold.position == 3


async def test_what_was_given_up_for_some_views_only_ends_it(log: ShardedLog) -> None:
    alarms: list[tuple[str, str]] = []
    skips = GivenUp("images")
    seals = Seals(MemoryRows(), MemoryArtifacts(), lambda *told: alarms.append(told), skips)
    assert (await PastShards(log, seals).fold(0, LATER)).position == 1
    assert len(alarms) == 1
