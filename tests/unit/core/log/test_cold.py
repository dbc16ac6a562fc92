"""Cold segments hold what the rows hold, whoever dies while writing them, and never more than that:
what is missing or wrong is an alarm, and the rows are read."""

import zlib
from dataclasses import dataclass, field

import msgspec
import pytest

from core.domain.recorded import Recorded
from core.domain.values import Artifact
from core.errors import CorruptLog, RowConflict
from core.log.cold import ColdLog
from core.log.freezing import Freezer
from core.log.interface import EventLog
from core.log.layout import INLINE, event_key, partition
from core.log.segments import Segment, Segments, pack
from core.log.sharded import open_log
from core.storage.interface import Artifacts, Delete, Rows
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.faults.storage import (
    Calls,
    Faults,
    InterceptedArtifacts,
    InterceptedRows,
    Interceptor,
    Loss,
    Meanwhile,
    ProcessDied,
)
from tests.support.tally import add, stream, streams_of

SIZE = 4
"""Events of a segment."""


@dataclass(slots=True)
class Place:
    """A log of one shard, its segments, and the alarms that were raised."""

    log: EventLog
    rows: Rows
    artifacts: Artifacts
    table: MemoryRows = field(default_factory=MemoryRows)
    alarms: list[str] = field(default_factory=list)

    def freezer(self, by: Interceptor | None = None, *, most: int = 1_000_000) -> Freezer:
        """Another process that writes segments."""
        by = by or Calls()
        return Freezer(
            self.log,
            InterceptedRows(self.rows, by),
            InterceptedArtifacts(self.artifacts, by),
            Segments(InterceptedRows(self.table, by)),
            events=SIZE,
            most=most,
        )

    async def cold(self, by: Interceptor | None = None) -> ColdLog:
        """Another process that reads them, and has seen that there is much to read."""
        artifacts = InterceptedArtifacts(self.artifacts, by or Calls())
        cold = ColdLog(self.log, artifacts, self.segments(), self.alarm)
        await cold.read(0, after=0, limit=1)
        return cold

    def segments(self) -> Segments:
        return Segments(self.table)

    async def edges(self) -> list[tuple[int, int]]:
        """First and last position of every segment."""
        return [(one.first, one.last) for one in await self.segments().of(0)]

    async def everything(self) -> list[Recorded]:
        """What the rows say."""
        return await self.log.read(0, after=0)

    def alarm(self, name: str, why: str) -> None:
        self.alarms.append(name)


@pytest.fixture
async def place() -> Place:
    """Ten events."""
    rows, artifacts = MemoryRows(), MemoryArtifacts()
    log = await open_log(rows, artifacts, shards=1)
    for number in range(1, 11):
        await add(log, stream(number % 3), number, once=number)
    return Place(log, rows, artifacts)


async def test_segments_follow_each_other_and_leave_the_head_alone(place: Place) -> None:
    assert await place.freezer().freeze(0) == 2
    assert await place.edges() == [(1, 4), (5, 8)]
    assert await place.freezer().freeze(0) == 0
    for number in range(11, 15):
        await add(place.log, stream(1), number, once=number)
    assert await place.freezer().freeze(0) == 1
    assert await place.edges() == [(1, 4), (5, 8), (9, 12)]
    assert len(await place.everything()) == 14, "the rows stay"


@pytest.mark.parametrize("limit", [1, 3, 4, 5, 9, 10, 500])
async def test_a_read_gives_what_the_rows_give_wherever_it_begins(place: Place, limit: int) -> None:
    await place.freezer().freeze(0)
    cold = await place.cold()
    for after in range(12):
        expected = await place.log.read(0, after=after, limit=limit)
        assert await cold.read(0, after=after, limit=limit) == expected
    assert place.alarms == []


async def test_a_segment_is_one_blob_and_the_rows_behind_it_are_not_read(place: Place) -> None:
    await place.freezer().freeze(0)
    expected = await place.everything()
    calls = Calls()
    cold = await place.cold(calls)
    for position in range(1, 9):
        await place.rows.commit(partition(0), [Delete(event_key(position))])
    assert await cold.read(0, after=0, limit=8) == expected[:8]
    assert calls.take() == ["get artifact"] * 2
    assert await cold.read(0, after=2, limit=3) == expected[2:5]
    assert calls.take() == []


async def test_an_event_in_a_blob_of_its_own_is_read_from_there(place: Place) -> None:
    large = INLINE + 10_000
    for number in (large, large + 1):
        await add(place.log, stream(1), number, once=number)
    await place.freezer().freeze(0)
    assert await place.edges() == [(1, 4), (5, 8), (9, 12)]
    assert await (await place.cold()).read(0, after=0) == await place.everything()


