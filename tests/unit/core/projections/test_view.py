"""A view shows what the log says, whoever else writes to it and whatever cannot be applied."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest

from core.domain.recorded import Recorded
from core.errors import RowConflict, StorageUnavailable
from core.log.interface import EventLog
from core.log.sharded import ShardedLog, open_log
from core.projections.interface import Change, Set
from core.projections.runner import Runner
from core.projections.view import View
from core.storage.interface import Row, Rows
from core.storage.memory import MemoryArtifacts, MemoryTables
from tests.faults.storage import Calls, Faults, InterceptedTables, Jitter, Loss
from tests.support.ladders import TABLE, Ladder, Poisoned, Table, table
from tests.support.tally import add, streams_of

SHARDS = 2


@dataclass(frozen=True, slots=True)
class World:
    """A log and the tables beside it."""

    log: ShardedLog
    tables: MemoryTables

    def view(self, ladder: Ladder | None = None) -> View:
        return View(ladder or Ladder(), self.tables, MemoryArtifacts())

    async def rows(self) -> Rows:
        return await self.tables.open(TABLE)

    async def shown(self) -> Table:
        return await table(await self.rows())

    async def checkpoint(self, shard: int) -> Row:
        row = await (await self.rows()).get(f"{shard:03d}", "!checkpoint")
        assert row is not None
        return row


@pytest.fixture
async def world() -> World:
    tables = MemoryTables()
    log = await open_log(await tables.open("log"), MemoryArtifacts(), shards=SHARDS)
    return World(log, tables)


async def say(log: EventLog, *numbers: int, shard: int = 0, stream: int = 0) -> None:
    """Record numbers, each by a command of its own."""
    one = streams_of(log, shard, stream + 1)[stream]
    for number in numbers:
        head = await log.head(shard)
        await add(log, one, number, once=(shard, head.position))


async def undisturbed(log: EventLog) -> Table:
    """What a view that nothing has ever troubled shows of the log."""
    tables = MemoryTables()
    await Runner(log, [View(Ladder(), tables, MemoryArtifacts())]).sweep()
    return await table(await tables.open(TABLE))


async def test_ladders_grow_and_shrink(world: World) -> None:
    await say(world.log, 3, 1)
    await Runner(world.log, [world.view()]).catch_up(0)
    rungs = [key for _, key, _ in await world.shown()]
    assert [key.partition("|")[0] for key in rungs] == ["n", "r"]


async def test_steps_of_any_size_end_alike(world: World) -> None:
    await say(world.log, 250, 3, 120, 7, 300, 0, 2)
    whole = await undisturbed(world.log)
    tail = await world.log.read(0, after=0)
    for size in (1, 2, 3, len(tail)):
        await world.tables.drop(TABLE)
        view = world.view()
        for start in range(0, len(tail), size):
            await view.follow(0, tail[start : start + size])
        assert await world.shown() == whole


async def test_events_that_come_again_change_nothing(world: World) -> None:
    await say(world.log, 5, 120, 2)
    tail = await world.log.read(0, after=0)
    view, calls = world.view(), Calls()
    await view.follow(0, tail)
    before = await world.shown()
    again = View(Ladder(), InterceptedTables(world.tables, calls), MemoryArtifacts())
    for one in (view, again):
        await one.follow(0, tail)
        await one.follow(0, tail[1:])
    assert await world.shown() == before
    assert not [call for call in calls.made if call.startswith("commit")]


async def test_an_event_that_cannot_be_applied_halts_this_view_in_this_shard(world: World) -> None:
    await say(world.log, 4, 13, 9)
    await say(world.log, 6, shard=1)
    ladder = Ladder(poison={13})
    halting, sound = world.view(ladder), View(Ladder(name="other"), world.tables, MemoryArtifacts())
    runner = Runner(world.log, [halting, sound])
    with pytest.raises(ExceptionGroup) as failed:
        await runner.sweep()
    assert failed.group_contains(Poisoned)
    assert (await world.checkpoint(0)).cells == {"position": 1, "halted": "Poisoned: number 13"}
    assert (await world.checkpoint(1)).cells == {"position": 1}
    assert [key[:1] for _, key, _ in await world.shown()] == [*"nrrrr", *"nrrrrrr"]
    assert await table(await world.tables.open("otherv1")) == await undisturbed(world.log)
    ladder.poison.clear()
    await runner.sweep()
    assert await world.shown() == await undisturbed(world.log)
    assert (await world.checkpoint(0)).cells == {"position": 3}


async def test_while_it_is_halted_nothing_is_written_over_and_over(world: World) -> None:
    await say(world.log, 4, 13)
    runner = Runner(world.log, [world.view(Ladder(poison={13}))])
    etags = set()
    for _ in range(3):
        with pytest.raises(ExceptionGroup):
            await runner.catch_up(0)
        etags.add((await world.checkpoint(0)).etag)
    assert len(etags) == 1


async def test_an_event_whose_rows_storage_refuses_halts_behind_the_good_ones(
    world: World,
) -> None:
    class Wide(Ladder):
        def apply(self, recorded: Recorded, *seen: object) -> Sequence[Change]:
            changes = Ladder.apply(self, recorded, *seen)  # type: ignore[arg-type]
            wide = [Set("wide", {"text": "x" * 40_000})] if recorded.position == 3 else []
            return [*changes, *wide]

    await say(world.log, 4, 5, 6, 7)
    with pytest.raises(ExceptionGroup):
        await Runner(world.log, [world.view(Wide())]).catch_up(0)
    halted = (await world.checkpoint(0)).cells
    assert (halted["position"], str(halted["halted"])[:14]) == (2, "LimitExceeded:")
    assert len(await world.shown()) == 6
    await Runner(world.log, [world.view()]).catch_up(0)
    assert await world.shown() == await undisturbed(world.log)


async def test_a_reason_that_cannot_be_written_down_is_said_with_the_error(world: World) -> None:
    await say(world.log, 13)
    lost = Faults(frozenset({4}), Loss.REQUEST)
    tables = InterceptedTables(world.tables, lost)
    view = View(Ladder(poison={13}), tables, MemoryArtifacts())
    await world.tables.open(TABLE)
    with pytest.raises(ExceptionGroup) as failed:
        await Runner(world.log, [view]).catch_up(0)
    (poisoned,) = failed.value.exceptions
    assert "could not be written down" in poisoned.__notes__[0]
    with pytest.raises(ExceptionGroup):
        await Runner(world.log, [view]).catch_up(0)
    assert (await world.checkpoint(0)).cells["halted"] == "Poisoned: number 13"


async def test_what_goes_wrong_behind_a_rival_is_looked_at_again(world: World) -> None:
    await say(world.log, 4)
    slow, rival = world.view(ladder := Ladder()), world.view()
    await Runner(world.log, [slow]).catch_up(0)
    await say(world.log, 5, 13)
    await Runner(world.log, [rival]).catch_up(0)
    ladder.poison.add(5)
    with pytest.raises(RowConflict):
        await slow.follow(0, await world.log.read(0, after=1))
    await Runner(world.log, [slow]).catch_up(0)
    assert (await world.checkpoint(0)).cells == {"position": 3}


@pytest.mark.parametrize("seed", range(8))
async def test_rivals_neither_lose_nor_double_anything(world: World, seed: int) -> None:
    jittered = InterceptedTables(world.tables, Jitter(seed))
    rivals = [
        Runner(world.log, [View(Ladder(), jittered, MemoryArtifacts())]),
        Runner(world.log, [View(Ladder(), jittered, MemoryArtifacts())]),
    ]
    seen: list[int] = []
    for round_ in range(4):
        await say(world.log, 230 - round_ * 70, 1, 150, round_)
        await asyncio.gather(
            *(rival.catch_up(0) for rival in rivals for _ in range(2)), _note(world, seen)
        )
    assert await world.shown() == await undisturbed(world.log)
    assert seen == sorted(seen)
    assert (await world.checkpoint(0)).cells["position"] == 16


async def _note(world: World, seen: list[int]) -> None:
    """Where the checkpoint stands, again and again."""
    rows = await world.rows()
    for _ in range(50):
        row = await rows.get("000", "!checkpoint")
        seen.append(int(row.cells["position"]) if row else 0)
        await asyncio.sleep(0)


async def test_a_rival_that_was_left_behind_writes_nothing_old(world: World) -> None:
    slow, quick = world.view(), world.view()
    await say(world.log, 5)
    tail = await world.log.read(0, after=0)
    await slow.follow(0, tail)
    await quick.position(0)
    await say(world.log, 8, 2)
    await Runner(world.log, [quick]).catch_up(0)
    await say(world.log, 6)
    await Runner(world.log, [slow]).catch_up(0)
    assert await world.shown() == await undisturbed(world.log)
    assert (await world.checkpoint(0)).cells == {"position": 4}


async def test_a_rival_that_settled_first_is_no_trouble(world: World) -> None:
    ladder = Ladder()
    await say(world.log, 0)
    ours, theirs = (Runner(world.log, [world.view(ladder)]) for _ in range(2))
    for _ in range(2):
        await ours.sweep()
        await theirs.sweep()
    await say(world.log, *[0] * 3)
    await ours.catch_up(0)
    await theirs.catch_up(0)
    await theirs.sweep()
    await ours.sweep()
    assert (await world.checkpoint(0)).cells == {"position": 4}


async def test_settling_that_fails_is_tried_again(world: World) -> None:
    await say(world.log, 2, 2, 2)
    lost = Faults(frozenset({5}), Loss.ANSWER)
    view = View(Ladder(), InterceptedTables(world.tables, lost), MemoryArtifacts())
    runner = Runner(world.log, [view])
    await runner.catch_up(0)
    await say(world.log, 2)
    await runner.catch_up(0)
    with pytest.raises(ExceptionGroup) as failed:
        await runner.sweep()
    assert failed.group_contains(StorageUnavailable)
    await runner.sweep()
    assert (await world.checkpoint(0)).cells == {"position": 4}


async def test_a_table_that_was_dropped_comes_back_with_the_next_process(world: World) -> None:
    await say(world.log, 120, 4, 30)
    await Runner(world.log, [world.view()]).sweep()
    await world.tables.drop(TABLE)
    await Runner(world.log, [world.view()]).sweep()
    assert await world.shown() == await undisturbed(world.log)


async def test_without_any_effect_the_checkpoint_is_written_now_and_then(world: World) -> None:
    await say(world.log, *[0] * 201)
    view = world.view()
    tail = await world.log.read(0, after=0)
    await view.follow(0, tail[:1])
    await view.follow(0, tail[:200])
    assert (await world.checkpoint(0)).cells == {"position": 1}
    await view.follow(0, tail)
    assert (await world.checkpoint(0)).cells == {"position": 201}


@dataclass(slots=True)
class Stopped:
    """Cancels whoever makes the call of that number, before or after it is made."""

    at: int
    made: bool
    calls: int = 0

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        self.calls += 1
        if self.calls != self.at:
            return await do()
        if self.made:
            await do()
        raise asyncio.CancelledError


@pytest.mark.parametrize("made", [False, True])
@pytest.mark.parametrize("call", range(1, 9))
async def test_who_is_stopped_in_the_middle_forgets_what_was_not_written(
    world: World, call: int, made: bool
) -> None:
    await say(world.log, 3, 120, 5)
    stopped = InterceptedTables(world.tables, Stopped(call, made))
    runner = Runner(world.log, [View(Ladder(), stopped, MemoryArtifacts())])
    for _ in range(3):
        with suppress(asyncio.CancelledError):
            await runner.sweep()
    assert await world.shown() == await undisturbed(world.log)
    assert (await world.checkpoint(0)).cells == {"position": 3}
