"""Images that somebody uses are assessed anew once a week, and what nobody uses grows stale."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain import events as e
from core.domain.advisories import ADVISORIES, RecordFleetAssessment
from core.domain.ids import advisories_stream, command_id
from core.domain.image.commands import RecordDeletion
from core.domain.values import FailureCause, Freshness, Health, NotApplicableCause
from core.errors import StorageUnavailable
from core.log.handle import Cause, handle
from core.sandbox.interface import Status
from dev.inprocess import Delivered
from tests.faults.storage import Faults, Loss
from tests.support.activities import Activities
from tests.support.desk import Desk, desk
from tests.support.samples import SUBSCRIPTION, artifact, digest
from tests.support.sandboxes import CLEAN, VULNERABLE


async def push(app: Desk, *numbers: int) -> None:
    """Images are pushed now, by the app's own time, and scanned."""
    for number in numbers:
        event = replace(app.pushed(number), timestamp=app.now)
        await app.app.services.scanning.intake.take(event)
    await app.app.drain()


async def rescans(app: Desk, number: int = 1) -> int:
    """How many rescans of image `number` were asked for."""
    events = [one.event for one in await app.history(number)]
    return sum(
        isinstance(event, e.ScanRequested) and event.reason is e.ScanReason.PULLED
        for event in events
    )


async def test_within_a_week_an_image_is_rescanned_once_however_often_one_looks(app: Desk) -> None:
    await push(app, 1)
    for _ in range(7 * 6):
        await app.wait(hours=4)
        await app.rescan()
    assert await rescans(app) == 1
    assert (await app.story())[-2:] == ["ScanRequested", "ScanCompleted"]


async def test_a_rescan_pulls_nothing_starts_no_sandbox_and_is_free(app: Desk) -> None:
    await push(app, 1)
    for _ in range(3):
        await app.wait(days=7)
        await app.rescan()
    assert await rescans(app) == 3
    assert len(app.sandboxes.started) == 1
    assert len(await app.bills()) == 1


async def test_rescans_of_a_fleet_spread_over_the_week(app: Desk) -> None:
    await push(app, *range(1, 29))
    asked = []
    for _ in range(7):
        await app.wait(days=1)
        asked.append((await app.rescan()).asked)
    assert sum(asked) == 28
    assert max(asked) <= 14


async def test_rescans_of_one_shard_are_recorded_in_one_transaction(app: Desk) -> None:
    await push(app, *range(1, 29))
    await app.wait(days=7)
    look, log = await app.rescan(), app.app.services.log
    asked = [
        (one.shard, one.at)
        for shard in range(log.shards)
        for one in await log.read(shard, after=0)
        if isinstance(one.event, e.ScanRequested) and one.event.reason is e.ScanReason.PULLED
    ]
    assert len(asked) == look.asked == 28
    assert len(set(asked)) == len({shard for shard, _ in asked}), "what is recorded at once"


async def test_what_nobody_used_within_the_window_is_left_and_grows_stale(
    advisories: Path,
) -> None:
    activities = Activities()
    app = await desk(advisories, activities=activities)
    activities.pulled(9, app.now - timedelta(days=1))
    await app.app.services.holdings.pulls.look(app.now)
    await push(app, 1)
    for day in range(1, 61):
        await app.wait(days=1)
        activities.pulled(9, app.now)
        await app.app.services.holdings.pulls.look(app.now)
        look = await app.rescan()
        if day <= 30:
            assert await app.trust() is Freshness.CURRENT
    assert 4 <= await rescans(app) <= 5
    assert await app.trust() is Freshness.STALE
    assert (await app.image()).health is Health.HEALTHY, "the verdict stays"
    assert list(look.stale.values()) == [1]


async def test_a_pull_brings_a_stale_image_back(advisories: Path) -> None:
    activities = Activities()
    app = await desk(advisories, activities=activities)
    activities.pulled(9, app.now - timedelta(days=1))
    await app.app.services.holdings.pulls.look(app.now)
    await push(app, 1)
    for _ in range(60):
        await app.wait(days=1)
        activities.pulled(9, app.now)
        await app.app.services.holdings.pulls.look(app.now)
    assert await app.trust() is Freshness.STALE
    activities.pulled(1, app.now)
    await app.app.services.holdings.pulls.look(app.now)
    await app.app.drain()
    await app.rescan()
    assert await app.trust() is Freshness.CURRENT
    assert await rescans(app) == 1


async def test_where_pulls_are_not_known_nothing_is_left_out(app: Desk) -> None:
    await push(app, 1)
    await app.wait(days=90)
    await app.rescan()
    assert (await rescans(app), await app.trust()) == (1, Freshness.CURRENT)


