"""Events that cannot be applied, those who mend them, and rebuilds all the while, as Hypothesis
thinks of them (P6 to P8, P14).

Two processes follow ladders in two shards. One number cannot be applied until the code is mended,
one never can. Administrators try again and give up, rebuilds are asked for, worked on and called
off, calls are lost, processes die. In the end all is mended or given up, and the view shows what
the log says without what was given up: followed as well as made anew.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from core.domain.events import EventSkipped, ImagePulled, RebuildRequested
from core.domain.ids import upkeep_stream
from core.domain.recorded import Recorded
from core.errors import NotNow, PratiqueError, StorageUnavailable
from core.projections.view import View
from core.rebuilding.mending import Mending, Place
from core.rebuilding.standing import Followers, ShardStanding
from core.storage.memory import MemoryArtifacts, MemoryTables
from tests.faults.storage import Faults, Loss, ProcessDied
from tests.support.campaign import Campaign
from tests.support.ladders import TABLE, Ladder, Table, table
from tests.support.rebuilding import SHARDS, Process, Site
from tests.support.tally import number_of

BROKEN, HOPELESS = 4, 5
"""The number that cannot be applied for now, and the one that never can."""
LOOKS = 40
"""Times that what is left is mended before that is given up."""

type Trouble = tuple[Loss, int, bool] | None
"""A call that is lost, which, and whether the process dies of it."""

processes, shards = st.integers(0, 1), st.integers(0, SHARDS - 1)
troubles = st.none() | st.tuples(st.sampled_from(Loss), st.integers(1, 25), st.booleans())


class MendingMachine(RuleBasedStateMachine):
    """A view, two processes that follow it, and those who look after it."""

    walked = 0

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.site = Site()
        self.poison = {BROKEN, HOPELESS}
        self.faults = [Faults(frozenset(), Loss.REQUEST) for _ in range(2)]

    @initialize()
    def begin(self) -> None:
        self.processes = [self.runner.run(self._process(number)) for number in range(2)]

    async def _process(self, number: int) -> Process:
        return await self.site.process(Ladder(poison=self.poison), by=self.faults[number])

    @rule(numbers=st.lists(st.integers(0, 5), min_size=1, max_size=4), shard=shards, stream=shards)
    def say(self, numbers: list[int], shard: int, stream: int) -> None:
        """Something is recorded, and nobody is told."""
        self.runner.run(self.site.say(*numbers, shard=shard, stream=stream))

    @rule(broken=st.booleans())
    def deploy(self, broken: bool) -> None:
        """The code is mended, or broken again."""
        (self.poison.add if broken else self.poison.discard)(BROKEN)

    @rule(number=processes, shard=shards, trouble=troubles)
    def hint(self, number: int, shard: int, trouble: Trouble) -> None:
        """A process is told of a shard. What it cannot apply holds up nothing else (P8)."""
        process = self.processes[number]
        self._do(number, trouble, lambda: process.runner.catch_up(shard))
        if trouble is None:
            position = self.runner.run(process.live.position(shard))
            assert position == self.runner.run(process.log.head(shard)).position

    @rule(number=processes, trouble=troubles)
    def tick(self, number: int, trouble: Trouble) -> None:
        """The timer goes off, and a minute later somebody may take up a rebuild."""
        self._do(number, trouble, self.processes[number].sweep.tick)
        self.site.clock.pass_by(timedelta(minutes=1))

    @rule(number=processes, trouble=troubles)
    def ask(self, number: int, trouble: Trouble) -> None:
        """Somebody wants the view made anew."""
        one = self.processes[number]
        self._do(number, trouble, lambda: one.rebuilder.ask(one.projection, by="a", reason="b"))

    @rule(number=processes, trouble=troubles)
    def work(self, number: int, trouble: Trouble) -> None:
        """A process works on what is asked for."""
        one = self.processes[number]
        self._do(number, trouble, lambda: one.rebuilder.work(one.projection))

    @rule(number=processes, trouble=troubles)
    def cancel(self, number: int, trouble: Trouble) -> None:
        """Somebody wants it no more."""
        one = self.processes[number]
        self._do(number, trouble, lambda: one.rebuilder.cancel(one.projection, by="a", reason="b"))

    @rule(number=processes, shard=shards, trouble=troubles)
    def mend(self, number: int, shard: int, trouble: Trouble) -> None:
        """Somebody does something about what is parked; no checkpoint moves by that (P14)."""
        before = self.runner.run(self._standing(shard)).position
        self._do(number, trouble, lambda: self._mend(self.processes[number], shard))
        assert self.runner.run(self._standing(shard)).position == before

    def _do(self, number: int, trouble: Trouble, do: Callable[[], Awaitable[object]]) -> None:
        """Do it in that process, which may fail as storage fails, be refused, or die."""
        type(self).walked += 1
        faults = self.faults[number]
        if trouble is not None:
            faults.loss, first, dies = trouble
            faults.calls, faults.at = 0, frozenset({first})
            faults.error = ProcessDied if dies else StorageUnavailable
        try:
            self.runner.run(_done(do))
        except ProcessDied:
            faults.at = frozenset()
            self.processes[number] = self.runner.run(self._process(number))
        except ExceptionGroup as failed:
            if failed.split(PratiqueError)[1] is not None:
                raise
        except PratiqueError as failed:
            if trouble is None and not isinstance(failed, NotNow):
                raise
        faults.at = frozenset()

    async def _standing(self, shard: int) -> ShardStanding:
        """How the table that is read stands, as somebody sees it who has just come."""
        standing = await (await _followers(await self.site.process())).one("ladder")
        assert standing is not None
        return standing.shards[shard]

    async def _mend(self, process: Process, shard: int) -> None:
        """Give up the first event of a stream that is hopeless, and try any other again."""
        mending = Mending(
            process.log, process.views, process.runner, await _followers(process), self.site.clock
        )
        self.site.clock.pass_by(timedelta(seconds=1))
        parked = {
            one.stream: one.position for one in reversed((await self._standing(shard)).parked)
        }
        for position in parked.values():
            (recorded,) = await (await self.site.log()).read(shard, after=position - 1, limit=1)
            act = mending.skip if number_of(recorded) == HOPELESS else mending.retry
            place = Place(follower="ladder", shard=shard, position=position)
            await act(place, by="a", reason="b")

    def teardown(self) -> None:
        """The code is mended, storage answers: everything comes to its end."""
        self.poison.discard(BROKEN)
        self.runner.run(self._end())
        self.runner.close()

    async def _end(self) -> None:
        ours = await self._process(0)
        for _ in range(2):
            await self._settle(ours)
            expected = await _expected(self.site)
            assert [await one.shown() for one in (*self.processes, ours)] == [expected] * 3
            with suppress(NotNow):
                await ours.rebuilder.ask(ours.projection, by="a", reason="to compare")
            rebuild = await self.site.to_the_end(ours)
        report = rebuild.report
        assert (report.differing, report.lost, report.gained, report.uneven) == (0, 0, 0, ())
        await self._check_facts()

    async def _settle(self, ours: Process) -> None:
        """Nothing is left to be followed, mended, or made anew."""
        with suppress(AssertionError):
            await self.site.to_the_end(ours)
        for _ in range(LOOKS):
            await ours.runner.sweep()
            standings = [await self._standing(shard) for shard in range(SHARDS)]
            if not any(one.parked for one in standings):
                return
            for shard in range(SHARDS):
                await self._mend(ours, shard)
        raise AssertionError("something stays parked for ever")

    async def _check_facts(self) -> None:
        """Who asked, and what was given up, stands in the log once."""
        log = await self.site.log()
        facts = [one.event for one in await log.history(upkeep_stream("ladder"))]
        given_up = [(one.shard, one.position) for one in facts if isinstance(one, EventSkipped)]
        hopeless = [
            (shard, one.position)
            for shard in range(SHARDS)
            for one in await log.read(shard, after=0, limit=10_000)
            if _hopeless(one)
        ]
        assert sorted(given_up) == hopeless
        asked = [one.generation for one in facts if isinstance(one, RebuildRequested)]
        assert len(asked) == len(set(asked))


async def _done(do: Callable[[], Awaitable[object]]) -> None:
    await do()


async def _followers(process: Process) -> Followers:
    checkpoints = await process.views.tables.open("processes")
    return Followers(process.log, process.views, checkpoints, [])


async def _expected(site: Site) -> Table:
    """What the log says, without what is hopeless."""
    tables, log = MemoryTables(), await site.log()
    view = View(Ladder(), tables, MemoryArtifacts())
    for shard in range(SHARDS):
        events = await log.read(shard, after=0, limit=10_000)
        await view.follow(shard, [one for one in events if not _hopeless(one)])
    return await table(await tables.open(TABLE))


def _hopeless(recorded: Recorded) -> bool:
    return isinstance(recorded.event, ImagePulled) and number_of(recorded) == HOPELESS


@pytest.mark.timeout(1200)
def test_whatever_is_mended_given_up_or_made_anew_the_view_is_what_the_log_says(
    campaign: Campaign,
) -> None:
    class Counted(MendingMachine):
        walked = 0

    examples, length = campaign.pick((150, 80), (6, 25))
    run_state_machine_as_test(
        Counted,
        settings=settings(max_examples=examples, stateful_step_count=length, deadline=None),
    )
    campaign.tried(f"parked events and rebuilds: {Counted.walked:,} steps of two processes")
