"""Rows that are kept are the view's own, whatever happens between two looks."""

import asyncio
import random
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest

from core.domain.ids import StreamId, command_id, image_stream
from core.domain.image import IMAGE, Command
from core.domain.recorded import Recorded
from core.errors import StorageUnavailable
from core.log import layout
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.projections.active import ACTIVE, TABLE, ActiveRows, ActiveTables, active_cells
from core.projections.images import Images, is_there
from core.projections.interface import Change, ViewRows
from core.projections.views import Views
from core.query.kept import MAX_TOUCHED, KeptImages
from core.query.kept_table import KeptTable
from core.storage.interface import Put, Row
from core.storage.memory import MemoryArtifacts, MemoryRows, MemoryTables
from tests.faults.storage import Calls, InterceptedRows, Interceptor, seeded
from tests.support.histories import LARGEST, command_at
from tests.support.images import delete, push
from tests.support.samples import image_name
from tests.support.tables import all_rows

SHARDS, NUMBERS = 2, range(1, 6)


class Poisoned(Images):
    """The images' view, which cannot apply some images' events for a while."""

    def __init__(self) -> None:
        self.poison: set[StreamId] = set()

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        if recorded.stream in self.poison:
            raise ValueError("poisoned")
        return super().apply(recorded, rows, artifacts)


