"""A view is made anew beside itself, whoever dies or races, and nobody reads a half of it (P7,
P11)."""

import asyncio
import itertools
from datetime import timedelta

import pytest

from core.domain.events import RebuildRequested
from core.domain.ids import upkeep_stream
from core.errors import NotNow, StorageUnavailable
from core.projections.interface import table_name
from core.rebuilding.rebuilder import GRACE, PATIENCE
from core.rebuilding.state import Phase
from core.storage.interface import Delete, Put
from tests.faults.storage import Calls, Faults, Interceptor, Jitter, Loss, Meanwhile, ProcessDied
from tests.support.ladders import TABLE, Ladder
from tests.support.rebuilding import SHARDS, Process, Site, undisturbed

NEW = "ladderv1g2"
FOREVER = 100_000


async def asked(site: Site, process: Process) -> None:
    """A few events, folded, and a rebuild that somebody wants."""
    await site.say(3, 120, 2)
    await site.say(7, shard=1)
    await process.runner.sweep()
    await process.rebuilder.ask(process.projection, by="somebody", reason="to see")


async def facts(site: Site) -> list[RebuildRequested]:
    """What the log says of rebuilds."""
    history = await (await site.log()).history(upkeep_stream("ladder"))
    return [one.event for one in history if isinstance(one.event, RebuildRequested)]


async def test_it_is_folded_compared_flipped_and_the_old_table_goes() -> None:
    site = Site()
    process = await site.process()
    await asked(site, process)
    before = await process.shown()
    await process.rebuilder.work(process.projection)
    rebuild = await site.rebuild()
    assert rebuild.phase is Phase.RETIRING
    assert (rebuild.report.equal, rebuild.report.shards) == (len(before), SHARDS)
    assert (rebuild.report.differing, rebuild.report.lost, rebuild.report.gained) == (0, 0, 0)
    assert (rebuild.report.uneven, rebuild.report.examples) == ((), ())
    assert await process.shown() == before == await undisturbed(process.log)
    assert await site.there(TABLE)
    site.clock.pass_by(GRACE)
    await process.rebuilder.work(process.projection)
    assert (await site.rebuild()).phase is Phase.DONE
    assert not await site.there(TABLE)
    assert await process.shown() == before
    (fact,) = await facts(site)
    assert (fact.by, fact.reason, fact.generation) == ("somebody", "to see", 2)


async def test_what_was_lost_changed_or_made_up_is_told_and_mended() -> None:
    site = Site()
    process = await site.process()
    await asked(site, process)
    rows = await site.tables.open(TABLE)
    (_, ladder, _), (_, first, _), (_, second, cells), *_ = await process.shown()
    await rows.commit(
        "000", [Delete(first), Put(second, {**cells, "of": 99}), Put("x|1", {"n": 1})]
    )
    await process.rebuilder.work(process.projection)
    report = (await site.rebuild()).report
    assert (report.gained, report.differing, report.lost) == (1, 1, 1)
    assert {(one.key, one.why) for one in report.examples} == {
        (first, "is new"),
        (second, "differs in of"),
        ("x|1", "is gone"),
    }
    assert ladder not in {one.key for one in report.examples}
    assert await process.shown() == await undisturbed(process.log)


async def test_a_second_one_is_refused_while_the_first_is_under_way() -> None:
    site = Site()
    process = await site.process()
    await asked(site, process)
    with pytest.raises(NotNow, match="being rebuilt already"):
        await process.rebuilder.ask(process.projection, by="another", reason="too")
    await site.to_the_end(process)
    again = await process.rebuilder.ask(process.projection, by="another", reason="too")
    assert again.table == "ladderv1g3"
    await site.to_the_end(process)
    assert [fact.by for fact in await facts(site)] == ["somebody", "another"]
    assert await process.shown() == await undisturbed(process.log)


async def test_of_two_who_ask_at_once_one_is_told_that_the_other_was_quicker() -> None:
    site = Site()
    processes = [await site.process(by=Jitter(seed)) for seed in range(2)]
    answers = await asyncio.gather(
        *(one.rebuilder.ask(one.projection, by="us", reason="now") for one in processes),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in answers) == ["NotNow", "Rebuild"]
    await site.to_the_end(processes[0])
    assert len(await facts(site)) == 1


