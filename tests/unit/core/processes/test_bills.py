"""The first completed scan of a digest is billed, once, wherever else the digest is (B1)."""

from dataclasses import replace

import pytest

from core.domain.events import ImageBilled, ImageNotBilled
from core.domain.ids import command_id, image_stream, scan_id
from core.domain.image import IMAGE
from core.domain.values import FailureCause, ImageName, ScanId
from core.log.handle import Cause, handle
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.processes.bills import BillProcess
from core.processes.follower import ProcessFollower
from core.processes.states import ImageStates
from core.storage.memory import MemoryArtifacts, MemoryRows, MemoryTables
from tests.faults.storage import Calls, InterceptedTables
from tests.support.following import Followed
from tests.support.images import (
    fail,
    finish,
    inventory,
    not_applicable,
    push,
    read_index,
    request,
    start,
)
from tests.support.samples import SUBSCRIPTION, image_name


@pytest.fixture
async def world() -> Followed:
    log = await open_log(MemoryRows(), MemoryArtifacts(), shards=5)
    process = BillProcess(log, ImageStates(log))
    followed = Followed(log, ProcessFollower(process, log, MemoryRows()))
    await followed.switch(on=True)
    return followed


async def billed(world: Followed) -> list[ImageBilled]:
    """Every charge in the log."""
    return [one.event for one in await world.events() if isinstance(one.event, ImageBilled)]


async def declined(world: Followed) -> list[tuple[str, str, str]]:
    """Everything in the log that was not charged: where, and why."""
    return [
        (one.event.image.repository, one.event.reason, one.event.cause)
        for one in await world.events()
        if isinstance(one.event, ImageNotBilled)
    ]


async def scan_at(world: Followed, name: ImageName) -> None:
    """Push and scan an image of any name, and follow it to its bill."""
    await scan(world.log, name)
    await world.settle()


async def scan(log: EventLog, name: ImageName) -> None:
    """Push and scan an image of any name."""
    scan = scan_id(image_stream(name), 1)
    for command in (
        replace(push(), image=name),
        replace(start(), scan=scan),
        replace(
            finish(),
            inventory=replace(inventory(), scan=scan),
            assessment=replace(finish().assessment, scan=scan),
        ),
    ):
        cause = Cause(command=command_id(str(name), command), correlation="", causation="")
        await handle(log, IMAGE, image_stream(name), command, cause)


async def test_the_first_completed_scan_is_billed_and_no_other(world: Followed) -> None:
    await world.tell(1, push(), start())
    assert await billed(world) == []
    await world.tell(1, finish(), request(), replace(finish(version=2).assessment, scan=second()))
    (bill,) = await billed(world)
    assert (bill.image, bill.subscription) == (image_name(), SUBSCRIPTION)
    assert bill.scan == scan_id(image_stream(image_name()), 1)


def second() -> ScanId:
    """The name of image 1's second scan."""
    return scan_id(image_stream(image_name()), 2)


async def test_a_digest_in_two_repositories_is_billed_once(world: Followed) -> None:
    await scan_at(world, image_name())
    await scan_at(world, replace(image_name(), repository="other/app"))
    await scan_at(world, image_name(2))
    assert sorted(bill.image.digest for bill in await billed(world)) == [
        image_name(1).digest,
        image_name(2).digest,
    ]

    assert await declined(world) == [
        ("other/app", "billed-before", str(image_name())),
    ]


async def test_what_failed_or_cannot_be_scanned_is_not_billed(world: Followed) -> None:
    await world.tell(1, push(), start(), fail())
    assert await declined(world) == [], "it is tried again"
    await world.tell(1, start(2, minute=10), not_applicable(attempt=2))
    await world.tell(2, push(number=2), replace(start(), scan=first(2)))
    await world.tell(2, replace(fail(FailureCause.PULL_DENIED), scan=first(2)))
    await world.tell(3, push(number=3), replace(start(), scan=first(3)))
    await world.tell(3, replace(read_index(1, 2), scan=first(3)))
    assert await billed(world) == []
    assert sorted(await declined(world)) == [
        ("team/app", "failed", "pull-denied"),
        ("team/app", "index", ""),
        ("team/app", "not-applicable", "windows"),
    ]


async def test_a_digest_that_failed_and_is_scanned_at_last_is_billed(world: Followed) -> None:
    await world.tell(1, push(), start(), fail(FailureCause.PULL_DENIED), finish())
    assert len(await billed(world)) == 1


async def test_a_scan_that_ends_while_the_plan_is_off_is_not_billed(world: Followed) -> None:
    await world.tell(1, push(), start())
    await world.switch(on=False)
    await world.tell(1, finish())
    assert await billed(world) == []
    assert await declined(world) == [("team/app", "plan-off", "")]
    await world.switch(on=True)
    await world.tell(1, request(), replace(finish(version=2).assessment, scan=second()))
    assert [bill.scan for bill in await billed(world)] == [second()]


async def test_a_bill_that_is_written_late_asks_how_the_plan_was(world: Followed) -> None:
    for command in (push(), start(), finish()):
        cause = Cause(command=command_id("late", command), correlation="", causation="")
        await handle(world.log, IMAGE, image_stream(image_name()), command, cause)
    await world.switch(on=False)
    await world.settle()
    assert len(await billed(world)) == 1


async def test_without_a_plan_nothing_is_billed() -> None:
    log = await open_log(MemoryRows(), MemoryArtifacts(), shards=5)
    world = Followed(log, ProcessFollower(BillProcess(log, ImageStates(log)), log, MemoryRows()))
    await world.tell(1, push(), start(), finish())
    assert await declined(world) == [("team/app", "plan-off", "")]


def first(number: int) -> ScanId:
    """The name of an image's first scan."""
    return scan_id(image_stream(image_name(number)), 1)


async def test_the_ends_of_many_scans_are_billed_in_few_transactions() -> None:
    calls = Calls()
    tables = InterceptedTables(MemoryTables(), calls)
    log = await open_log(await tables.open("log"), MemoryArtifacts(), shards=2)
    bills = ProcessFollower(BillProcess(log, ImageStates(log)), log, MemoryRows())
    world = Followed(log, bills)
    await world.switch(on=True)
    names = [image_name(number) for number in range(40)]
    for name in names:
        await scan(world.log, name)
    calls.take()
    for shard in range(log.shards):
        await bills.follow(shard, await log.read(shard, after=0))
    commits = [what for what in calls.take() if "commit" in what]
    charged = [one.image for one in await billed(world)]
    assert sorted(map(str, charged)) == sorted(map(str, names))
    assert 0 < len(commits) <= len(names) / 5
