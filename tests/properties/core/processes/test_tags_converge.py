"""The tag process, interrupted anywhere and run in any order over shards, leaves each tag with one
image: the one that the registry's clock says.
"""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.errors import StorageUnavailable
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.processes.tags import TagProcess
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.faults.storage import Faults, InterceptedRows, Loss
from tests.support.images import push
from tests.support.samples import image_name

SHARDS = 5
IMAGES = (1, 2, 3)


@dataclass(slots=True)
class Interrupted:
    """The tag process over a log, its checkpoints in memory, and a fault now and then."""

    log: EventLog
    faulty: TagProcess
    faults: Faults
    checkpoints: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(SHARDS), 0))

    async def step(self, shard: int, fault: int = 0) -> bool:
        """React to a shard's next event, losing the call `fault`; whether there was one."""
        events = await self.log.read(shard, after=self.checkpoints[shard], limit=1)
        for recorded in events:
            self.faults.calls, self.faults.at = 0, frozenset({fault})
            name = command_id(recorded.shard, recorded.position)
            cause = Cause(command=name, correlation="", causation="")
            try:
                await self.faulty.react(recorded, cause)
            except StorageUnavailable:
                return True
            self.checkpoints[shard] = recorded.position
        return bool(events)

    async def settle(self) -> None:
        """Follow every shard to its end."""
        while any([await self.step(shard) for shard in range(SHARDS)]):
            pass


async def world() -> Interrupted:
    """An empty log, and the process that follows it."""
    rows, artifacts, faults = MemoryRows(), MemoryArtifacts(), Faults(frozenset(), Loss.REQUEST)
    log = await open_log(rows, artifacts, shards=SHARDS)
    faulty = await open_log(InterceptedRows(rows, faults), artifacts, shards=SHARDS)
    return Interrupted(log, TagProcess(faulty), faults)


def image_shard(number: int) -> int:
    """Where an image's stream lives: each of the three in a shard of its own."""
    return int(image_stream(image_name(number))[-8:], 16) % SHARDS


async def push_once(log: EventLog, number: int, minute: int) -> None:
    """A push arrives."""
    name = command_id("push", number, minute)
    cause = Cause(command=name, correlation="", causation="")
    command = push(minute, number=number)
    await handle(log, IMAGE, image_stream(image_name(number)), command, cause)


type Story = list[tuple[tuple[int, int], list[tuple[int, int]]]]
"""Pushes, (image, minute), and after each some steps of the process, (shard, call to lose)."""


def tags_after(story: Story) -> dict[int, tuple[str, ...]]:
    """Which image holds which tags when the process has caught up."""

    async def run() -> dict[int, tuple[str, ...]]:
        process = await world()
        for (number, minute), interrupted in story:
            await push_once(process.log, number, minute)
            for shard, fault in interrupted:
                await process.step(shard, fault)
        await process.settle()
        states = {n: await current(process.log, IMAGE, image_stream(image_name(n))) for n in IMAGES}
        return {number: state.tags for number, state in states.items()}

    return asyncio.run(run())


pushes = st.tuples(st.sampled_from(IMAGES), st.integers(0, 5))
steps = st.lists(st.tuples(st.integers(0, SHARDS - 1), st.integers(0, 9)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(pushes, steps), min_size=1, max_size=6))
def test_a_tag_ends_with_the_image_that_was_pushed_last_and_with_no_other(story: Story) -> None:
    _, last = max((minute, number) for (number, minute), _ in story)
    expected = {number: ("latest",) if number == last else () for number in IMAGES}
    assert tags_after(story) == expected


@pytest.mark.parametrize("call", range(1, 10))
def test_an_image_is_told_of_its_loss_though_its_teller_was_interrupted_and_overtaken(
    call: int,
) -> None:
    first, second, third = (image_shard(number) for number in IMAGES)
    story = [
        ((1, 0), [(first, 0)]),
        ((2, 1), [(second, call)]),
        ((3, 2), [(third, 0)]),
    ]
    assert tags_after(story) == {1: (), 2: (), 3: ("latest",)}
