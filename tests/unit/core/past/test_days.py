"""What days came to is kept once they are over, and is what the log says of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.log import codec
from core.log.handle import current
from core.log.interface import Append
from core.log.sharded import ShardedLog, open_log
from core.past.days import MOST, TABLE, Days, ends_of_days
from core.past.opening import open_past
from core.projections.images import Images
from core.query.scoped import totals_of
from core.storage.interface import Delete
from core.storage.memory import MemoryArtifacts, MemoryTables
from tests.faults.storage import seeded
from tests.support.histories import LARGEST, command_at
from tests.support.images import push
from tests.support.queries import unsealed
from tests.support.samples import image_name
from tests.support.tables import all_rows

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
FIRST = NOW - timedelta(days=6)
SHARDS = 2


@dataclass(slots=True)
class Place:
    """A fleet's log, in which something happens for days."""

    log: ShardedLog
    tables: MemoryTables
    artifacts: MemoryArtifacts

    async def days(self) -> Days:
        """Another process."""
        past = await open_past(self.log, self.tables, self.artifacts, lambda name, why: None)
        return past.days

    async def live(self, seed: int) -> None:
        """Images come and change, a few times a day."""
        chance = seeded(seed)
        for step in range(60):
            stream = image_stream(image_name(1 + step % 4))
            image = await current(self.log, IMAGE, stream)
            kind, a, b, minute = (chance.randint(0, most) for most in LARGEST)
            command = command_at(image, (kind, a, b, minute)) if step > 3 else push(step)
            events = tuple(IMAGE.decide(image, command))
            append = Append(
                stream=await self.log.load(stream),
                events=events,
                command=command_id("test", str(step)),
                correlation="",
                causation="",
                fold=codec.encode_state(IMAGE.fold(image, events)),
                fold_schema=IMAGE.fold_schema,
            )
            if events:
                await self.log.append([append], now=FIRST + timedelta(hours=2 * step))

    async def counted(self, moment: datetime) -> int:
        """The images that there were, and what was found in them, counted one by one."""
        shards, total = unsealed(self.log, self.artifacts), 0
        for shard in range(SHARDS):
            rows = await all_rows((await shards.fold(shard, moment)).rows(Images()))
            for row in totals_of([one for one in rows if one.key.startswith("i|")]):
                total += sum(int(row.cells[name]) for name in ("images", "high", "Unhealthy"))
        return total


@pytest.fixture
async def place() -> Place:
    """Nothing has happened yet."""
    tables, artifacts = MemoryTables(), MemoryArtifacts()
    log = await open_log(await tables.open("log"), artifacts, shards=SHARDS)
    return Place(log=log, tables=tables, artifacts=artifacts)


@pytest.mark.parametrize("seed", range(4))
async def test_a_day_that_is_kept_is_what_the_log_says_of_it(place: Place, seed: int) -> None:
    await place.live(seed)
    await (await place.days()).keep(NOW)
    ends = ends_of_days(NOW, MOST + 1)
    kept = await (await place.days()).kept(ends)
    assert list(kept) == ends[:-1], "today is not over"
    for end in ends[-8:-1]:
        counted = sum(kept[end][name] for name in ("images", "high", "Unhealthy"))
        assert counted == await place.counted(end)
    assert kept[ends[-2]]["images"] > 0 == kept[ends[0]]["images"]


async def test_a_day_is_kept_an_hour_after_its_end_and_once(place: Place) -> None:
    await place.live(1)
    midnight = datetime(2026, 3, 18, tzinfo=UTC)
    ends = ends_of_days(NOW, 5)
    for minutes, days in ((59, ["03-16"]), (61, ["03-16", "03-17"]), (62, ["03-16", "03-17"])):
        await (await place.days()).keep(midnight + timedelta(minutes=minutes))
        kept = await (await place.days()).kept(ends)
        assert [f"{one:%m-%d}" for one in kept] == days


async def test_a_shard_that_cannot_be_read_keeps_days_from_being_kept(place: Place) -> None:
    await place.live(1)
    log = await place.tables.open("log")
    events = [row for row in await all_rows(log) if row.key.startswith("e|")]
    await log.commit(events[3].partition, [Delete(events[3].key)])
    await (await place.days()).keep(NOW)
    kept = await (await place.days()).kept(ends_of_days(NOW, 8))
    assert list(kept) == [], "what cannot be read may be mended"
    assert len(await all_rows(await place.tables.open(TABLE))) % 31 == 0
