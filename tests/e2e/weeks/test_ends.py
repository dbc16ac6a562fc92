"""How a scan ends, where days and weeks are part of it: stories on the real stack.

They are told in more detail, over memory, in `tests/stories/test_ends.py`.
"""

from datetime import timedelta

import pytest

from tests.e2e.weeks.story import Story

SILENCE = timedelta(minutes=15)
"""After so long a sandbox of which nothing is heard is given up."""

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]


async def test_a_pull_is_denied_the_scan_has_failed_and_next_week_it_is_tried_again(
    tale: Story,
) -> None:
    await tale.stored()
    async with tale.world.door.shut():
        await tale.tells("push")
        image = await tale.shows(freshness="Failed")
    assert (image["health"], image["freshnessCause"]) == ("Unscanned", "pull-denied")

    await tale.days(7)
    await tale.shows("rescan", health="Healthy", freshness="Current")
    assert await tale.asked() == ["push", "pulled"]
    assert await tale.bills() == 1


async def test_an_image_that_is_gone_before_it_is_scanned_is_looked_for_three_times(
    tale: Story,
) -> None:
    await tale.stored()
    await tale.deleted()
    await tale.tells("push")
    for attempt in (1, 2, 3):
        await tale.went(*["ScanStarted", "ScanFailed"] * attempt)
        await tale.world.moves(minutes=10)
        await tale.world.client.run("watch")
    image = await tale.shows(freshness="Failed")
    assert (image["health"], image["freshnessCause"]) == ("Unscanned", "manifest-unknown")


async def begun_in_silence(tale: Story) -> None:
    """The image is pushed, and its first attempt given up: no sooner than it may be, though
    somebody looked before."""
    await tale.stored()
    with tale.world.door.silent():
        await tale.tells("push")
        await tale.went("ScanStarted")
        for minutes in (14, 2):
            await tale.world.moves(minutes=minutes)
            await tale.world.client.run("watch")
        await tale.went("ScanStarted", "ScanFailed")
    assert await tale.moment("ScanFailed") - await tale.moment("ScanStarted") >= SILENCE


async def test_a_sandbox_is_silent_for_15_minutes_and_the_next_attempt_brings_the_verdict(
    tale: Story,
) -> None:
    await begun_in_silence(tale)
    image = await tale.shows(freshness="Delayed")
    assert image["health"] == "Unscanned"

    await tale.world.moves(minutes=5)
    await tale.shows("watch", health="Healthy", freshness="Current")
    assert await tale.count("ScanStarted") == 2
    assert await tale.bills() == 1


async def test_a_plan_is_switched_off_while_a_scan_waits_and_the_scan_is_withdrawn(
    tale: Story,
) -> None:
    await begun_in_silence(tale)
    await tale.world.switches(on=False)
    try:
        await tale.world.moves(minutes=5)
        image = await tale.shows("watch", freshness="Stale")
        assert image["health"] == "Unscanned"
        await tale.went("ScanWithdrawn")
    finally:
        await tale.world.switches(on=True)
    await tale.swept()
    await tale.shows(health="Healthy", freshness="Current")
    assert await tale.bills() == 1


async def test_nobody_uses_an_image_any_more_and_its_verdict_grows_stale_until_somebody_does(
    tale: Story,
) -> None:
    await tale.pushed()
    await tale.weeks(6)
    image = await tale.shows(freshness="Stale", freshnessCause="unused")
    assert image["health"] == "Healthy"
    await tale.world.client.run("rescan")

    await tale.days(7)
    await tale.shows("rescan", freshness="Current")
    assert await tale.asked() == ["push", "pulled"], "while nobody used it, nobody looked at it"
    assert await tale.bills() == 1
