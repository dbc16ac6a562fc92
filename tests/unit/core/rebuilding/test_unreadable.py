"""An event that cannot be read at all: everybody halts before it and says so, and goes on once it
can be read, or was given up."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.errors import NotNow
from core.log import layout
from core.query.shapes import Json
from core.rebuilding.state import Phase
from core.storage.interface import Cells, Delete, Put, Row
from tests.support.ladders import Ladder
from tests.support.rebuilding import Site
from tests.support.wire import wire
from tests.unit.core.rebuilding.test_management import Office, Stubborn, audit, office, which

type Damage = Callable[[Row], Cells | None]
"""What becomes of an event's row; `None` for nothing."""

DAMAGES: dict[str, Damage] = {
    "a type of tomorrow": lambda row: {**row.cells, "type": "NeverHeardOf"},
    "no stream": lambda row: {name: cell for name, cell in row.cells.items() if name != "stream"},
    "a blob that is gone": lambda row: {**row.cells, "sha256": "0" * 64, "size": 1},
    "no row": lambda row: None,
}


async def damage(site: Site, how: str, position: int) -> Row:
    """Spoil an event of the first shard; what it was."""
    rows = await site.tables.open("log")
    key = layout.event_key(position)
    row = await rows.get("000", key)
    assert row is not None
    cells = DAMAGES[how](row)
    await rows.commit("000", [Delete(key) if cells is None else Put(key, cells)])
    return row


async def halted(one: Office, name: str) -> list[Json]:
    """Where a follower halts, and why."""
    shown = wire(await one.management.one(name, {}))
    assert isinstance(shown, dict)
    assert isinstance(shown["halted"], list)
    return shown["halted"]


@pytest.mark.parametrize("how", DAMAGES)
async def test_everybody_comes_as_far_as_it_and_says_why_they_stop(how: str) -> None:
    site, stubborn = Site(), Stubborn()
    one = await office(site, Ladder(), stubborn)
    await site.say(4, 2, 6, 3)
    await site.say(8, shard=1)
    row = await damage(site, how, 3)
    with pytest.raises(ExceptionGroup):
        await one.runner.sweep()
    for name in ("ladder", "stubborn"):
        (stop,) = await halted(one, name)
        assert isinstance(stop, dict)
        assert (stop["shard"], stop["position"]) == (0, 3)
        assert "shard 0, position 3: " in str(stop["error"])
    assert sorted(stubborn.heard) == [2, 4, 8]
    await (await site.tables.open("log")).commit("000", [Put(row.key, row.cells)])
    await one.runner.sweep()
    assert sorted(stubborn.heard) == [2, 3, 4, 6, 8]
    assert await halted(one, "ladder") == await halted(one, "stubborn") == []


@pytest.mark.parametrize("how", DAMAGES)
async def test_whoever_gives_it_up_goes_on_alone_and_the_log_says_who(how: str) -> None:
    site, stubborn = Site(), Stubborn()
    one = await office(site, Ladder(), stubborn)
    await site.say(4, 2, 3)
    row = await damage(site, how, 2)
    with pytest.raises(ExceptionGroup):
        await one.runner.sweep()
    assert wire(await one.management.skip("stubborn", which(2, reason="lost"), "me")) == {
        "done": [2],
        "waits": None,
    }
    assert (stubborn.heard, await halted(one, "stubborn")) == ([4, 3], [])
    retried = wire(await one.management.retry("ladder", which(2), "me"))
    assert isinstance(retried, dict)
    assert retried["done"] == []
    assert len(await halted(one, "ladder")) == 1
    await (await site.tables.open("log")).commit("000", [Put(row.key, row.cells)])
    site.clock.pass_by(timedelta(minutes=1))
    assert wire(await one.management.retry("ladder", which(2, reason="found"), "me")) == {
        "done": [2],
        "waits": None,
    }
    with pytest.raises(NotNow):
        await one.management.skip("ladder", which(2), "me")
    assert [told for told, *_ in await audit(site, "ladder")] == ["EventRetried"] * 2
    assert await audit(site, "stubborn") == [("EventSkipped", 2, "me", "lost")]


async def test_whoever_goes_on_past_an_event_without_effect_is_shown_as_halted_no_more() -> None:
    site, stubborn = Site(), Stubborn()
    one = await office(site, Ladder(), stubborn)
    await site.say(2, 2)
    row = await damage(site, "a type of tomorrow", 2)
    with pytest.raises(ExceptionGroup):
        await one.runner.catch_up(0)
    assert len(await halted(one, "ladder")) == len(await halted(one, "stubborn")) == 1
    await (await site.tables.open("log")).commit("000", [Put(row.key, row.cells)])
    await one.runner.catch_up(0)
    assert await halted(one, "ladder") == await halted(one, "stubborn") == []


async def test_a_rebuild_halts_there_too_until_it_was_given_up_for_the_view() -> None:
    site = Site()
    one = await office(site, Ladder())
    process = one.process
    await site.say(4, 2, 3)
    await damage(site, "no row", 2)
    await process.rebuilder.ask(process.projection, by="me", reason="to see")
    await process.rebuilder.work(process.projection)
    stuck = await site.rebuild()
    assert (stuck.phase, "position 2" in stuck.error) == (Phase.FOLDING, True)
    with pytest.raises(ExceptionGroup):
        await one.runner.sweep()
    await one.management.skip("ladder", which(2), "me")
    seen = await process.shown()
    done = await site.to_the_end(process)
    assert (done.phase, done.error, done.report.differing) == (Phase.DONE, "", 0)
    assert await process.shown() == seen