async def test_events_that_fill_their_rows_end_a_segment_early() -> None:
    rows, artifacts = MemoryRows(), MemoryArtifacts()
    log = await open_log(rows, artifacts, shards=1)
    for number in range(2 * 501):
        await add(log, stream(number), 10_001 if number < 501 else 1, once=number)
    place = Place(log, rows, artifacts)
    freezer = Freezer(log, rows, artifacts, place.segments(), events=1_000, most=5_000_000)
    await freezer.freeze(0)
    assert await place.edges() == [(1, 500)]
    assert await (await place.cold()).read(0, after=490, limit=30) == await log.read(
        0, after=490, limit=30
    )


async def test_a_missing_segment_is_an_alarm_and_the_rows_are_read(place: Place) -> None:
    nowhere = Artifact(sha256="0" * 64, size=7)
    await place.segments().add(Segment(shard=0, first=1, last=4, artifact=nowhere))
    await place.freezer().freeze(0)
    cold = await place.cold()
    assert await cold.read(0, after=0) == await place.everything()
    assert await cold.read(0, after=1) == (await place.everything())[1:]
    assert place.alarms == ["segment-unreadable"], "once for each process"


@pytest.mark.parametrize("wrong", ["other events", "fewer", "no segment", "cut off", "no rows"])
async def test_a_wrong_segment_is_an_alarm_and_the_rows_are_read(place: Place, wrong: str) -> None:
    rows = await place.rows.range(partition(0), event_key(1), event_key(9), limit=8)
    content = {
        "other events": pack(rows[4:]),
        "fewer": pack(rows[:3]),
        "no segment": b"not compressed",
        "cut off": pack(rows[:4])[:-9],
        "no rows": zlib.compress(msgspec.msgpack.encode([(row.key, 7) for row in rows[:4]])),
    }[wrong]
    artifact = await place.artifacts.put(content)
    await place.segments().add(Segment(shard=0, first=1, last=4, artifact=artifact))
    assert await (await place.cold()).read(0, after=0) == await place.everything()
    assert place.alarms == ["segment-unreadable"]


async def test_a_hole_in_the_log_is_never_sealed_into_a_segment(place: Place) -> None:
    await place.rows.commit(partition(0), [Delete(event_key(6))])
    with pytest.raises(CorruptLog, match="behind 4"):
        await place.freezer().freeze(0)
    assert await place.edges() == [(1, 4)]


@pytest.mark.parametrize("loss", Loss)
async def test_whoever_dies_at_any_call_leaves_segments_that_the_next_one_completes(
    loss: Loss,
) -> None:
    for dies_at in range(1, 30):
        rows, artifacts = MemoryRows(), MemoryArtifacts()
        log = await open_log(rows, artifacts, shards=1)
        place = Place(log, rows, artifacts)
        for number in range(1, 11):
            await add(log, stream(number), number, once=number)
        faults = Faults(at=frozenset({dies_at}), loss=loss, error=ProcessDied)
        try:
            await place.freezer(faults).freeze(0)
        except ProcessDied:
            await place.freezer().freeze(0)
        assert await place.edges() == [(1, 4), (5, 8)]
        assert await (await place.cold()).read(0, after=0) == await place.everything()
        assert place.alarms == []
        if faults.calls < dies_at:
            return
    pytest.fail("freezing never came to its end")


async def test_two_that_write_at_the_same_time_write_the_same(place: Place) -> None:
    rival = Meanwhile(after="put artifact", then=lambda: place.freezer().freeze(0))
    with pytest.raises(RowConflict):
        await place.freezer(rival).freeze(0)
    assert await place.edges() == [(1, 4), (5, 8)]
    assert await (await place.cold()).read(0, after=0) == await place.everything()


async def test_whatever_else_is_asked_of_the_log_is_asked_of_the_rows(place: Place) -> None:
    cold = await place.cold()
    one = streams_of(place.log, 0, 1)[0]
    assert cold.shard_of(one) == 0
    assert (cold.generation, cold.shards) == (place.log.generation, 1)
    assert await cold.head(0) == await place.log.head(0)
    assert await cold.history(one) == await place.log.history(one)
    assert await cold.load(one) == await place.log.load(one)


async def test_whoever_follows_the_head_never_looks_for_segments(place: Place) -> None:
    await place.freezer().freeze(0)
    calls = Calls()
    segments = Segments(InterceptedRows(place.table, calls))
    cold = ColdLog(place.log, place.artifacts, segments, place.alarm)
    for after in (10, 9, 0):
        assert await cold.read(0, after=after, limit=11) == await place.log.read(0, after=after)
    assert calls.take() == []
    assert len(await cold.read(0, after=0, limit=10)) == 10
    assert len(calls.take()) == 1, "there may be more: now it is worth a look"
    await cold.read(0, after=0, limit=10)
    assert calls.take() == [], "it is known for a while"


async def test_whoever_reads_through_it_can_append_too(place: Place) -> None:
    await place.freezer().freeze(0)
    cold = await place.cold()
    await add(cold, stream(1), 11, once=11)
    assert [one.position for one in await cold.read(0, after=0)] == list(range(1, 12))