class Fleet:
    """Some images, their log, and their view in whichever table counts."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.projection = Poisoned()
        self.tables = MemoryTables()
        self.active = ActiveTables(self.tables, fresh=0)
        self.rows = ActiveRows(self.projection, self.tables, self.active)
        self.views = Views(
            log=log,
            tables=self.tables,
            artifacts=MemoryArtifacts(),
            active=self.active,
            parking=(self.projection,),
        )
        self.view = self.views.live(self.projection)
        self.calls = Calls()
        """What is read of the view by those who keep it."""
        self.left = MemoryRows()
        """What processes leave to those that begin after them."""
        self.generation = 1
        self.told = 0

    async def tell(self, number: int, command: Command) -> None:
        """A command to one of the images."""
        self.told += 1
        cause = Cause(command=command_id("test", str(self.told)), correlation="", causation="")
        await handle(self.log, IMAGE, image_stream(image_name(number)), command, cause)

    async def follow(self, shard: int, most: int = 1000) -> None:
        """Bring the view closer to the end of a shard."""
        after = await self.view.position(shard)
        await self.view.follow(shard, await self.log.read(shard, after=after, limit=most))

    async def settle(self) -> None:
        """Bring the view to the end."""
        for shard in range(SHARDS):
            await self.follow(shard)

    async def mend(self) -> None:
        """Apply what was parked."""
        self.projection.poison.clear()
        for shard in range(SHARDS):
            for recorded in await self.log.read(shard, after=0, limit=1000):
                await self.view.replay(recorded)

    async def rebuild(self, more: int) -> None:
        """Another table takes over, in which the view may be some events further."""
        self.generation += 1
        cells = active_cells(self.projection, self.generation)
        before = [await self.view.position(shard) for shard in range(SHARDS)]
        await (await self.tables.open(TABLE)).commit(self.projection.name, [Put(ACTIVE, cells)])
        for shard, position in enumerate(before):
            await self.follow(shard, position + more)

    def keeper(self, by: Interceptor | None = None) -> KeptImages:
        """A process that has kept nothing yet."""
        rows = InterceptedRows(self.rows, by or self.calls)
        return KeptImages(self.log, rows, self.rows.table, KeptTable(self.left))

    async def shown(self) -> list[Row]:
        """What the view shows."""
        rows = await all_rows(self.rows)
        return [row for row in rows if row.key.startswith("i|") and is_there(row.cells)]


@pytest.fixture
async def fleet() -> Fleet:
    """Nothing yet."""
    return Fleet(await open_log(MemoryRows(), MemoryArtifacts(), shards=SHARDS))


async def happens(fleet: Fleet, chance: random.Random) -> None:
    """Something does."""
    match chance.randrange(12):
        case 0:
            fleet.projection.poison ^= {image_stream(image_name(chance.choice(NUMBERS)))}
        case 1:
            await fleet.mend()
        case 2 if chance.random() < 0.3:
            await fleet.rebuild(chance.randrange(4))
        case 3 | 4 | 5:
            await fleet.follow(chance.randrange(SHARDS), chance.randrange(1, 6))
        case _:
            number = chance.choice(NUMBERS)
            image = await current(fleet.log, IMAGE, image_stream(image_name(number)))
            kind, a, b, minute = (chance.randint(0, most) for most in LARGEST)
            await fleet.tell(number, command_at(image, (kind, a, b, minute)))


@pytest.mark.parametrize("seed", range(8))
async def test_what_is_kept_is_what_the_view_shows(fleet: Fleet, seed: int) -> None:
    chance, keeper = seeded(seed), fleet.keeper()
    for number in NUMBERS:
        await fleet.tell(number, push(number))
    for _ in range(120):
        await happens(fleet, chance)
        if chance.random() < 0.1:
            await keeper.leave()
        if chance.random() < 0.1:
            keeper = fleet.keeper()
        if chance.random() < 0.4:
            assert list(await keeper.rows()) == await fleet.shown()
    assert list(await keeper.rows()) == await fleet.shown()


async def test_a_fleet_in_which_nothing_happens_costs_a_checkpoint_a_shard(fleet: Fleet) -> None:
    keeper = fleet.keeper()
    for number in NUMBERS:
        await fleet.tell(number, push(number))
    await fleet.settle()
    first = await keeper.rows()
    fleet.calls.take()
    assert await keeper.rows() is first
    assert fleet.calls.take() == ["get !checkpoint"] * SHARDS


async def test_an_event_costs_its_images_row_and_many_cost_their_shard(fleet: Fleet) -> None:
    keeper, stream = fleet.keeper(), image_stream(image_name(1))
    await fleet.tell(1, push(1))
    await fleet.settle()
    await keeper.rows()
    for pushes, read in ((1, f"get i|{stream}"), (MAX_TOUCHED + 1, "range i|")):
        for _ in range(pushes):
            await fleet.tell(1, push(1, f"tag-{fleet.told}"))
        await fleet.settle()
        fleet.calls.take()
        assert list(await keeper.rows()) == await fleet.shown()
        assert sorted(fleet.calls.take()) == sorted(["get !checkpoint"] * SHARDS + [read])


async def test_an_image_that_is_deleted_and_pushed_again_goes_and_comes(fleet: Fleet) -> None:
    keeper, seen = fleet.keeper(), list[int]()
    for command in (push(1), delete(2), push(3)):
        await fleet.tell(1, command)
        await fleet.settle()
        seen.append(len(await keeper.rows()))
    assert seen == [1, 0, 1]


async def test_what_was_parked_shows_once_it_is_applied_among_other_events(fleet: Fleet) -> None:
    shard_of = {one: fleet.log.shard_of(image_stream(image_name(one))) for one in range(1, 50)}
    first, other, *_ = (one for one, shard in shard_of.items() if shard == shard_of[1])
    keeper = fleet.keeper()
    await fleet.tell(first, push(1))
    await fleet.settle()
    fleet.projection.poison.add(image_stream(image_name(first)))
    await fleet.tell(first, push(2, "late"))
    await fleet.settle()
    await keeper.rows()
    await fleet.mend()
    await fleet.tell(other, push(3))
    await fleet.settle()
    assert list(await keeper.rows()) == await fleet.shown()


class Breaks:
    """Does not answer one of the questions for checkpoints, and takes its time to say so."""

    def __init__(self) -> None:
        self.left = 0
        """Questions until then, that one among them."""

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        self.left -= what == "get !checkpoint"
        if what == "get !checkpoint" and self.left == 0:
            for _ in range(100):
                await asyncio.sleep(0)
            raise StorageUnavailable("a test")
        return await do()


@pytest.mark.parametrize("shard", range(SHARDS))
async def test_storage_that_does_not_answer_leaves_nothing_half_shown(
    fleet: Fleet, shard: int
) -> None:
    breaks = Breaks()
    keeper = fleet.keeper(breaks)
    for number in range(1, 12):
        await fleet.tell(number, push(number))
        await fleet.settle()
        breaks.left = shard + 1
        with pytest.raises(StorageUnavailable):
            await keeper.rows()
        assert list(await keeper.rows()) == await fleet.shown()


async def pushed_and_left(fleet: Fleet) -> None:
    """A process has looked at some images, and left what it keeps."""
    for number in NUMBERS:
        await fleet.tell(number, push(number))
    await fleet.settle()
    await fleet.keeper().leave()
    fleet.calls.take()


async def test_a_process_that_begins_reads_what_another_has_left(fleet: Fleet) -> None:
    await pushed_and_left(fleet)
    assert list(await fleet.keeper().rows()) == await fleet.shown()
    assert fleet.calls.take() == ["get !checkpoint"] * SHARDS, "and none of the images"
    await fleet.tell(1, push(1, "later"))
    await fleet.settle()
    assert list(await fleet.keeper().rows()) == await fleet.shown()
    assert fleet.calls.take().count(f"get i|{image_stream(image_name(1))}") == 1


async def test_what_was_left_of_another_table_is_not_used(fleet: Fleet) -> None:
    await pushed_and_left(fleet)
    await fleet.rebuild(0)
    await fleet.keeper().rows()
    assert fleet.calls.take().count("range i|") == SHARDS


@pytest.mark.parametrize("what", [b"", b"nothing", zlib.compress(b"nothing")])
async def test_what_cannot_be_used_is_passed_over(fleet: Fleet, what: bytes) -> None:
    await pushed_and_left(fleet)
    for row in await all_rows(fleet.left):
        await fleet.left.commit(row.partition, [Put(row.key, {**row.cells, "rows_0": what})])
    assert list(await fleet.keeper().rows()) == await fleet.shown()
    assert fleet.calls.take().count("range i|") == SHARDS


async def test_what_is_kept_is_left_again_once_much_has_changed(fleet: Fleet) -> None:
    keeper, stream = fleet.keeper(), image_stream(image_name(1))
    shard = fleet.log.shard_of(stream)
    positions: list[int] = []
    for events in (1, MAX_TOUCHED // 2, 1):
        for _ in range(events):
            await fleet.tell(1, push(1, f"tag-{fleet.told}"))
        await fleet.settle()
        await keeper.leave()
        left = await KeptTable(fleet.left).read(await fleet.rows.table(), shard)
        assert left is not None
        assert left.checkpoint is not None
        positions.append(layout.integer(left.checkpoint.cells, "position"))
    head = (await fleet.log.head(shard)).position
    assert positions[0] == positions[1] < positions[2] == head