async def test_while_nobody_looks_a_verdict_grows_stale_all_the_same(app: Desk) -> None:
    await push(app, 1)
    await app.wait(days=7)
    assert await app.trust() is Freshness.CURRENT
    await app.wait(days=2)
    assert await app.trust() is Freshness.STALE
    await app.rescan()
    assert await app.trust() is Freshness.CURRENT


async def test_what_the_fleets_assessment_covers_is_not_rescanned(app: Desk) -> None:
    await push(app, 1)
    await app.wait(days=7)
    await push(app, 2)
    log = app.app.services.log
    covered = RecordFleetAssessment(
        version=1,
        database=artifact(1),
        positions=tuple([(await log.head(shard)).position for shard in range(log.shards)]),
        assessed_at=app.now,
    )
    cause = Cause(command=command_id("covered"), correlation="", causation="")
    await handle(log, ADVISORIES, advisories_stream(), covered, cause)
    await app.app.services.following.runner.sweep()
    assert (await app.rescan()).asked == 0
    assert await app.trust() is Freshness.CURRENT
    await app.wait(days=9)
    assert await app.trust() is Freshness.STALE, "what covered it is too long ago"
    assert (await app.rescan()).asked == 2


async def test_a_failed_scan_is_tried_again_in_its_turn(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = Delivered(
        status=Status.FAILED, parts={"cause": FailureCause.PULL_DENIED}
    )
    await push(app, 1)
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.wait(days=7)
    await app.rescan()
    image = await app.image()
    assert (image.health, image.freshness) == (Health.UNHEALTHY, Freshness.CURRENT)


async def test_what_can_never_be_scanned_is_neither_rescanned_nor_stale(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = Delivered(
        status=Status.NOT_APPLICABLE, parts={"cause": NotApplicableCause.WINDOWS}
    )
    await push(app, 1)
    await app.wait(days=90)
    assert (await app.rescan()).asked == 0
    assert await app.trust() is Freshness.CURRENT


async def test_a_deleted_image_is_not_rescanned(app: Desk) -> None:
    await push(app, 1)
    await app.wait(days=7)
    await app.tell(1, _deleted(app))
    await app.app.drain()
    assert (await app.rescan()).seen == 0


async def test_another_cataloger_takes_the_inventory_anew_and_the_same_one_does_not(
    advisories: Path,
) -> None:
    app = await desk(advisories)
    await push(app, 1)
    app.sandboxes.brings[digest(1)] = replace(CLEAN, parts={"cataloger_version": "0.77.0"})
    newer = await desk(
        account=app.account,
        sandboxes=app.sandboxes,
        more={"PRATIQUE_CATALOGER_VERSION": "0.77.0"},
    )
    for _ in range(2):
        await newer.wait(days=7)
        await newer.rescan()
    assert [order.attempt for order in app.sandboxes.started] == [1, 1]
    assert (await newer.story()).count("InventoryTaken") == 2
    assert await rescans(newer) == 2
    assert len(await newer.bills()) == 1


async def test_cadence_and_window_are_those_of_the_repository(advisories: Path) -> None:
    more = {"PRATIQUE_RESCANS": '[{"repository": "team/*", "cadenceDays": 1}]'}
    app = await desk(advisories, more=more)
    await push(app, 1)
    for _ in range(5):
        await app.wait(days=1)
        await app.rescan()
    assert await rescans(app) == 5


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("call", [*range(17, 30), 40, 60])
async def test_a_run_that_dies_is_begun_again_and_asks_for_nothing_twice(
    advisories: Path, call: int, loss: Loss
) -> None:
    app = await desk(advisories)
    await push(app, *range(1, 6))
    await app.wait(days=7)
    faults = Faults(frozenset(), loss)
    failing = await desk(account=app.account, sandboxes=app.sandboxes, by=faults)
    faults.calls, faults.at = 0, frozenset({call})
    for _ in range(2):
        try:
            await failing.app.services.scanning.rescans.look(app.now)
        except StorageUnavailable:
            continue
    await app.app.drain()
    await app.look()
    assert [await rescans(app, number) for number in range(1, 6)] == [1] * 5
    assert {(await app.image(number)).freshness for number in range(1, 6)} == {Freshness.CURRENT}


def _deleted(app: Desk) -> RecordDeletion:
    return RecordDeletion(deleted_at=app.now)


async def test_where_the_plan_is_off_nothing_is_rescanned_and_grows_stale(app: Desk) -> None:
    await push(app, 1)
    await app.app.services.plans.switch(SUBSCRIPTION, on=False, by="somebody")
    app.app.services.enrolment.forget()
    await app.wait(days=14)
    assert (await app.rescan()).asked == 0
    assert await app.trust() is Freshness.STALE
