"""Why an image is scanned, where days and weeks are part of it: stories on the real stack.

They are told in more detail, over memory, in `tests/stories/test_triggers.py`.
"""

from pathlib import Path

import pytest

from dev.images.hand import hand_advisories
from dev.publish import publish_advisories
from tests.e2e.push_to_findings.client import until
from tests.e2e.weeks.story import Story, World

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

VERDICT = ("ScanRequested", "ScanStarted", "InventoryTaken", "ScanCompleted")
RESCAN = ("ScanRequested", "ScanCompleted")


async def test_somebody_pulls_an_image_every_day_and_it_is_looked_at_every_week(
    tale: Story,
) -> None:
    await tale.pushed()
    for week in (1, 2):
        await tale.days(7)
        await tale.world.client.run("rescan")
        await tale.went("ImagePushed", *VERDICT, *RESCAN * week)
    assert await tale.asked() == ["push", "pulled", "pulled"]
    assert await tale.count("ImagePulled") == 14
    assert (await tale.shows(freshness="Current"))["health"] == "Healthy"
    assert await tale.bills() == 1


async def test_somebody_imports_an_image_and_whichever_signal_comes_first_tells_of_it(
    world: World, tale: Story
) -> None:
    heard, read, found = tales = [tale.like(name) for name in ("heard", "read", "found")]
    await heard.stored()
    await heard.tells("push")
    await heard.shows(health="Healthy")

    await read.stored()
    await read.tells("import")
    await read.shows("reconcile", health="Healthy")

    await found.stored()
    await found.swept()
    await found.shows(health="Healthy")

    for one in tales:  # what has come first is known by now: the others say the same
        await one.tells("push")
        await one.tells("import")
    last = tale.like("last")
    await last.stored()
    await last.tells("import")  # whoever has read this has read all before
    await last.shows("reconcile", health="Healthy")
    assert [await one.asked() for one in tales] == [["push"], ["import"], ["reconcile"]]
    assert [await one.count("ScanStarted") for one in tales] == [1, 1, 1]
    assert [await one.bills() for one in tales] == [1, 1, 1]


async def test_no_event_ever_arrives_and_the_sweep_finds_the_push_the_move_and_the_deletion(
    tale: Story,
) -> None:
    first = await tale.stored("v1")
    await tale.swept()
    assert (await tale.shows(health="Healthy"))["tags"] == ["v1"]
    assert await tale.asked() == ["reconcile"]

    second = await tale.stored("v1", label="another")
    await tale.swept()
    await tale.shows(health="Healthy", tags=["v1"])
    tale.digest = first
    await tale.shows(tags=[])

    await tale.deleted()
    await tale.swept()
    await tale.leaves()
    assert await tale.bills() == 1, "the bill of what was deleted stays"
    assert list(await tale.world.client.images(tale.repository)) == [second]


async def test_an_advisory_is_published_and_an_image_of_last_month_is_found_to_have_it(
    tale: Story, tmp_path: Path
) -> None:
    await tale.pushed(vulnerable=2)
    assert (await tale.shows(health="Healthy"))["worstSeverity"] is None
    await tale.world.moves(days=40)

    news = tmp_path / "news.jsonl"
    news.write_bytes(hand_advisories(9))
    await publish_advisories(tale.world.client.stack, [news])
    image = await tale.shows("reassess", health="Unhealthy")
    assert image["patchable"] == 2
    assert await tale.asked() == ["push", "advisories-changed"]
    assert await tale.count("ScanStarted") == 1, "its inventory was known"
    assert await tale.bills() == 1

    async def told() -> bool:
        await tale.world.moves(minutes=5)  # what one cause changes is told of together, later
        await tale.world.client.run("tell_waiting")
        notices = await tale.world.client.told(tale.digest)
        return [one["type"] for one in notices] == ["Pratique.Image.BecameUnhealthy"]

    await until(told)