async def test_a_process_that_has_not_heard_yet_loses_nothing() -> None:
    site = Site()
    ours, theirs = await site.process(), await site.process(fresh=3600.0)
    await asked(site, ours)
    await theirs.runner.sweep()
    await ours.rebuilder.work(ours.projection)
    await site.say(5)
    await theirs.runner.sweep()
    assert await theirs.shown() == await undisturbed(ours.log)
    site.clock.pass_by(GRACE)
    await ours.rebuilder.work(ours.projection)
    assert await ours.shown() == await undisturbed(ours.log)


async def test_who_has_heard_reads_and_folds_the_new_table_without_a_restart() -> None:
    site = Site()
    ours, theirs = await site.process(), await site.process()
    await asked(site, ours)
    await theirs.runner.sweep()
    await site.to_the_end(ours)
    await site.say(9)
    await theirs.runner.catch_up(0)
    assert await theirs.shown() == await ours.shown() == await undisturbed(ours.log)
    assert not await site.there(TABLE)


async def test_what_is_recorded_meanwhile_is_in_it() -> None:
    site = Site()
    process = await site.process()
    await asked(site, process)
    await process.rebuilder.work(process.projection, seconds=-1.0)
    assert (await site.rebuild()).running
    await site.say(11, 1)
    await process.runner.catch_up(0)
    rebuild = await site.to_the_end(process)
    assert (rebuild.report.differing, rebuild.report.uneven) == (0, ())
    assert await process.shown() == await undisturbed(process.log)


async def test_from_the_flip_on_a_reader_sees_all_that_the_old_table_showed() -> None:
    site, seen = Site(), []

    async def look() -> None:
        seen.append(await (await site.process()).shown())

    at_the_flip = Meanwhile(after="commit 2", then=look, done=True)
    process = await site.process(by=at_the_flip)
    await asked(site, process)
    while (await site.rebuild()).report.shards < SHARDS:
        await process.rebuilder.work(process.projection, seconds=0)
    await site.say(9)  # behind the comparison, and before the flip
    await process.runner.catch_up(0)
    before = await process.shown()
    at_the_flip.done = False
    await process.rebuilder.work(process.projection, seconds=0)
    assert seen == [before]


async def test_short_slices_come_to_the_same_end_and_ask_for_each_other() -> None:
    site = Site()
    process = await site.process()
    await asked(site, process)
    slices = 0
    while site.queues.messages.get("rebuilds"):
        site.queues.messages["rebuilds"].clear()
        await process.rebuilder.work(process.projection, seconds=0.0)
        slices += 1
    assert slices > 1
    assert (await site.rebuild()).phase is Phase.RETIRING
    assert await process.shown() == await undisturbed(process.log)


async def test_with_every_message_lost_the_sweep_brings_it_to_its_end() -> None:
    site = Site()
    process = await site.process()
    await asked(site, process)
    for _ in range(5):
        site.queues.messages.clear()
        site.clock.pass_by(PATIENCE)
        await process.rebuilder.look()
    assert (await site.rebuild()).phase is Phase.DONE
    assert await process.shown() == await undisturbed(process.log)


async def test_the_sweep_leaves_a_rebuild_alone_that_somebody_works_on() -> None:
    site = Site()
    process = await site.process()
    await asked(site, process)
    site.clock.pass_by(PATIENCE - timedelta(seconds=1))
    await process.rebuilder.look()
    assert (await site.rebuild()).phase is Phase.FOLDING


async def test_a_new_version_is_rebuilt_by_itself_while_the_old_one_is_read() -> None:
    site = Site()
    old = await site.process()
    await site.say(4, 2)
    await old.runner.sweep()
    await old.rebuilder.ask(old.projection, by="us", reason="so that there is a row")
    await site.to_the_end(old)
    new = await site.process(Ladder(version=2))
    with pytest.raises(ExceptionGroup, match="could not go on"):
        await new.runner.catch_up(0)
    assert await new.shown() == await undisturbed(old.log)
    await new.rebuilder.look()
    assert (await facts(site))[-1:] != []
    await site.to_the_end(new)
    await site.say(8)
    await new.runner.sweep()
    assert (await site.rebuild()).table == "ladderv2g3"
    assert (await facts(site))[-1].by == "new-version"
    assert await new.shown() == await undisturbed(new.log)
    with pytest.raises(ExceptionGroup, match="could not go on"):
        await old.runner.catch_up(0)
    await old.rebuilder.look()
    assert (await site.rebuild()).phase is Phase.DONE


