"""The story of an image, over weeks: pushed, pulled, rescanned, forgotten, remembered, deleted."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from core.domain import events as e
from core.domain.image.commands import RecordDeletion
from core.domain.values import FailureCause, Freshness, Health
from core.sandbox.interface import Child, ChildKind, Status
from dev.inprocess import Delivered
from tests.support.activities import Activities
from tests.support.desk import Desk, desk
from tests.support.indexes import index_of, listed
from tests.support.samples import MANIFEST, digest
from tests.support.sandboxes import VULNERABLE
from tests.support.tables import FINDINGS, IMAGES, OPEN_SCANS


async def push(app: Desk, number: int = 1, tag: str | None = "latest") -> None:
    event = replace(app.pushed(number, tag), timestamp=app.now)
    await app.app.services.scanning.intake.take(event)
    await app.app.drain()


async def live(app: Desk, activities: Activities, days: int, *, pulled: bool) -> None:
    """Days go by: somebody pulls the image every day, or only another one."""
    for _ in range(days):
        await app.wait(days=1)
        activities.pulled(1 if pulled else 9, app.now)
        await app.app.services.holdings.pulls.look(app.now)
        await app.app.drain()
        await app.rescan()


async def test_an_image_is_looked_after_while_it_is_used_and_billed_once(advisories: Path) -> None:
    activities = Activities()
    app = await desk(advisories, activities=activities)
    app.sandboxes.brings[digest(1)] = VULNERABLE
    activities.pulled(9, app.now - timedelta(days=31))
    await push(app)
    await live(app, activities, 28, pulled=True)
    story = await app.story()
    assert (story.count("ImagePulled"), story.count("ScanCompleted")) == (28, 5)
    assert (await app.image()).health is Health.UNHEALTHY
    assert await app.trust() is Freshness.CURRENT

    await live(app, activities, 45, pulled=False)
    assert await app.trust() is Freshness.STALE
    forgotten = await app.story()
    await live(app, activities, 7, pulled=False)
    assert await app.story() == forgotten, "nobody looks at it, and nothing is recorded"

    await live(app, activities, 7, pulled=True)
    assert await app.trust() is Freshness.CURRENT
    assert len(app.sandboxes.started) == 1
    assert len(await app.bills()) == 1


async def test_a_deleted_image_leaves_all_views_and_comes_back_without_a_second_bill(
    app: Desk,
) -> None:
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await push(app)
    pushed_at = app.now
    await app.wait(hours=1)
    await app.tell(1, RecordDeletion(deleted_at=app.now))
    await app.app.drain()
    shown = [*await app.table(IMAGES), *await app.table(FINDINGS)]
    assert [key for key in shown if key.startswith(("i|", "c|", "p|", "m|"))] == []
    assert await app.table(OPEN_SCANS) == {}
    told = len(await app.story())

    older = replace(app.pushed(1, "late"), timestamp=pushed_at + timedelta(minutes=1))
    await app.app.services.scanning.intake.take(older)
    await app.app.drain()
    assert (await app.image()).present is False
    assert (await app.story())[told:] == ["PushOutdated"]

    await app.wait(hours=1)
    await push(app)
    assert (await app.image()).health is Health.UNHEALTHY
    assert [key for key in await app.table(FINDINGS) if key.startswith("c|")] != []
    assert len(await app.bills()) == 1


async def test_an_index_with_a_child_that_is_not_there_is_never_clean(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = index_of(
        listed(2, "amd64"),
        listed(3, "arm64"),
        listed(4, "unknown", ChildKind.ATTESTATION),
    )
    app.sandboxes.brings[digest(3)] = Delivered(
        status=Status.FAILED, parts={"cause": FailureCause.MANIFEST_UNKNOWN}
    )
    await push(app)
    for minutes in (1, 3, 10, 30):
        await app.look(minutes=minutes)
    index = await app.image(1)
    assert list(index.children or {}) == [digest(2), digest(3)], "an attestation is no child"
    assert index.health is Health.UNSCANNED
    assert (await app.image(3)).failure is FailureCause.MANIFEST_UNKNOWN
    assert (await app.image(4)).name is None


async def test_an_index_that_says_it_lists_itself_is_not_believed(app: Desk) -> None:
    itself = Child(digest=digest(1), media_type=MANIFEST, kind=ChildKind.INDEX)
    app.sandboxes.brings[digest(1)] = index_of(itself)
    await push(app)
    for minutes in (1, 3, 10):
        await app.look(minutes=minutes)
    image = await app.image()
    assert (image.failure, image.children) == (FailureCause.REPORT_INVALID, None)
    events = [one.event for one in await app.history()]
    assert sum(isinstance(event, e.ScanFailed) for event in events) == 3
