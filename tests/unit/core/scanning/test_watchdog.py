"""What no message announces is found by looking: silent sandboxes, overdue ones, leaked slots."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain import events as e
from core.domain.events import Priority
from core.domain.values import FailureCause, Health, ScanId
from core.errors import SandboxError
from core.sandbox.interface import Order
from core.storage.interface import Delete
from tests.support.desk import Desk, desk
from tests.support.samples import digest
from tests.support.sandboxes import VULNERABLE


async def running(app: Desk, *numbers: int) -> list[Order]:
    """Images are pushed, and their sandboxes run."""
    app.sandboxes.patient = True
    for number in numbers or (1,):
        await app.push(number)
        await app.app.drain()
    return app.sandboxes.started


async def causes(app: Desk, number: int = 1) -> list[FailureCause]:
    """Why the attempts at an image failed."""
    events = [one.event for one in await app.history(number)]
    return [event.cause for event in events if isinstance(event, e.ScanFailed)]


async def test_an_attempt_that_runs_in_time_is_left_alone(app: Desk) -> None:
    await running(app)
    for minutes in (0, 1, 14):
        await app.look(minutes=minutes)
    assert (await app.story())[-1] == "ScanStarted"
    assert len(await app.taken()) == 1


async def test_an_outcome_whose_report_was_lost_is_found(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = VULNERABLE
    (order,) = await running(app)
    await app.sandboxes.finish(order, report=False)
    await app.look()
    assert (await app.image()).health is Health.UNHEALTHY
    assert await app.taken() == []


async def test_a_sandbox_that_is_gone_without_an_outcome_is_tried_again(app: Desk) -> None:
    (order,) = await running(app)
    await app.sandboxes.finish(order, report=False, outcome=False)
    await app.look()
    assert await causes(app) == [], "it may only be about to start"
    await app.look(minutes=2)
    assert await causes(app) == [FailureCause.INTERNAL]
    assert await app.taken() == []
    await app.look(minutes=3)
    assert len(app.sandboxes.running) == 1


async def test_an_overdue_attempt_is_ended_and_tried_again(app: Desk) -> None:
    await running(app)
    await app.look(minutes=16)
    assert await causes(app) == [FailureCause.TIMEOUT]
    assert (app.sandboxes.running, await app.taken()) == ({}, [])
    await app.look(minutes=17)
    assert [order.attempt for order in app.sandboxes.started] == [1, 2]


async def test_an_overdue_attempt_that_left_an_outcome_is_believed(app: Desk) -> None:
    (order,) = await running(app)
    await app.sandboxes.finish(order, report=False)
    app.sandboxes.running[order.scan, order.attempt] = order
    await app.look(minutes=16)
    assert (await app.image()).health is Health.HEALTHY
    assert (app.sandboxes.running, await app.taken()) == ({}, [])


async def test_the_sandbox_of_a_deleted_image_is_ended(app: Desk) -> None:
    await running(app)
    await app.delete()
    await app.app.drain()
    await app.look(minutes=2)
    assert (app.sandboxes.running, await app.taken()) == ({}, [])
    assert (await app.story())[-1] == "ImageDeleted"


@pytest.mark.parametrize("scan", ["no scan", "0" * 32 + "-1"])
async def test_a_slot_that_nobody_uses_is_freed_when_nobody_can_still_start(
    app: Desk, scan: str
) -> None:
    await app.slots.claim(ScanId(scan), 1, Priority.PUSH)
    await app.look(minutes=1)
    assert len(await app.taken()) == 1
    await app.look(minutes=2)
    assert await app.taken() == []


async def test_a_slot_whose_starter_died_is_freed_and_the_scan_started(app: Desk) -> None:
    app.sandboxes.patient = True
    await app.push()
    scan = (await app.image()).open_scan
    assert scan is not None
    await app.slots.claim(scan.id, 1, Priority.PUSH)
    await app.app.services.following.runner.sweep()
    await app.look()
    assert [order.attempt for order in app.sandboxes.started] == [1]
    assert len(await app.taken()) == 1


async def test_an_attempt_that_lost_its_slot_is_not_forgotten(app: Desk) -> None:
    await running(app)
    slots = await app.account.tables.open("slots")
    for row in (await slots.scan()).rows:
        await slots.commit(row.partition, [Delete(row.key)])
    await app.look(minutes=1)
    assert await causes(app) == []
    await app.look(minutes=16)
    assert await causes(app) == [FailureCause.TIMEOUT]
    assert app.sandboxes.running == {}


async def test_a_sandbox_that_cannot_be_ended_keeps_its_slot_and_nothing_else(app: Desk) -> None:
    await running(app, 1, 2, 3)
    await app.push(4)
    await app.app.drain()
    first, second, *_ = app.sandboxes.started
    await app.sandboxes.finish(second, report=False)
    app.sandboxes.stuck = True
    with pytest.raises(ExceptionGroup) as failed:
        await app.app.services.scanning.watchdog.look(datetime.now(UTC) + timedelta(minutes=16))
    assert failed.group_contains(SandboxError)
    assert await causes(app) == [FailureCause.TIMEOUT]
    assert (await app.image(2)).health is Health.HEALTHY
    assert len(await app.taken()) == 4
    app.sandboxes.stuck = False
    await app.look(minutes=17)
    assert first.scan not in {claim.scan for claim in await app.taken() if claim.attempt == 1}


async def test_a_freed_slot_goes_to_whoever_waits(app: Desk) -> None:
    app = await desk(account=app.account, sandboxes=app.sandboxes, slots=1, reserved=0)
    await running(app, 1, 2)
    assert len(app.sandboxes.started) == 1
    await app.look(minutes=16)
    assert [order.image.digest for order in app.sandboxes.started] == [digest(1), digest(2)]


async def test_looking_again_changes_nothing(app: Desk) -> None:
    await running(app)
    await app.look(minutes=16)
    story = await app.story()
    for _ in range(3):
        await app.look(minutes=16)
    assert await app.story() == story
