"""Seals make the past quick to fold, and never change it: missing, wrong, or half written."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.ids import StreamId
from core.errors import CorruptLog
from core.log.freezing import Freezer
from core.log.segments import Segments
from core.log.sharded import open_log
from core.past.archivist import Archivist
from core.past.fold import Contents, Fold
from core.past.opening import Past, open_past
from core.past.seals import TABLE, Seals
from core.past.shards import FIRST
from core.storage.interface import Delete, Insert, Put, Row
from core.storage.memory import MemoryRows
from dev.inprocess import memory_account
from tests.faults.storage import Calls, Faults, Interceptor, Loss, ProcessDied, intercepted
from tests.support.advisories import below, record
from tests.support.fleet import SHARDS, Fleet, deb, fleet
from tests.support.queries import unsealed
from tests.support.tables import all_rows

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])
EVERY = 3
"""Events between two seals."""


@dataclass(slots=True)
class Place:
    """A fleet whose views are sealed, and the alarms that were raised."""

    fleet: Fleet
    alarms: list[str] = field(default_factory=list)

    async def past(self, by: Interceptor | None = None) -> Past:
        """Another process."""
        account = intercepted(self.fleet.account, by or Calls())
        log = await open_log(await account.tables.open("log"), account.artifacts, shards=SHARDS)
        return await open_past(
            log, account.tables, account.artifacts, self.alarm, segment=EVERY, every=EVERY
        )

    async def archivist(self, by: Interceptor | None = None) -> Archivist:
        return (await self.past(by)).archivist

    async def shows(self) -> list[Contents]:
        """What every shard shows now, to whoever uses seals."""
        shards, now = (await self.past()).shards, datetime.now(UTC)
        return [(await shards.fold(shard, now)).contents for shard in range(SHARDS)]

    async def is_right(self) -> bool:
        """Whether that is what the log says from its beginning."""
        shards, now = unsealed(self.fleet.log, self.fleet.artifacts), datetime.now(UTC)
        whole = [(await shards.fold(shard, now)).contents for shard in range(SHARDS)]
        return await self.shows() == whole

    async def last(self, shard: int) -> int:
        """The position of a shard's last seal that can be used."""
        table = await self.fleet.account.tables.open(TABLE)
        return (await Seals(table, self.fleet.artifacts, self.alarm).fold(shard)).position

    async def due(self, shard: int) -> int:
        """The position at which the last seal should be."""
        return (await self.fleet.log.head(shard)).position // EVERY * EVERY

    async def rows(self) -> list[Row]:
        """The row of every seal."""
        return await all_rows(await self.fleet.account.tables.open(TABLE))

    def alarm(self, name: str, why: str) -> None:
        self.alarms.append(name)


async def lived(folder: Path) -> Place:
    """Six images, all of them scanned, the second gone."""
    place = Place(await fleet(memory_account(), folder))
    await place.fleet.publish(ZLIB)
    for number in range(1, 7):
        await place.fleet.scan(number, deb("zlib", "1.2"))
    await place.fleet.delete(2)
    await place.fleet.reassessor.run()
    return place


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    return await lived(tmp_path)