async def test_a_view_that_halts_in_a_rebuild_says_so_and_goes_on_when_it_can() -> None:
    site = Site()
    ladder = Ladder()
    process = await site.process(ladder, halts=True)
    await asked(site, process)
    ladder.poison.add(120)
    for _ in range(2):
        await process.rebuilder.work(process.projection)
        stuck = await site.rebuild()
        assert (stuck.phase, stuck.error) == (Phase.FOLDING, "Poisoned: number 120")
    assert await process.shown() == await undisturbed(process.log)
    ladder.poison.clear()
    await site.to_the_end(process)
    assert (await site.rebuild()).error == ""


async def test_an_old_table_that_is_halted_or_gone_is_no_obstacle() -> None:
    site = Site()
    halted, sound = await site.process(Ladder(poison={120}), halts=True), await site.process()
    await site.say(3, 120, 2)
    with pytest.raises(ExceptionGroup):
        await halted.runner.sweep()
    await sound.rebuilder.ask(sound.projection, by="us", reason="it is mended")
    await site.tables.drop(TABLE)
    await site.to_the_end(sound)
    assert await sound.shown() == await undisturbed(sound.log)


async def test_rivals_come_to_the_same_end() -> None:
    for seed in range(6):
        site = Site()
        processes = [await site.process(by=Jitter(10 * seed + one)) for one in range(2)]
        await asked(site, processes[0])
        await asyncio.gather(*(one.rebuilder.work(one.projection) for one in processes))
        await site.to_the_end(processes[1])
        reader = await site.process()
        assert await reader.shown() == await undisturbed(reader.log)
        assert len(await facts(site)) == 1


async def live_through(site: Site, by: Interceptor) -> None:
    """A rebuild, an event in the middle, and whatever it takes to come to the end: a process that
    dies is followed by one that lives."""
    process: Process | None = None
    told = False
    for _ in range(60):
        try:
            process = process or await site.process(by=by, fresh=FOREVER)
            if not told:
                await process.runner.sweep()
                await process.rebuilder.ask(process.projection, by="somebody", reason="to see")
                told = True
            await process.rebuilder.work(process.projection)
            await process.sweep.tick()
            if not (await site.rebuild()).running:
                return
        except (StorageUnavailable, ExceptionGroup):
            continue
        except NotNow:
            told = True
        except ProcessDied:
            process, by = None, Calls()
        finally:
            site.clock.pass_by(GRACE / 2)
    raise AssertionError("the rebuild does not come to its end")


@pytest.mark.parametrize(
    ("loss", "length"), [(Loss.REQUEST, 1), (Loss.ANSWER, 1), (Loss.REQUEST, FOREVER)]
)
async def test_whichever_call_is_lost_it_comes_to_its_end(loss: Loss, length: int) -> None:
    error = ProcessDied if length == FOREVER else StorageUnavailable
    for first in itertools.count(1, 1 if length == FOREVER else 3):
        site = Site()
        await site.say(2, 100, 1)
        await site.say(3, shard=1)
        faults = Faults(frozenset(range(first, first + length)), loss, error)
        await live_through(site, faults)
        reader = await site.process()
        rebuild = await site.rebuild()
        await site.say(6)
        await reader.runner.sweep()
        assert await reader.shown() == await undisturbed(reader.log), f"a fault at call {first}"
        assert rebuild.phase is Phase.DONE
        assert not await site.there(TABLE), f"a fault at call {first}"
        assert len(await facts(site)) == 1, f"a fault at call {first}"
        assert rebuild.table == table_name(reader.projection, 2) == NEW
        if faults.calls < first:
            break
    assert first > 60, "the walk went over every call"
