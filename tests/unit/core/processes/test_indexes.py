"""An index and its children tell each other, through deletions and pushes anew."""

from dataclasses import replace

import pytest

from core.domain.events import ChildAssessed, Priority
from core.domain.ids import image_stream, scan_id
from core.domain.image import Command
from core.domain.image.commands import RecordAssessment, RecordScan
from core.domain.values import Health, SeverityCounts
from core.log.layout import version_key
from core.log.sharded import open_log
from core.processes.dispatch import SCANS, Dispatch
from core.processes.follower import ProcessFollower
from core.processes.indexes import STARTED, IndexProcess
from core.processes.states import ImageStates
from core.sandbox.outcomes import MAX_CHILDREN
from core.storage.memory import MemoryArtifacts, MemoryQueues, MemoryRows
from tests.faults.storage import Calls, InterceptedRows
from tests.support.following import Followed
from tests.support.images import (
    BAD,
    CLEAN,
    delete,
    finish,
    push,
    read_index,
    request,
    start,
)
from tests.support.samples import image_name

INDEX, FIRST, SECOND = 1, 2, 3


@pytest.fixture
def queues() -> MemoryQueues:
    return MemoryQueues()


@pytest.fixture
async def world(queues: MemoryQueues) -> Followed:
    log = await open_log(MemoryRows(), MemoryArtifacts(), shards=5)
    process = IndexProcess(log, ImageStates(log), Dispatch(queues))
    return Followed(log, ProcessFollower(process, log, MemoryRows()))


def scanned(number: int, counts: SeverityCounts, *, of: int = 1) -> list[Command]:
    """A scan of image `number`, from its start to its end."""
    scan = scan_id(image_stream(image_name(number)), of)
    ended = finish(counts, of=of)
    return [
        replace(start(), scan=scan),
        RecordScan(
            inventory=replace(ended.inventory, scan=scan),
            assessment=replace(ended.assessment, scan=scan),
        ),
    ]


async def read(world: Followed) -> None:
    """The index is pushed and read."""
    await world.tell(INDEX, push(0, number=INDEX), start(), read_index(FIRST, SECOND))


async def test_children_that_nobody_told_of_are_pushed_and_sent_to_be_scanned(
    world: Followed, queues: MemoryQueues
) -> None:
    await read(world)
    for number in (FIRST, SECOND):
        child = await world.image(number)
        assert child.present
        assert list(child.parents) == [image_name(INDEX).digest]
    assert len(queues.messages[SCANS[Priority.PUSH]]) == 2


async def test_an_index_becomes_what_its_children_become(world: Followed) -> None:
    await read(world)
    await world.tell(FIRST, *scanned(FIRST, CLEAN))
    assert (await world.image(INDEX)).health is Health.UNSCANNED
    await world.tell(SECOND, *scanned(SECOND, BAD))
    index = await world.image(INDEX)
    assert (index.health, index.counts) == (Health.UNHEALTHY, BAD)


async def test_children_that_were_scanned_before_are_counted_at_once(world: Followed) -> None:
    for number in (FIRST, SECOND):
        await world.tell(number, push(0, number=number), *scanned(number, CLEAN))
    await read(world)
    assert (await world.image(INDEX)).health is Health.HEALTHY


async def test_an_index_that_was_deleted_and_pushed_anew_hears_of_its_children_again(
    world: Followed,
) -> None:
    await read(world)
    await world.tell(FIRST, *scanned(FIRST, CLEAN))
    await world.tell(SECOND, *scanned(SECOND, CLEAN))
    await world.tell(INDEX, delete(5), push(9, number=INDEX))
    assert (await world.image(INDEX)).health is Health.UNSCANNED
    await world.tell(INDEX, start(of=2, minute=9), read_index(FIRST, SECOND, of=2))
    assert (await world.image(INDEX)).health is Health.HEALTHY


async def test_a_child_that_is_deleted_leaves_the_index_undecided(world: Followed) -> None:
    await read(world)
    await world.tell(FIRST, *scanned(FIRST, CLEAN))
    await world.tell(SECOND, *scanned(SECOND, CLEAN), delete(9))
    assert (await world.image(INDEX)).health is Health.UNSCANNED


async def test_a_child_that_gets_worse_makes_the_index_worse(world: Followed) -> None:
    await read(world)
    await world.tell(FIRST, *scanned(FIRST, CLEAN))
    await world.tell(SECOND, *scanned(SECOND, CLEAN))
    await world.tell(SECOND, request())
    scan = scan_id(image_stream(image_name(SECOND)), 2)
    worse: RecordAssessment = replace(finish(BAD).assessment, scan=scan, advisories_version=2)
    await world.tell(SECOND, worse)
    assert (await world.image(INDEX)).health is Health.UNHEALTHY


async def test_following_everything_again_appends_nothing(world: Followed) -> None:
    await read(world)
    await world.tell(FIRST, *scanned(FIRST, BAD))
    before = await world.events()
    process = IndexProcess(world.log, ImageStates(world.log), Dispatch(MemoryQueues()))
    again = Followed(world.log, ProcessFollower(process, world.log, MemoryRows()))
    await again.settle()
    assert await world.events() == before


async def test_as_many_children_as_may_be_are_told_of_together_and_no_history_is_read_for_them(
    queues: MemoryQueues,
) -> None:
    calls = Calls()
    log = await open_log(InterceptedRows(MemoryRows(), calls), MemoryArtifacts(), shards=2)
    process = IndexProcess(log, ImageStates(log), Dispatch(queues))
    world = Followed(log, ProcessFollower(process, log, MemoryRows()))
    children = range(INDEX + 1, INDEX + 1 + MAX_CHILDREN)
    await world.tell(INDEX, push(0, number=INDEX), start(), read_index(*children))
    assert len(queues.messages[SCANS[Priority.PUSH]]) == STARTED, "each that ends starts the next"
    for child in children:
        await world.give(child, *scanned(child, BAD))
    await world.settle()
    index = await world.image(INDEX)
    assert (index.health, index.counts.total) == (Health.UNHEALTHY, BAD.total * MAX_CHILDREN)
    read = [call for call in calls.made if version_key(world.stream(INDEX), 1) in call]
    assert read == [], "its state stands beside its stream"
    history = await log.history(world.stream(INDEX))
    told = [one.command for one in history if isinstance(one.event, ChildAssessed)]
    assert len(told) >= 2 * MAX_CHILDREN, "each was heard of when it was adopted, and assessed"
    assert len(set(told)) < len(told) / 10
