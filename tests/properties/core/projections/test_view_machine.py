"""Views and process managers through whatever Hypothesis thinks of (P1 to P6, P9, P10, P12, P13).

Images live, and two rival processes follow the log: hinted now and then or not at all, in batches
of any size, some of them fed what they have seen before, losing requests and answers, dying at any
call and starting anew. In the end only the timers run, and every view shows what the log says.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.errors import RowConflict, StorageUnavailable
from core.log import layout
from core.projections.interface import table_name
from core.projections.partition import CHECKPOINT
from core.projections.runner import Runner
from core.projections.view import View
from core.storage.interface import Row
from tests.faults.storage import Faults, InterceptedArtifacts, InterceptedTables, Loss, ProcessDied
from tests.support.campaign import Campaign
from tests.support.integrity import check_log
from tests.support.oracle import consult
from tests.support.shown import check_views
from tests.support.tables import all_rows
from tests.support.world import NAMES, PROJECTIONS, SHARDS, Step, process, shown, steps, world

processes = st.integers(0, 1)
shards = st.integers(0, SHARDS - 1)


class ViewMachine(RuleBasedStateMachine):
    """A world, and two processes that follow it."""

    walked = 0

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.faults = [Faults(frozenset(), Loss.REQUEST) for _ in range(2)]
        self.checkpoints: dict[tuple[str, str], int] = {}

    def do[T](self, doing: Coroutine[object, object, T]) -> T:
        type(self).walked += 1
        return self.runner.run(doing)

    @initialize()
    def begin(self) -> None:
        self.world = self.runner.run(world())
        for number in range(2):
            self.world.processes[number] = self.runner.run(self._process(number))

    async def _process(self, number: int) -> Runner:
        by = self.faults[number]
        return await process(
            InterceptedTables(self.world.tables, by),
            InterceptedArtifacts(self.world.artifacts, by),
        )

    @rule(life=st.lists(steps, min_size=1, max_size=4))
    def live(self, life: list[Step]) -> None:
        """Something happens to images, and nobody is told."""
        for kind, number, a, b in life:
            self.do(self.world.step(kind or 1, number, a, b))

    @rule(number=processes, shard=shards)
    def hint(self, number: int, shard: int) -> None:
        """A process is told of a shard, with news or without."""
        self.do(self._catch_up(number, shard))

    @rule(
        number=processes,
        shard=shards,
        first=st.integers(1, 30),
        count=st.integers(1, 2),
        loss=st.sampled_from(Loss),
        dies=st.booleans(),
    )
    def interrupted(
        self, number: int, shard: int, first: int, count: int, loss: Loss, dies: bool
    ) -> None:
        """A process is told of a shard, and loses some calls, or dies at one of them."""
        faults = self.faults[number]
        faults.loss, faults.error = loss, ProcessDied if dies else StorageUnavailable
        faults.calls, faults.at = 0, frozenset(range(first, first + count))
        self.do(self._catch_up(number, shard))
        faults.at = frozenset()
        if dies and faults.calls >= first:
            self.restart(number)

    @rule(number=processes)
    def restart(self, number: int) -> None:
        """Another process takes its place."""
        self.world.processes[number] = self.do(self._process(number))

    @rule(
        view=st.sampled_from(PROJECTIONS),
        shard=shards,
        first=st.integers(0, 20),
        count=st.integers(1, 7),
    )
    def replay(self, view: object, shard: int, first: int, count: int) -> None:
        """A process that has just come to know a view is fed any piece of what was."""
        self.do(self._replay(view, shard, first, count))

    async def _catch_up(self, number: int, shard: int) -> None:
        try:
            await self.world.processes[number].catch_up(shard)
        except ProcessDied:
            return
        except ExceptionGroup as failed:
            if failed.split((StorageUnavailable, RowConflict))[1] is not None:
                raise

    async def _replay(self, which: object, shard: int, first: int, count: int) -> None:
        """Only what follows the checkpoint, without a gap, may have an effect."""
        (projection,) = [one for one in PROJECTIONS if one is which]
        view = View(projection, self.world.tables, self.world.artifacts)
        position = await view.position(shard)
        piece = await self.world.log.read(shard, after=min(first, position), limit=count)
        with suppress(RowConflict):
            await view.follow(shard, piece)

    @invariant()
    def no_view_moves_backwards(self) -> None:
        """P5."""
        now = self.runner.run(self._positions())
        assert all(now[place] >= position for place, position in self.checkpoints.items())
        self.checkpoints = now

    async def _positions(self) -> dict[tuple[str, str], int]:
        """How far every view is in every shard that it has written to: asked after each step, so
        nothing else is read."""
        positions: dict[tuple[str, str], int] = {}
        for name in map(table_name, PROJECTIONS):
            rows = await self.world.tables.open(name)
            for partition in map(layout.partition, range(SHARDS)):
                if (row := await rows.get(partition, CHECKPOINT)) is not None:
                    positions[name, partition] = layout.integer(row.cells, "position")
        return positions

    def teardown(self) -> None:
        """With nothing but timers, everything converges; and then nothing more is done."""
        for runner in self.world.processes:
            self.runner.run(runner.sweep())
        oracle = self.runner.run(
            consult(self.world.log, self.world.artifacts, list(NAMES.values()))
        )
        check_views(self.runner.run(shown(self.world.tables)), oracle)
        if oracle.events:
            log = self.runner.run(self.world.tables.open("log"))
            self.runner.run(check_log(log, self.world.artifacts))
        before = self._rows()
        for shard in range(SHARDS):
            self.runner.run(self._catch_up(shard % 2, shard))
        assert self._rows() == before, "a hint without news changes nothing (P13)"
        self.runner.close()

    def _rows(self) -> dict[str, list[Row]]:
        async def read() -> dict[str, list[Row]]:
            names = [table_name(one) for one in PROJECTIONS]
            tables = self.world.tables
            return {name: await all_rows(await tables.open(name)) for name in names}

        return self.runner.run(read())


@pytest.mark.timeout(1200)
def test_views_show_what_the_log_says_whatever_becomes_of_those_who_write_them(
    campaign: Campaign,
) -> None:
    class Counted(ViewMachine):
        walked = 0

    examples, length = campaign.pick((150, 80), (12, 25))
    run_state_machine_as_test(
        Counted,
        settings=settings(max_examples=examples, stateful_step_count=length, deadline=None),
    )
    campaign.tried(f"views against the oracle: {Counted.walked:,} steps of two rival processes")
