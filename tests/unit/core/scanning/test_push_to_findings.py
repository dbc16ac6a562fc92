"""From a push to its findings, whatever comes twice, late, or in another order."""

from core.domain import events as e
from core.domain.values import Freshness, Health
from tests.support.desk import Desk
from tests.support.samples import digest
from tests.support.sandboxes import CLEAN, VULNERABLE
from tests.support.tables import FINDINGS, IMAGES, OPEN_SCANS
from tests.support.wire import wire

WHOLE = ["ImagePushed", "ScanRequested", "ScanStarted", "InventoryTaken", "ScanCompleted"]


async def test_a_push_ends_with_findings_a_bill_and_nothing_that_waits(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.push()
    await app.app.drain()
    image = await app.image()
    assert (image.health, image.freshness) == (Health.UNHEALTHY, Freshness.CURRENT)
    assert await app.story() == WHOLE
    assert len(await app.bills()) == 1
    assert await app.table(OPEN_SCANS) == {}
    assert await app.taken() == []
    assert app.counted() == {}
    (found,) = [key for key in await app.table(FINDINGS) if key.startswith("c|CVE-2026-1|")]
    assert found


async def test_the_order_names_the_image_as_enrolled_and_where_to_write(app: Desk) -> None:
    await app.push()
    await app.app.drain()
    (order,) = app.sandboxes.started
    assert (order.image.registry, order.attempt, order.token) == ("demo.azurecr.io", 1, None)
    assert order.outcome_url.startswith(f"memory:{order.scan}/1/")


async def test_the_same_event_fifty_times_is_one_scan(app: Desk) -> None:
    event = app.pushed()
    for _ in range(50):
        await app.app.services.scanning.intake.take(event)
    await app.app.drain()
    await app.app.services.scanning.intake.take(event)
    await app.app.drain()
    assert await app.story() == WHOLE
    assert len(app.sandboxes.started) == 1


async def test_events_in_reverse_order_end_alike(app: Desk) -> None:
    news = [app.pushed(1, "v1"), app.pushed(2, "v1"), app.pushed(1, "v2"), app.pushed(3, "v1")]
    for event in reversed(news):
        await app.app.services.scanning.intake.take(event)
    await app.app.drain()
    assert [(await app.image(number)).tags for number in (1, 2, 3)] == [("v2",), (), ("v1",)]
    assert len(app.sandboxes.started) == 3


async def test_a_second_tag_of_an_assessed_image_needs_no_scan(app: Desk) -> None:
    await app.push(1, "v1")
    await app.app.drain()
    await app.push(1, "v2")
    await app.app.drain()
    assert (await app.story())[len(WHOLE) :] == ["ImagePushed"]
    assert len(app.sandboxes.started) == 1


async def test_lost_messages_cost_time_and_nothing_else(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.push()
    for _ in range(4):
        for queue in app.sandboxes.queues.messages.values():
            queue.clear()
        await app.app.services.scanning.watchdog.look()
        await app.app.services.following.runner.sweep()
    assert await app.story() == WHOLE
    assert len(await app.bills()) == 1


async def test_messages_that_nobody_needs_change_nothing(app: Desk) -> None:
    await app.push()
    await app.app.drain()
    (order,) = app.sandboxes.started
    before = {name: await app.table(name) for name in (IMAGES, FINDINGS, OPEN_SCANS)}
    history = await app.history()
    for _ in range(3):
        await app.sandboxes.report(order.scan, order.attempt)
        await app.app.services.scanning.starter.start_waiting(order.scan)
        await app.app.drain()
        await app.app.services.following.runner.sweep()
        await app.look()
    assert await app.history() == history
    for name, rows in before.items():
        assert await app.table(name) == rows
    assert len(app.sandboxes.started) == 1


async def test_a_second_scan_uses_the_inventory_that_is_known(app: Desk) -> None:
    await app.push()
    await app.app.drain()
    await app.ask(e.ScanReason.REQUEST)
    await app.app.drain()
    assert (await app.story())[len(WHOLE) :] == ["ScanRequested", "ScanCompleted"]
    assert len(app.sandboxes.started) == 1
    assert len(await app.bills()) == 1


async def test_a_deleted_image_that_comes_back_is_scanned_and_not_billed_again(app: Desk) -> None:
    await app.push()
    await app.app.drain()
    await app.delete()
    await app.app.drain()
    assert wire(await app.app.services.answers.images.page({})) == {"value": []}
    app.sandboxes.brings[digest(1)] = CLEAN
    await app.push()
    await app.app.drain()
    assert (await app.image()).health is Health.HEALTHY
    assert len(await app.bills()) == 1
    assert len(app.sandboxes.started) == 1, "its inventory was known"
