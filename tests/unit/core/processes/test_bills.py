"""The first completed scan of a digest is billed, once, wherever else the digest is (B1)."""

from dataclasses import replace
from typing import Literal, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.domain.events import ImageBilled, ImageNotBilled
from core.domain.ids import command_id, image_stream, scan_id
from core.domain.image import IMAGE
from core.domain.values import FailureCause, ImageName, ScanId
from core.log.handle import Cause, handle
from core.log.interface import EventLog
from core.log.sharded import ShardedLog, open_log
from core.processes.bills import BillProcess
from core.processes.follower import ProcessFollower
from core.processes.states import ImageStates
from core.storage.memory import MemoryArtifacts, MemoryRows, MemoryTables
from tests.faults.storage import Calls, InterceptedTables
from tests.support.following import Followed
from tests.support.images import (
    delete,
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


async def test_an_image_that_moved_is_billed_to_whom_it_was_scanned_for_however_late(
    world: Followed,
) -> None:
    await world.switch(on=True, subscription="other")
    await world.give(1, push(), start(), finish(), replace(push(9), subscription="other"))
    await world.settle()
    assert [bill.subscription for bill in await billed(world)] == [SUBSCRIPTION]


type Happening = Literal["push here", "push there", "delete", "scan", "follow", "start anew"]


@settings(max_examples=60, deadline=None)
@example(["push here", "scan", "follow", "push there", "start anew", "scan"])
@given(st.lists(st.sampled_from(get_args(Happening.__value__)), max_size=14))
async def test_no_history_bills_a_subscription_for_what_was_scanned_in_another(
    life: list[Happening],
) -> None:
    """The bills of whoever follows late, or everything anew, are those of the log itself."""
    log = await open_log(MemoryRows(), MemoryArtifacts(), shards=3)
    world = Followed(log, follower_of(log))
    for subscription in (SUBSCRIPTION, "other"):
        await world.switch(on=True, subscription=subscription)
    expected: set[str] = set()
    owner, scans = "", 0
    for minute, what in enumerate(life):
        image = await world.image(1)
        match what:
            case "push here" | "push there":
                owner = SUBSCRIPTION if what == "push here" else "other"
                await world.give(1, replace(push(minute), subscription=owner))
            case "delete":
                await world.give(1, delete(minute))
            case "scan" if image.open_scan is not None and image.present:
                scans = image.scans
                ended = finish(of=scans, version=minute + 1)
                await world.give(1, start(of=scans, minute=minute), ended)
                expected.add(owner)
            case "start anew":
                world.follower = follower_of(log)
            case "follow":
                await world.settle()
            case _:
                await world.give(1, request())
    world.follower = follower_of(log)
    await world.settle()
    assert sorted(bill.subscription for bill in await billed(world)) == sorted(expected)


def follower_of(log: ShardedLog) -> ProcessFollower:
    """A process manager that has followed nothing yet."""
    return ProcessFollower(BillProcess(log, ImageStates(log)), log, MemoryRows())


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
