"""Why an image is scanned: one story for each reason, from what somebody did to what is known.

Read them as what happens to one image. `tale` has a registry, its users, and the whole app.
"""

import itertools

import pytest

from core.domain.events import Priority, ScanReason
from core.domain.values import Freshness, Health
from tests.support.advisories import below, record
from tests.support.desk import ZLIB
from tests.support.samples import image_name
from tests.support.sandboxes import CLEAN, VULNERABLE
from tests.support.story import ANOTHER, IMAGE, Story

PUSH, RESCAN = Priority.PUSH, Priority.RESCAN

ZLIB_AGAIN = record("DEBIAN-CVE-2026-9", below("Debian:12", "zlib", "1.5"), upstream=["CVE-2026-9"])
"""An advisory that even the clean image has."""


async def test_somebody_pushes_an_image_and_a_second_tag_costs_nothing(tale: Story) -> None:
    tale.holds(VULNERABLE)
    await tale.pushed("v1")
    assert (await tale.image()).health is Health.UNHEALTHY
    assert await tale.scans() == [(ScanReason.PUSH, PUSH)]

    await tale.app.wait(hours=1)
    await tale.pushed("latest")
    assert (await tale.image()).tags == ("latest", "v1")
    assert (len(await tale.scans()), tale.sandboxes, len(await tale.app.bills())) == (1, 1, 1)


@pytest.mark.parametrize("signals", list(itertools.permutations(["event", "row", "sweep"])))
async def test_somebody_imports_an_image_and_whichever_signal_comes_first_tells_of_it(
    tale: Story, signals: tuple[str, ...]
) -> None:
    await tale.pushed(told=False)
    for signal in signals:
        match signal:
            case "event":
                await tale.hears_of_a_push()
            case "row":
                await tale.reads_of_an_import()
            case _:
                await tale.sweeps()
        assert (await tale.image()).health is Health.HEALTHY
        assert (len(await tale.scans()), tale.sandboxes, len(await tale.app.bills())) == (1, 1, 1)
    told = {"event": (ScanReason.PUSH, PUSH), "row": (ScanReason.IMPORT, PUSH)}
    assert await tale.scans() == [told.get(signals[0], (ScanReason.RECONCILE, RESCAN))]
    assert (await tale.image()).tags == ("latest",)


async def test_somebody_pulls_an_image_every_day_and_it_is_looked_at_every_week(
    tale: Story,
) -> None:
    await tale.pushed()
    await tale.days(28, pulled=IMAGE)
    assert await tale.scans() == [(ScanReason.PUSH, PUSH), *[(ScanReason.PULLED, RESCAN)] * 4]
    assert (await tale.app.story()).count("ImagePulled") == 28
    assert await tale.trust() is Freshness.CURRENT
    assert (tale.sandboxes, len(await tale.app.bills())) == (1, 1)


async def test_an_advisory_is_published_and_an_image_of_last_month_is_found_to_have_it(
    tale: Story,
) -> None:
    await tale.pushed()
    await tale.days(40, pulled=ANOTHER)
    assert (await tale.image()).health is Health.HEALTHY
    rescans = len(await tale.scans())

    await tale.publishes(ZLIB, ZLIB_AGAIN)
    image = await tale.image()
    assert (image.health, image.counts.total) == (Health.UNHEALTHY, 1)
    assert (await tale.scans())[rescans:] == [(ScanReason.ADVISORIES, RESCAN)]
    assert (tale.sandboxes, len(await tale.app.bills())) == (1, 1)

    await tale.publishes(ZLIB)
    assert (await tale.image()).health is Health.HEALTHY, "the advisory was withdrawn"


async def test_somebody_asks_for_a_scan_and_gets_it_with_the_priority_of_a_push(
    tale: Story,
) -> None:
    await tale.pushed()
    await tale.days(1)
    await tale.app.app.services.scanning.requests.ask(image_name(IMAGE), by="somebody")
    await tale.settled()
    assert (await tale.scans())[-1] == (ScanReason.REQUEST, PUSH)
    assert (await tale.image()).open_scan is None
    assert (tale.sandboxes, len(await tale.app.bills())) == (1, 1)


async def test_no_event_ever_arrives_and_the_sweep_finds_the_push_the_move_and_the_deletion(
    tale: Story,
) -> None:
    tale.holds(CLEAN)
    await tale.pushed("v1", told=False)
    await tale.sweeps()
    assert await tale.scans() == [(ScanReason.RECONCILE, RESCAN)]
    assert (await tale.image()).health is Health.HEALTHY

    await tale.app.wait(days=1)
    tale.registry.push("team/app", ANOTHER, "v1")
    await tale.sweeps()
    assert (await tale.image()).tags == ()
    assert (await tale.app.image(ANOTHER)).tags == ("v1",)

    await tale.app.wait(days=1)
    await tale.deleted(told=False)
    await tale.sweeps()
    assert not (await tale.image()).present
    assert len(await tale.app.bills()) == 2, "the bill of what was deleted stays"
