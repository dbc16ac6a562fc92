"""A rebuild that is called off leaves the view that is read as it was, and nothing else behind."""

import itertools
import json

import pytest

from core.domain.events import RebuildCancelled
from core.domain.ids import upkeep_stream
from core.errors import InvalidInput, NotNow, StorageUnavailable
from core.rebuilding.cancelling import QUIET
from core.rebuilding.rebuilder import GRACE, PATIENCE
from core.rebuilding.state import Phase, Rebuild
from tests.faults.storage import Calls, Faults, Interceptor, Loss, Meanwhile, ProcessDied
from tests.support.ladders import TABLE, Ladder
from tests.support.rebuilding import Process, Site, undisturbed
from tests.support.wire import wire
from tests.unit.core.rebuilding.test_management import office

NEW = f"{TABLE}g2"
WHY = json.dumps({"reason": "the wrong view"}).encode()
FOREVER = 10_000


async def facts(site: Site) -> list[tuple[int, str, str]]:
    """What the log says of rebuilds that were called off."""
    history = await (await site.log()).history(upkeep_stream("ladder"))
    events = [one.event for one in history if isinstance(one.event, RebuildCancelled)]
    return [(one.generation, one.by, one.reason) for one in events]


async def asked(site: Site, process: Process) -> None:
    """A view with rows, and a rebuild of it."""
    await site.say(4, 2)
    await process.runner.sweep()
    await process.rebuilder.ask(process.projection, by="me", reason="to see")


async def cleared(site: Site, process: Process) -> Rebuild:
    """How it stands once the sweep has looked after it for a while."""
    for _ in range(4):
        site.clock.pass_by(PATIENCE)
        await process.rebuilder.look()
    return await site.rebuild()


async def test_what_is_called_off_is_never_read_and_its_table_goes() -> None:
    site = Site()
    one = await office(site, Ladder())
    await asked(site, one.process)
    shown = wire(await one.management.cancel("ladder", WHY, "me"))
    assert isinstance(shown, dict)
    assert shown["phase"] == "cancelling"
    assert isinstance(shown["cancelled"], dict)
    assert (shown["cancelled"]["by"], shown["cancelled"]["reason"]) == ("me", "the wrong view")
    await one.process.rebuilder.work(one.process.projection)
    assert (await site.rebuild()).phase is Phase.CANCELLING
    assert (await cleared(site, one.process)).phase is Phase.CANCELLED
    assert not await site.there(NEW)
    assert await one.process.shown() == await undisturbed(one.process.log)
    assert await facts(site) == [(2, "me", "the wrong view")]
    again = await one.process.rebuilder.ask(one.process.projection, by="me", reason="after all")
    assert again.generation == 3
    assert (await site.to_the_end(one.process)).phase is Phase.DONE
    assert await one.process.shown() == await undisturbed(one.process.log)


async def test_whoever_works_on_it_stops() -> None:
    site = Site()
    boss = await site.process()
    await asked(site, boss)

    async def call_off() -> None:
        await boss.rebuilder.cancel(boss.projection, by="me", reason="no")

    worker = await site.process(by=Meanwhile(after=f"open {NEW}", then=call_off))
    await worker.rebuilder.work(worker.projection)
    assert (await site.rebuild()).phase is Phase.CANCELLING
    assert (await cleared(site, boss)).phase is Phase.CANCELLED
    assert not await site.there(NEW)
    assert await boss.shown() == await undisturbed(boss.log)


async def test_nothing_is_called_off_that_is_not_under_way() -> None:
    site = Site()
    one = await office(site, Ladder())
    with pytest.raises(NotNow, match="there is no rebuild"):
        await one.management.cancel("ladder", WHY, "me")
    await asked(site, one.process)
    await one.process.rebuilder.work(one.process.projection)
    assert (await site.rebuild()).phase is Phase.RETIRING
    with pytest.raises(NotNow, match="retiring"):
        await one.management.cancel("ladder", WHY, "me")
    site.clock.pass_by(GRACE)
    await one.process.rebuilder.work(one.process.projection)
    with pytest.raises(NotNow, match="done"):
        await one.management.cancel("ladder", WHY, "me")
    with pytest.raises(InvalidInput, match="process manager"):
        await one.management.cancel("stubborn", WHY, "me")
    with pytest.raises(InvalidInput):
        await one.management.cancel("ladder", b"{}", "me")
    assert await one.management.cancel("nobody", WHY, "me") is None
    assert await facts(site) == []


@pytest.mark.parametrize(
    ("loss", "length"), [(Loss.REQUEST, 1), (Loss.ANSWER, 1), (Loss.ANSWER, FOREVER)]
)
async def test_whichever_call_is_lost_it_is_called_off_once(loss: Loss, length: int) -> None:
    error = ProcessDied if length == FOREVER else StorageUnavailable
    for first in itertools.count(1):
        site = Site()
        await asked(site, await site.process())
        faults = Faults(frozenset(range(first, first + length)), loss, error)
        await _call_off(site, faults)
        ended = await cleared(site, await site.process())
        assert ended.phase is Phase.CANCELLED, f"a fault at call {first}"
        assert await facts(site) == [(2, "me", "no")], f"a fault at call {first}"
        assert not await site.there(NEW)
        if faults.calls < first:
            break
    assert first > 8, "the walk went over every call"


async def _call_off(site: Site, by: Interceptor) -> None:
    """Ask until there is an answer, by a new process if the last has died."""
    while True:
        try:
            process = await site.process(by=by)
            await process.rebuilder.cancel(process.projection, by="me", reason="no")
            site.clock.pass_by(QUIET)
            await process.rebuilder.work(process.projection)
        except StorageUnavailable:
            continue
        except ProcessDied:
            by = Calls()
            continue
        except NotNow:
            return
        return
