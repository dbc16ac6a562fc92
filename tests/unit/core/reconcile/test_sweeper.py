"""A sweep finds what no event announced, and never takes away what is there."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.domain import events as e
from core.domain.ids import image_stream
from core.domain.image.commands import RecordPull, WithdrawScan
from core.reconcile.sweeps import Phase, Sweeps
from tests.support.samples import SUBSCRIPTION, digest
from tests.support.sweeping import NOW, RESOURCE, Swept, swept

LONG_AGO = NOW - timedelta(days=1)


@pytest.fixture(params=[True, False], ids=["azure", "tags-only"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[Swept]:
    async with swept(azure=request.param) as world:
        yield world


@pytest.fixture
async def azure() -> AsyncIterator[Swept]:
    async with swept() as world:
        yield world


async def state(world: Swept) -> Sweeps:
    return Sweeps(await world.tables.open("sweeps"))


async def test_images_that_nobody_told_of_are_found_and_scanned(both: Swept) -> None:
    both.registry.push("team/app", 1, "v1", "latest")
    both.registry.push("other", 2, "v1")
    assert await both.sweep()
    one = await both.image("team/app", 1)
    assert one.tags == ("latest", "v1")
    assert one.open_scan is not None
    assert (one.open_scan.reason, one.scans) == (e.ScanReason.RECONCILE, 1)
    assert (await both.image("other", 2)).open_scan is not None
    sweep = await (await state(both)).of(RESOURCE)
    assert (sweep.phase, sweep.found, sweep.gone) == (Phase.DONE, 3, 0)


async def test_a_sweep_that_finds_nothing_new_says_nothing(both: Swept) -> None:
    both.registry.push("team/app", 1, "v1")
    await both.sweep()
    before = [await both.log.head(shard) for shard in range(both.log.shards)]
    both.registry.now += timedelta(days=1)
    await both.sweep()
    assert [await both.log.head(shard) for shard in range(both.log.shards)] == before


async def test_an_image_without_a_tag_is_found_where_manifests_are_listed(azure: Swept) -> None:
    azure.registry.push("team/app", 1)
    await azure.sweep()
    assert await azure.story("team/app", 1) == ["ImagePushed", "ScanRequested"]


async def test_a_tag_that_moved_in_silence_points_to_its_new_image(both: Swept) -> None:
    await both.hear("team/app", 1, "latest", at=LONG_AGO)
    both.registry.push("team/app", 1, "latest", "v1")
    both.registry.push("team/app", 2, "latest")
    await both.sweep()
    assert (await both.image("team/app", 2)).tags == ("latest",)
    assert (await both.image("team/app", 1)).tags == ("v1",)


async def test_a_tag_that_was_removed_is_taken_off_and_the_image_stays(both: Swept) -> None:
    await both.hear("team/app", 1, "v1", at=LONG_AGO)
    await both.hear("team/app", 1, "latest", at=LONG_AGO)
    both.registry.push("team/app", 1, "v1")
    await both.sweep()
    image = await both.image("team/app", 1)
    assert (image.present, image.tags) == (True, ("v1",))
    assert (await both.story("team/app", 1))[-1] == "TagRemoved"


async def test_what_the_registry_has_no_more_is_deleted_at_the_registrys_own_time(
    both: Swept,
) -> None:
    await both.hear("team/app", 1, "v1", at=LONG_AGO)
    await both.hear("team/app", 2, "v2", at=LONG_AGO)
    both.registry.push("team/app", 2, "v2")
    await both.sweep()
    gone = await both.image("team/app", 1)
    assert (gone.present, gone.deleted_at) == (False, NOW)
    assert (await both.image("team/app", 2)).present


async def test_a_repository_that_is_gone_takes_its_images_with_it(both: Swept) -> None:
    await both.hear("team/app", 1, "v1", at=LONG_AGO)
    await both.sweep()
    assert not (await both.image("team/app", 1)).present


async def test_what_a_listing_leaves_out_is_asked_for_by_name_before_it_is_deleted(
    both: Swept,
) -> None:
    await both.hear("team/app", 1, "v1", at=LONG_AGO)
    both.registry.push("team/app", 1, "v1")
    both.registry.hidden.add(digest(1))
    await both.sweep()
    image = await both.image("team/app", 1)
    assert (image.present, image.tags) == (True, ("v1",))


async def test_what_is_pushed_while_the_catalogue_is_swept_stays(azure: Swept) -> None:
    """The listing is read before the push, and the question after it."""
    await azure.hear("team/app", 1, "v1", at=LONG_AGO)
    azure.registry.repositories["team/app"] = {}

    def push_meanwhile(path: str) -> None:
        if "/manifests/" in path:
            azure.registry.push("team/app", 1, "v1")

    azure.registry.before = push_meanwhile
    await azure.sweep()
    assert (await azure.image("team/app", 1)).present


async def test_what_is_deleted_while_the_catalogue_is_swept_is_gone_and_keeps_no_other(
    both: Swept,
) -> None:
    """The catalogue still names the repository; when its images are asked for, it is gone."""
    await both.hear("a", 1, "v1", at=LONG_AGO)
    both.registry.push("a", 1, "v1")
    both.registry.push("b", 2, "v1")

    def delete_meanwhile(path: str) -> None:
        if "/a/" in path:
            both.registry.repositories.pop("a", None)

    both.registry.before = delete_meanwhile
    assert await both.sweep()
    assert not (await both.image("a", 1)).present
    assert (await both.image("b", 2)).present


async def test_a_push_whose_event_comes_after_the_deletion_was_found_brings_it_back(
    azure: Swept,
) -> None:
    await azure.hear("team/app", 1, "v1", at=LONG_AGO)
    await azure.sweep()
    assert not (await azure.image("team/app", 1)).present
    await azure.hear("team/app", 1, "v1", at=NOW + timedelta(milliseconds=1))
    assert (await azure.image("team/app", 1)).present


async def test_what_was_pushed_just_now_is_not_missed_while_replicas_lag_behind(
    both: Swept,
) -> None:
    await both.hear("team/app", 1, "v1", at=NOW - timedelta(minutes=9))
    await both.sweep()
    assert (await both.image("team/app", 1)).present
    both.registry.now += timedelta(minutes=2)
    await both.sweep()
    assert not (await both.image("team/app", 1)).present


async def test_what_nobody_touched_for_long_is_known_and_waits_to_be_used(azure: Swept) -> None:
    azure.registry.push("team/app", 1, "old", days_ago=31)
    azure.registry.push("team/app", 2, "new", days_ago=29)
    await azure.sweep()
    assert await azure.story("team/app", 1) == ["ImagePushed"]
    assert (await azure.image("team/app", 1)).pushes == {"old": NOW - timedelta(days=31)}
    assert (await azure.image("team/app", 2)).open_scan is not None
    await azure.tell(azure.name("team/app", 1), RecordPull(day=NOW.date()))
    await azure.settle()
    azure.registry.now += timedelta(hours=1)
    await azure.sweep()
    assert (await azure.image("team/app", 1)).open_scan is not None, "it was pulled"


async def test_a_scan_that_was_withdrawn_is_asked_for_again(both: Swept) -> None:
    both.registry.push("team/app", 1, "v1")
    await both.sweep()
    image = await both.image("team/app", 1)
    assert image.scan is not None
    await both.tell(
        both.name("team/app", 1), WithdrawScan(scan=image.scan.id, message="The plan is off.")
    )
    await both.settle()
    both.registry.now += timedelta(hours=1)
    await both.sweep()
    assert (await both.image("team/app", 1)).open_scan is not None


async def test_a_sweep_goes_on_where_another_process_left_it(both: Swept) -> None:
    for number in range(1, 6):
        both.registry.push(f"r{number}", number, "v1")
    await both.hear("r3", 3, "v1", at=LONG_AGO)
    slices = 0
    done = False
    while not done:
        sweeper = await both.sweeper()
        done = await sweeper.run(RESOURCE, NOW, slice_=timedelta(0))
        await both.settle()
        slices += 1
        assert slices < 10
    for number in range(1, 6):
        assert (await both.image(f"r{number}", number)).present
    assert slices > 3
    assert both.asked_for() == slices - 1, "each slice but the last asks for another"
    visits = [one for one in both.registry.asked if "/v2/_catalog" not in one]
    listings = [one for one in visits if one.endswith(("_manifests", "tags/list"))]
    assert len(listings) == len(set(listings)) == 5, "none is visited twice"


async def test_two_do_not_sweep_one_registry_at_a_time_and_a_dead_one_is_followed(
    azure: Swept,
) -> None:
    azure.registry.push("team/app", 1, "v1")
    sweeps = await state(azure)
    assert await sweeps.take(RESOURCE, NOW) is not None
    assert not await azure.sweep()
    assert await azure.story("team/app", 1) == []
    assert await azure.sweep(NOW + timedelta(minutes=6))
    assert (await azure.image("team/app", 1)).present


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_registry_in_trouble_is_left_and_taken_up_again(azure: Swept, status: int) -> None:
    azure.registry.push("a", 1, "v1")
    azure.registry.push("b", 2, "v1")
    azure.registry.trouble = {"/acr/v1/b/": status}
    assert not await azure.sweep()
    sweep = await (await state(azure)).of(RESOURCE)
    assert (sweep.cursor, bool(sweep.trouble)) == ("a", True)
    azure.registry.trouble = {}
    assert await azure.sweep()
    assert (await azure.image("b", 2)).present
    assert (await (await state(azure)).of(RESOURCE)).trouble == ""


async def test_a_repository_that_may_not_be_read_keeps_no_other(azure: Swept) -> None:
    azure.registry.push("a", 1, "v1")
    azure.registry.push("b", 2, "v1")
    azure.registry.trouble = {"/acr/v1/a/": 403}
    await azure.hear("a", 3, "v3", at=LONG_AGO)
    assert await azure.sweep()
    assert (await azure.image("b", 2)).present
    assert (await azure.image("a", 3)).present, "what cannot be seen is not deleted"
    assert "a was left out" in (await (await state(azure)).of(RESOURCE)).trouble


async def test_a_plan_that_is_off_has_nothing_swept(azure: Swept) -> None:
    azure.registry.push("team/app", 1, "v1")
    await azure.plans.switch(SUBSCRIPTION, on=False, by="a test")
    azure.enrolment.forget()
    assert await azure.sweep()
    assert azure.registry.asked == []


async def test_the_timer_asks_for_what_is_due_and_for_what_was_left(azure: Swept) -> None:
    sweeper = await azure.sweeper()
    await sweeper.look_after(NOW)
    assert azure.asked_for() == 1, "it was never swept"
    await azure.sweep()
    await sweeper.look_after(NOW + timedelta(hours=23))
    assert azure.asked_for() == 1
    await sweeper.look_after(NOW + timedelta(hours=24))
    assert azure.asked_for() == 2
    await (await state(azure)).take(RESOURCE, NOW)
    await sweeper.look_after(NOW + timedelta(hours=1))
    assert azure.asked_for() == 3, "a sweep was begun, and not finished"


async def test_what_follows_a_push_is_not_kept_waiting_by_a_sweep(azure: Swept) -> None:
    azure.registry.push("team/app", 1, "v1")
    await azure.sweep()
    assert len(azure.memory.messages["scan-rescan"]) >= 1
    assert "scan-push" not in azure.memory.messages
    history = await azure.log.history(image_stream(azure.name("team/app", 1)))
    assert [one.event.priority for one in history if isinstance(one.event, e.ScanRequested)] == [
        e.Priority.RESCAN
    ]
