"""How a scan ends, and what is shown then: one story for each end.

Read them as what happens to one image. `tale` has a registry, its users, and the whole app.
"""

import pytest

from core.domain.image.state import Stage
from core.domain.values import FailureCause, Freshness, Health, NotApplicableCause
from core.sandbox.interface import Status
from dev.inprocess import Delivered
from tests.support.sandboxes import CLEAN, VULNERABLE
from tests.support.story import ANOTHER, IMAGE, Story

WINDOWS = Delivered(
    status=Status.NOT_APPLICABLE,
    parts={"cause": NotApplicableCause.WINDOWS, "message": "It is Windows.", "os": "windows"},
)
DENIED = Delivered(status=Status.FAILED, parts={"cause": FailureCause.PULL_DENIED})


@pytest.mark.parametrize(("content", "health"), [(CLEAN, "Healthy"), (VULNERABLE, "Unhealthy")])
async def test_an_image_is_scanned_and_its_verdict_is_shown_and_billed(
    tale: Story, content: Delivered, health: str
) -> None:
    tale.holds(content)
    await tale.pushed()
    assert ((await tale.image()).health, await tale.trust()) == (health, Freshness.CURRENT)
    assert await tale.shown() == {"images"} | ({"findings"} if health == "Unhealthy" else set())
    assert len(await tale.app.bills()) == 1


async def test_a_windows_image_is_not_applicable_for_ever_and_costs_nothing(tale: Story) -> None:
    tale.holds(WINDOWS)
    await tale.pushed()
    await tale.days(60, pulled=ANOTHER)
    image = await tale.image()
    assert (image.health, image.not_applicable) == (
        Health.NOT_APPLICABLE,
        NotApplicableCause.WINDOWS,
    )
    assert await tale.trust() is Freshness.CURRENT
    assert (tale.sandboxes, len(await tale.scans()), await tale.app.bills()) == (1, 1, [])


async def test_a_pull_is_denied_the_scan_has_failed_and_next_week_it_is_tried_again(
    tale: Story,
) -> None:
    tale.holds(DENIED)
    await tale.pushed()
    assert ((await tale.image()).failure, tale.sandboxes) == (FailureCause.PULL_DENIED, 1)
    assert await tale.trust() is Freshness.FAILED
    assert await tale.app.bills() == []

    tale.holds(VULNERABLE)
    await tale.days(7, pulled=IMAGE)
    assert ((await tale.image()).health, await tale.trust()) == ("Unhealthy", Freshness.CURRENT)
    assert len(await tale.app.bills()) == 1


async def test_a_sandbox_is_silent_for_15_minutes_and_the_next_attempt_brings_the_verdict(
    tale: Story,
) -> None:
    tale.app.sandboxes.patient = True
    await tale.pushed()
    await tale.app.look(minutes=14)
    assert (await tale.app.story())[-1] == "ScanStarted"
    await tale.app.look(minutes=16)
    assert (await tale.app.story())[-1] == "ScanFailed"
    image = await tale.image()
    assert (image.failure, await tale.trust()) == (None, Freshness.DELAYED)

    tale.app.sandboxes.patient = False
    await tale.app.look(minutes=20)
    assert ((await tale.image()).health, await tale.trust()) == ("Healthy", Freshness.CURRENT)
    assert (tale.sandboxes, len(await tale.app.bills())) == (2, 1)


async def test_all_three_attempts_are_silent_and_a_late_report_ends_the_scan_of_next_week(
    tale: Story,
) -> None:
    tale.app.sandboxes.patient = True
    tale.holds(VULNERABLE)
    await tale.pushed()
    for minutes in (16, 20, 40, 60, 80, 100):
        await tale.app.look(minutes=minutes)
    assert ((await tale.image()).failure, tale.sandboxes) == (FailureCause.TIMEOUT, 3)
    assert await tale.trust() is Freshness.FAILED

    await tale.days(7, pulled=IMAGE)
    assert (await tale.trust(), tale.sandboxes) == (Freshness.DELAYED, 4)
    await tale.app.sandboxes.finish(tale.app.sandboxes.started[0])
    await tale.settled()
    assert ((await tale.image()).health, await tale.trust()) == ("Unhealthy", Freshness.CURRENT)
    assert len(await tale.app.bills()) == 1
    await tale.app.look(minutes=2)
    assert await tale.app.taken() == [], "the sandbox of next week was ended"


async def test_an_image_is_deleted_leaves_every_view_at_once_and_comes_back_unbilled(
    tale: Story,
) -> None:
    tale.holds(VULNERABLE)
    await tale.pushed("v1")
    assert await tale.shown() == {"images", "findings"}
    await tale.days(1)
    await tale.deleted()
    assert await tale.shown() == set()
    assert len(await tale.app.story()) > 3, "its history stays"
    assert len(await tale.app.bills()) == 1

    await tale.days(8)
    assert await tale.shown() == set()
    await tale.pushed("v1")
    assert (await tale.image()).health is Health.UNHEALTHY
    assert await tale.shown() == {"images", "findings"}
    assert (tale.sandboxes, len(await tale.app.bills())) == (1, 1)


async def test_nobody_uses_an_image_any_more_and_its_verdict_grows_stale_until_somebody_does(
    tale: Story,
) -> None:
    tale.holds(VULNERABLE)
    await tale.days(1, pulled=ANOTHER)
    await tale.pushed()
    await tale.days(29, pulled=ANOTHER)
    assert await tale.trust() is Freshness.CURRENT
    await tale.days(16, pulled=ANOTHER)
    assert ((await tale.image()).health, await tale.trust()) == ("Unhealthy", Freshness.STALE)
    scans = len(await tale.scans())
    await tale.days(14, pulled=ANOTHER)
    assert len(await tale.scans()) == scans

    await tale.days(7, pulled=IMAGE)
    assert (await tale.trust(), len(await tale.app.bills())) == (Freshness.CURRENT, 1)


async def test_a_plan_is_switched_off_keeps_what_is_known_and_takes_up_again_where_it_was(
    tale: Story,
) -> None:
    tale.holds(VULNERABLE)
    await tale.pushed()
    await tale.switches(on=False)
    await tale.app.wait(days=1)
    tale.registry.push("team/app", ANOTHER, "v2")
    await tale.days(14, pulled=IMAGE)
    assert ((await tale.image()).health, await tale.trust()) == ("Unhealthy", Freshness.STALE)
    assert (len(await tale.scans()), await tale.app.story(ANOTHER)) == (1, [])

    await tale.switches(on=True)
    await tale.sweeps()
    assert (await tale.app.image(ANOTHER)).health is Health.HEALTHY, "the sweep found it"
    await tale.days(7, pulled=IMAGE)
    assert await tale.trust() is Freshness.CURRENT
    assert len(await tale.app.bills()) == 2


async def test_a_plan_is_switched_off_while_a_scan_waits_and_the_scan_is_withdrawn(
    tale: Story,
) -> None:
    tale.app.sandboxes.space = 0
    await tale.pushed()
    await tale.switches(on=False)
    await tale.app.look()
    image = await tale.image()
    assert image.scan is not None
    assert (image.scan.stage, image.failure) == (Stage.WITHDRAWN, None)
    assert await tale.app.bills() == []

    tale.app.sandboxes.space = 10
    await tale.switches(on=True)
    await tale.app.wait(days=1)
    await tale.sweeps()
    assert (await tale.image()).health is Health.HEALTHY
