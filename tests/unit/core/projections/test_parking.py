"""What cannot be applied is set aside with its stream, and halts nobody else (P6, P8, P14)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.ids import upkeep_stream
from core.domain.upkeep import UPKEEP, SkipEvent
from core.log.handle import handle
from core.projections.parking import MOST, Parked, parked_of
from tests.support.ladders import TABLE, Ladder
from tests.support.rebuilding import Process, Site, undisturbed
from tests.support.tables import all_rows
from tests.support.tally import cause


async def parked(site: Site, table: str = TABLE) -> list[Parked]:
    """What stands aside, oldest first."""
    rows = await all_rows(await site.tables.open(table))
    return [parked_of(row) for row in rows if row.key.startswith("!parked|")]


async def checkpoint(site: Site, shard: int = 0) -> object:
    """The shard's checkpoint, as storage has it."""
    row = await (await site.tables.open(TABLE)).get(f"{shard:03d}", "!checkpoint")
    return dict(row.cells) if row is not None else None


async def replay(site: Site, process: Process, position: int, shard: int = 0) -> str | None:
    """Try a parked event again."""
    (recorded,) = await process.log.read(shard, after=position - 1, limit=1)
    return await process.live.replay(recorded)


async def test_all_other_streams_go_on_and_the_poisoned_one_waits_as_it_was() -> None:
    site, ladder = Site(), Ladder(poison={13})
    process = await site.process(ladder)
    await site.say(4, 13, 9)
    await site.say(2, 6, stream=1)
    await process.runner.catch_up(0)
    assert [(one.position, one.error[:9]) for one in await parked(site)] == [
        (2, "Poisoned:"),
        (3, "waits for"),
    ]
    assert await checkpoint(site) == {"position": 5, "parked": 2}
    lengths = [cells["length"] for _, key, cells in await process.shown() if key[0] == "n"]
    assert sorted(str(one) for one in lengths) == ["4", "6"]


async def test_replayed_in_order_it_is_as_if_nothing_had_ever_been() -> None:
    site, ladder = Site(), Ladder(poison={13})
    process = await site.process(ladder)
    await site.say(4, 13, 120, 9)
    await site.say(2, 6, stream=1)
    await process.runner.sweep()
    before = await checkpoint(site)
    assert await replay(site, process, 2) == "Poisoned: number 13"
    assert await replay(site, process, 3) == "waits for the event of its stream at position 2"
    assert await checkpoint(site) == before
    ladder.poison.clear()
    for position in (2, 3, 4):
        assert await replay(site, process, position) is None
    assert await parked(site) == []
    assert await checkpoint(site) == {"position": 6}
    assert await process.shown() == await undisturbed(process.log)
    assert await replay(site, process, 2) is None
    assert await process.shown() == await undisturbed(process.log)


async def test_another_process_keeps_the_stream_aside_and_goes_on_behind_a_replay() -> None:
    site, ladder = Site(), Ladder(poison={13})
    ours, theirs = await site.process(ladder), await site.process(ladder)
    await site.say(4, 13)
    await ours.runner.sweep()
    await site.say(7)
    await theirs.runner.sweep()
    assert [one.position for one in await parked(site)] == [2, 3]
    ladder.poison.clear()
    assert [await replay(site, theirs, one) for one in (2, 3)] == [None, None]
    await site.say(8, 3)
    await ours.runner.sweep()
    assert await parked(site) == []
    assert await ours.shown() == await undisturbed(ours.log)


async def test_a_poisoned_event_that_was_given_up_is_passed_by_in_a_rebuild_too() -> None:
    site, ladder = Site(), Ladder(poison={13})
    process = await site.process(ladder)
    await site.say(4, 13, 9)
    await process.runner.sweep()
    skip = SkipEvent(follower="ladder", shard=0, position=2, by="us", reason="hopeless")
    await handle(process.log, UPKEEP, upkeep_stream("ladder"), skip, cause("skipped"))
    assert [await replay(site, process, one) for one in (2, 3)] == [None, None]
    before = await process.shown()
    await process.rebuilder.ask(process.projection, by="us", reason="to compare")
    rebuild = await site.to_the_end(process)
    assert await process.shown() == before
    assert (rebuild.report.differing, rebuild.report.lost, rebuild.report.gained) == (0, 0, 0)
    assert await parked(site, rebuild.table) == []


async def test_what_is_parked_is_parked_in_a_rebuild_too_and_moves_over_with_it() -> None:
    site, ladder = Site(), Ladder(poison={13})
    process = await site.process(ladder)
    await site.say(4, 13, 9)
    await process.runner.sweep()
    before = await parked(site)
    await process.rebuilder.ask(process.projection, by="us", reason="to compare")
    rebuild = await site.to_the_end(process)
    assert await parked(site, rebuild.table) == before
    ladder.poison.clear()
    assert [await replay(site, process, one) for one in (2, 3)] == [None, None]
    assert await process.shown() == await undisturbed(process.log)


async def test_when_nearly_everything_is_poison_the_view_halts_after_all() -> None:
    site, ladder = Site(), Ladder(poison={1})
    process = await site.process(ladder)
    await site.say(*[1] * (MOST + 2))
    with pytest.raises(ExceptionGroup):
        await process.runner.catch_up(0)
    assert len(await parked(site)) == MOST
    cells = await checkpoint(site)
    assert isinstance(cells, dict)
    assert (cells["position"], str(cells["halted"])[:14]) == (MOST, "LimitExceeded:")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30)), min_size=1, max_size=15),
    st.sets(st.integers(0, 30), max_size=8),
    st.integers(0, 15),
)
async def test_whatever_is_poison_for_a_while_the_view_ends_as_the_log_says(
    told: list[tuple[int, int]], poison: set[int], mended: int
) -> None:
    site, ladder = Site(), Ladder(poison=set(poison))
    process = await site.process(ladder)
    for number, (stream, length) in enumerate(told):
        if number == mended:
            ladder.poison.clear()
        await site.say(length, stream=stream)
        await process.runner.catch_up(0)
    await process.runner.sweep()
    ladder.poison.clear()
    before = await checkpoint(site)
    for one in await parked(site):
        assert await replay(site, process, one.position) is None
    assert await process.shown() == await undisturbed(process.log)
    assert isinstance(before, dict)
    assert await checkpoint(site) == {"position": before["position"]}