async def test_every_so_many_events_a_shard_is_sealed_and_no_more_is_folded(place: Place) -> None:
    await (await place.archivist()).run()
    for shard in range(SHARDS):
        assert await place.last(shard) == await place.due(shard) > 0
    sealed = len(await place.rows())
    assert sealed == sum([await place.due(shard) // EVERY for shard in range(SHARDS)])
    assert await place.is_right()
    await place.fleet.scan(9, deb("zlib", "1.2"))
    await (await place.archivist()).run()
    assert len(await place.rows()) > sealed
    assert await place.is_right()
    assert place.alarms == []


async def test_a_seal_that_is_missing_is_an_alarm_and_an_earlier_one_is_used(place: Place) -> None:
    await (await place.archivist()).run()
    table = await place.fleet.account.tables.open(TABLE)
    newest = [row for row in await place.rows() if int(row.key[-12:]) == await place.due(0)]
    for row in newest:
        await table.commit(row.partition, [Put(row.key, {**row.cells, "sha256": "0" * 64})])
    assert await place.is_right()
    assert set(place.alarms) == {"seal-unreadable"}
    assert await place.last(0) == await place.due(0) - EVERY


@pytest.mark.parametrize("content", [b"", b"not compressed", b"x\x9c\x03\x00\x00\x00\x00\x01"])
async def test_seals_that_cannot_be_read_are_an_alarm_and_the_log_is_folded(
    place: Place, content: bytes
) -> None:
    await (await place.archivist()).run()
    artifact = await place.fleet.artifacts.put(content)
    table = await place.fleet.account.tables.open(TABLE)
    for row in await place.rows():
        cells = {**row.cells, "sha256": artifact.sha256, "size": artifact.size}
        await table.commit(row.partition, [Put(row.key, cells)])
    assert await place.is_right()
    assert await place.last(0) == 0
    assert set(place.alarms) == {"seal-unreadable"}


async def test_what_another_version_of_the_views_sealed_is_not_used(place: Place) -> None:
    await (await place.archivist()).run()
    table = await place.fleet.account.tables.open(TABLE)
    for row in await place.rows():
        other = Insert(f"assessmentsv1+imagesv0{row.key[row.key.index('|') :]}", row.cells)
        await table.commit(row.partition, [Delete(row.key), other])
    assert await place.last(0) == 0
    assert await place.is_right()
    await (await place.archivist()).run()
    assert await place.last(0) == await place.due(0)


async def test_one_pass_shows_every_moment_as_a_look_at_it_alone_does(place: Place) -> None:
    shards, alone = (await place.past()).shards, unsealed(place.fleet.log, place.fleet.artifacts)
    longest = 0
    for shard in range(SHARDS):
        events = await place.fleet.log.read(shard, after=0)
        longest = max(longest, len(events))
        moments = sorted({one.at for one in events})
        async for moment, fold in shards.through(shard, moments):
            then = await alone.fold(shard, moment)
            assert (fold.position, fold.contents) == (then.position, then.contents)
    assert longest > FIRST, "it is read in more than one piece"


@pytest.mark.parametrize("loss", Loss)
async def test_whoever_dies_at_any_call_leaves_seals_that_the_next_one_completes(
    loss: Loss, tmp_path: Path
) -> None:
    for dies_at in range(1, 400, 5):
        place = await lived(tmp_path)
        faults = Faults(at=frozenset({dies_at}), loss=loss, error=ProcessDied)
        try:
            await (await place.archivist(faults)).run()
        except* ProcessDied:
            await (await place.archivist()).run()
        assert [await place.last(shard) for shard in range(SHARDS)] == [
            await place.due(shard) for shard in range(SHARDS)
        ]
        assert await place.is_right()
        assert place.alarms == []
        if faults.calls < dies_at:
            return
    pytest.fail("archiving never came to its end")


async def test_a_shard_that_cannot_be_sealed_keeps_no_other_from_it(place: Place) -> None:
    table = await place.fleet.account.tables.open("log")
    await table.commit("000", [Delete("e|000000000002")])
    with pytest.raises(ExceptionGroup, match="archived"):
        await (await place.archivist()).run()
    assert await place.last(0) == 0
    assert await place.last(1) == await place.due(1) > 0


async def test_a_shard_with_an_image_whose_past_ends_is_not_sealed(place: Place) -> None:
    class Spoilt(Seals):
        """Comes upon an event that cannot be applied."""

        async def fold(self, shard: int, moment: datetime | None = None) -> Fold:
            fold = await super().fold(shard, moment)
            fold.parked["images", StreamId("image-1")] = 1
            return fold

    tables, artifacts, log = place.fleet.account.tables, place.fleet.artifacts, place.fleet.log
    seals = Spoilt(await tables.open(TABLE), artifacts, place.alarm)
    freezer = Freezer(log, await tables.open("log"), artifacts, Segments(MemoryRows()))
    days = (await place.past()).days
    with pytest.raises(ExceptionGroup) as raised:
        await Archivist(log, freezer, seals, days, every=EVERY).run()
    assert raised.group_contains(CorruptLog, match="not sealed, 1 streams halt")
    assert await place.rows() == []
