"""Clocks that jump: the registry's, far ahead or far behind, and our own, back between appends.

The registry's clock orders pushes and deletions of one image among themselves and nothing else; our
own orders nothing, and within a shard never runs backwards.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.ids import image_stream
from core.domain.values import Freshness, Health
from tests.support.desk import Desk
from tests.support.samples import digest, image_name
from tests.support.sandboxes import VULNERABLE

YEARS = timedelta(days=3650)


async def push(app: Desk, shift: timedelta, tag: str = "latest") -> None:
    """A push, by a clock that is so far from ours."""
    event = replace(app.pushed(1, tag), timestamp=datetime.now(UTC) + shift)
    await app.app.services.scanning.intake.take(event)
    await app.app.drain()


async def delete(app: Desk, shift: timedelta) -> None:
    event = replace(app.deleted(1), timestamp=datetime.now(UTC) + shift)
    await app.app.services.scanning.intake.take(event)
    await app.app.drain()


@pytest.mark.parametrize("shift", [-YEARS, YEARS], ids=["behind", "ahead"])
async def test_an_image_whose_registry_has_another_clock_is_scanned_billed_and_deleted(
    app: Desk, shift: timedelta
) -> None:
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await push(app, shift)
    assert ((await app.image()).health, await app.trust()) == ("Unhealthy", Freshness.CURRENT)
    assert len(await app.bills()) == 1
    await delete(app, shift)
    assert not (await app.image()).present
    await push(app, shift)
    assert ((await app.image()).health, len(await app.bills())) == (Health.UNHEALTHY, 1)


async def test_a_deletion_by_a_clock_that_was_set_right_since_changes_no_later_push(
    app: Desk,
) -> None:
    """The push lies years ahead, so a deletion by the right clock counts as older than it."""
    await push(app, YEARS)
    await delete(app, timedelta())
    image = await app.image()
    assert (image.present, image.health) == (True, Health.HEALTHY)
    assert (await app.story())[-1] == "DeletionOutdated"
    await delete(app, YEARS + timedelta(minutes=1))
    assert not (await app.image()).present


async def test_a_tag_that_a_clock_far_ahead_has_set_is_shown_once_and_stays(app: Desk) -> None:
    await push(app, YEARS, "v1")
    event = replace(app.pushed(2, "v1"), timestamp=datetime.now(UTC))
    await app.app.services.scanning.intake.take(event)
    await app.app.drain()
    assert ((await app.image(1)).tags, (await app.image(2)).health) == (("v1",), Health.HEALTHY)


async def test_while_our_own_clock_goes_back_no_recorded_time_does_and_a_scan_comes_to_its_end(
    app: Desk,
) -> None:
    app.sandboxes.patient = True
    await app.wait(days=3)  # what is recorded now lies ahead of this machine's clock
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await push(app, timedelta())
    await app.look(minutes=1)
    assert len(app.sandboxes.running) == 1, "the attempt's deadline is not reached by a jump"
    await app.sandboxes.finish_all()
    await app.app.drain()
    times = [one.at for one in await app.history()]
    assert times == sorted(times)
    assert min(times) >= app.now
    assert (await app.image()).health is Health.UNHEALTHY
    shard = app.app.services.log.shard_of(image_stream(image_name()))
    positions = [one.position for one in await app.app.services.log.read(shard, after=0)]
    assert positions == list(range(1, len(positions) + 1))


async def test_an_attempt_that_waits_for_its_time_is_made_although_the_clock_went_back(
    app: Desk,
) -> None:
    app.sandboxes.patient = True
    await push(app, timedelta())
    await app.look(minutes=16)
    assert (await app.story())[-1] == "ScanFailed"
    await app.look(minutes=-60)
    assert (await app.story())[-1] == "ScanFailed", "its time has not come by that clock"
    await app.look(minutes=30)
    await app.sandboxes.finish_all()
    await app.app.drain()
    assert (await app.image()).health is Health.HEALTHY
