"""With every hint lost, and tables removed or flipped, the sweep brings everything to the log's
end; and while nothing happens it costs next to nothing (P12, C1)."""

import itertools
from collections import Counter

import pytest

from core.errors import StorageUnavailable
from core.projections.sweep import QUIET, REST
from tests.faults.storage import Calls, Faults, Loss
from tests.support.ladders import TABLE, Ladder
from tests.support.rebuilding import SHARDS, Site, undisturbed


async def test_what_no_hint_announced_is_found() -> None:
    site = Site()
    process = await site.process()
    for numbers in ((3, 120), (5,), (0, 2)):
        await site.say(*numbers)
        await site.say(*numbers, shard=1)
        await process.sweep.tick()
        assert await process.shown() == await undisturbed(process.log)


async def test_a_look_without_news_reads_every_head_and_one_row_of_each_view() -> None:
    site, calls = Site(), Calls()
    process = await site.process(by=calls, fresh=3600.0)
    await site.say(3, 5)
    await site.say(4, shard=1)
    await process.sweep.tick()
    calls.take()
    await process.sweep.tick()
    asked = Counter(call for call in calls.take() if not call.startswith("open"))
    assert asked == {"get !head": SHARDS, "get !checkpoint": 1}


async def test_after_many_looks_without_news_turns_are_left_out_until_there_is_some() -> None:
    site, calls = Site(), Calls()
    process = await site.process(by=calls, fresh=3600.0)
    await site.say(3)
    for _ in range(1 + QUIET):
        await process.sweep.tick()
    looked = []
    for _ in range(2 * REST):
        calls.take()
        await process.sweep.tick()
        looked.append("get !head" in calls.take())
    assert looked.count(True) == 2
    await site.say(9)
    for _ in range(REST):
        await process.sweep.tick()
    assert await process.shown() == await undisturbed(process.log)
    calls.take()
    await process.sweep.tick()
    assert "get !head" in calls.take()


@pytest.mark.parametrize("turn", range(3))
async def test_a_table_that_was_removed_while_nothing_else_happens_comes_back(turn: int) -> None:
    site = Site()
    process = await site.process()
    await site.say(3, 120)
    await site.say(4, shard=1)
    for _ in range(1 + turn):
        await process.sweep.tick()
    await site.tables.drop(TABLE)
    await process.sweep.tick()
    assert await process.shown() == await undisturbed(process.log)


async def test_a_table_that_somebody_has_made_anew_and_left_empty_is_filled() -> None:
    site = Site()
    process = await site.process()
    await site.say(3, 120)
    await site.say(4, shard=1)
    await process.sweep.tick()
    await site.tables.drop(TABLE)
    await site.tables.open(TABLE)
    await process.sweep.tick()
    assert await process.shown() == await undisturbed(process.log)


async def test_the_active_table_of_a_later_generation_comes_back_too() -> None:
    site = Site()
    process = await site.process()
    await site.say(3, 120)
    await process.sweep.tick()
    await process.rebuilder.ask(process.projection, by="us", reason="to have another")
    await site.to_the_end(process)
    await process.sweep.tick()
    await site.tables.drop("ladderv1g2")
    await process.sweep.tick()
    assert await process.shown() == await undisturbed(process.log)
    assert not await site.there(TABLE)


async def test_a_flip_is_followed_though_no_head_has_moved() -> None:
    site = Site()
    ours, theirs = await site.process(), await site.process()
    await site.say(3, 120)
    await theirs.sweep.tick()
    await ours.rebuilder.ask(ours.projection, by="us", reason="to flip")
    await site.to_the_end(ours)
    await site.tables.drop("ladderv1g2")
    await theirs.sweep.tick()
    assert await theirs.shown() == await undisturbed(theirs.log)


async def test_a_shard_that_is_halted_is_tried_again_with_every_look() -> None:
    site, ladder = Site(), Ladder(poison={5})
    process = await site.process(ladder, halts=True)
    await site.say(3, 5, 4)
    for _ in range(QUIET + REST):
        with pytest.raises(ExceptionGroup, match="its end"):
            await process.sweep.tick()
    ladder.poison.clear()
    await process.sweep.tick()
    assert await process.shown() == await undisturbed(process.log)


@pytest.mark.parametrize("loss", Loss)
async def test_whichever_call_is_lost_the_next_looks_find_what_was_left(loss: Loss) -> None:
    for first in itertools.count(1):
        site = Site()
        faults = Faults(frozenset({first}), loss)
        process = None
        await site.say(3, 20)
        await site.say(4, shard=1)
        for turn in range(6):
            try:
                process = process or await site.process(by=faults, fresh=0.0)
                await process.sweep.tick()
            except (StorageUnavailable, ExceptionGroup):
                continue
            if turn == 2:
                await site.tables.drop(TABLE)
        reader = await site.process()
        assert await reader.shown() == await undisturbed(reader.log), f"a fault at call {first}"
        if faults.calls < first:
            break
    assert first > 30, "the walk went over every call"
