"""Pushes, deletions and pulls: by the registry's clock, in whatever order they arrive."""

import pytest

from core.domain import events as e
from core.domain.image import IMAGE, Command
from core.domain.image.state import Stage
from core.domain.values import FailureCause, Health
from tests.support.images import (
    BAD,
    HEALTHY,
    RUNNING,
    UNHEALTHY,
    adopt,
    delete,
    fail,
    finish,
    given,
    lose,
    names,
    not_applicable,
    pull,
    push,
    read_index,
    request,
    scan,
    start,
    then,
)
from tests.support.samples import MANIFEST, SUBSCRIPTION, at, digest, image_name


def test_the_first_push_is_recorded_and_requests_a_scan() -> None:
    events, image = then(given(), push(5))
    assert events == (
        e.ImagePushed(
            image=image_name(),
            subscription=SUBSCRIPTION,
            tag="latest",
            media_type=MANIFEST,
            size=1234,
            source=e.Source.PUSH,
            pushed_at=at(5),
        ),
        e.ScanRequested(
            scan=scan(1), reason=e.ScanReason.PUSH, priority=e.Priority.PUSH, advisories=0
        ),
    )
    assert image.present
    assert image.tags == ("latest",)
    assert image.health is Health.UNSCANNED


@pytest.mark.parametrize("source", e.Source)
def test_the_reason_of_a_scan_is_the_signal_that_told_of_the_image(source: e.Source) -> None:
    image = given(push(source=source))
    assert image.open_scan is not None
    assert image.open_scan.reason == e.ScanReason(source)
    assert image.open_scan.priority is e.Priority.PUSH


def test_a_second_tag_of_a_waiting_image_is_one_more_tag_and_no_second_scan() -> None:
    events, image = then(given(push(0, "v1")), push(1, "v2"))
    assert names(events) == ["ImagePushed"]
    assert image.tags == ("v1", "v2")
    assert image.scans == 1


def test_a_push_without_a_tag_is_present_without_one() -> None:
    image = given(push(0, None))
    assert image.present
    assert image.tags == ()


@pytest.mark.parametrize("state", [HEALTHY, UNHEALTHY], ids=["healthy", "unhealthy"])
def test_a_push_of_an_assessed_digest_requests_nothing(state: tuple[Command, ...]) -> None:
    events, image = then(given(*state), push(9, "again"))
    assert names(events) == ["ImagePushed"]
    assert "again" in image.tags
    assert image.open_scan is None


def test_a_push_of_what_cannot_be_scanned_requests_nothing() -> None:
    image = given(*RUNNING, not_applicable())
    assert names(then(image, push(9, "again"))[0]) == ["ImagePushed"]


def test_a_push_of_an_index_that_was_read_requests_nothing() -> None:
    image = given(*RUNNING, read_index(2))
    assert names(then(image, push(9, "again"))[0]) == ["ImagePushed"]


def test_a_push_of_a_digest_whose_scan_failed_tries_again() -> None:
    image = given(*RUNNING, fail(FailureCause.PULL_DENIED))
    events, image = then(image, push(9, "again"))
    assert names(events) == ["ImagePushed", "ScanRequested"]
    assert image.open_scan is not None
    assert image.open_scan.id == scan(2)


def test_a_push_raises_the_priority_of_an_open_rescan() -> None:
    waiting = given(*HEALTHY, request())
    events, image = then(waiting, push(9, "again"))
    assert events[1:] == (
        e.ScanRequested(
            scan=scan(2), reason=e.ScanReason.PULLED, priority=e.Priority.PUSH, advisories=1
        ),
    )
    assert image.scans == 2
    assert image.open_scan is not None
    assert image.open_scan.priority is e.Priority.PUSH


def test_a_push_during_an_attempt_does_not_disturb_it() -> None:
    image = given(*RUNNING, push(9, "again"))
    assert image.scan is not None
    assert (image.scan.stage, image.scan.attempt) == (Stage.RUNNING, 1)


def test_a_push_that_is_known_says_nothing() -> None:
    image = given(push(5))
    assert IMAGE.decide(image, push(5)) == ()
    assert IMAGE.decide(image, push(4)) == ()


def test_a_deleted_image_is_absent_and_nothing_is_known_of_it_any_more() -> None:
    events, image = then(given(*UNHEALTHY, request()), delete(9))
    assert events == (e.ImageDeleted(deleted_at=at(9)),)
    assert not image.present
    assert image.tags == ()
    assert image.health is Health.UNSCANNED
    assert image.open_scan is None


def test_an_older_push_that_arrives_after_the_deletion_is_recorded_and_changes_nothing() -> None:
    events, image = then(given(push(0), delete(9)), push(5, "late"))
    assert events == (e.PushOutdated(image=image_name(), tag="late", pushed_at=at(5)),)
    assert not image.present
    assert image.tags == ()
    assert IMAGE.decide(image, push(5, "late")) == ()


def test_a_push_at_the_very_moment_of_the_deletion_is_undone_by_it() -> None:
    assert names(then(given(delete(5)), push(5))[0]) == ["PushOutdated"]
    assert names(then(given(push(5)), delete(5))[0]) == ["ImageDeleted"]


def test_a_deletion_that_a_newer_push_has_undone_takes_older_tags_only() -> None:
    image = given(push(1, "old"), push(9, "new"), start(), finish(BAD))
    events, image = then(image, delete(5))
    assert events == (e.DeletionOutdated(deleted_at=at(5), tags=("old",)),)
    assert image.present
    assert image.tags == ("new",)
    assert image.health is Health.UNHEALTHY, "the digest is the same, and so is its content"


def test_a_deletion_of_an_image_that_nobody_told_of_is_remembered() -> None:
    image = given(delete(5), push(4))
    assert not image.present
    assert given(delete(5), push(6)).present


def test_an_older_deletion_says_nothing() -> None:
    image = given(push(0), delete(5))
    assert IMAGE.decide(image, delete(5)) == ()
    assert IMAGE.decide(image, delete(4)) == ()


def test_a_push_after_the_deletion_starts_anew() -> None:
    events, image = then(given(*UNHEALTHY, delete(5)), push(9))
    assert names(events) == ["ImagePushed", "ScanRequested"]
    assert image.present
    assert image.health is Health.UNSCANNED
    assert image.open_scan is not None
    assert image.open_scan.id == scan(2), "no name is given twice"


def test_a_tag_that_moved_away_is_lost_and_the_image_stays() -> None:
    events, image = then(given(push(0, "v1"), push(0, "latest")), lose("latest", 5))
    assert events == (e.TagMoved(tag="latest", to=digest(2), moved_at=at(5)),)
    assert image.tags == ("v1",)
    assert image.present


def test_a_tag_that_came_back_since_is_not_lost() -> None:
    image = given(push(0), push(9))
    assert IMAGE.decide(image, lose("latest", 5)) == ()


def test_a_tag_that_came_back_after_it_was_lost_is_there() -> None:
    assert given(push(0), lose("latest", 5), push(9)).tags == ("latest",)


def test_of_two_digests_that_got_a_tag_at_one_moment_the_lesser_loses_it() -> None:
    assert given(push(5), lose("latest", 5, to=2)).tags == ()
    assert given(push(5), lose("latest", 5, to=0)).tags == ("latest",)


def test_a_tag_that_the_image_does_not_have_cannot_be_lost() -> None:
    assert IMAGE.decide(given(push(0, "v1")), lose("latest", 5)) == ()
    assert IMAGE.decide(given(), lose("latest", 5)) == ()


def test_an_image_never_loses_a_tag_to_itself() -> None:
    assert IMAGE.decide(given(push(0)), lose("latest", 5, to=1)) == ()


def test_the_newest_day_of_a_pull_is_kept() -> None:
    events, image = then(given(push(), pull(3)), pull(5))
    assert names(events) == ["ImagePulled"]
    assert IMAGE.decide(image, pull(5)) == ()
    assert IMAGE.decide(image, pull(4)) == ()


def test_a_pull_of_an_absent_image_is_no_news() -> None:
    assert IMAGE.decide(given(), pull(1)) == ()
    assert IMAGE.decide(given(push(0), delete(1)), pull(1)) == ()


def test_an_index_tells_of_a_child_that_nobody_told_of() -> None:
    events, image = then(given(), adopt(9, minute=5))
    assert names(events) == ["ImagePushed", "ScanRequested", "ParentFound"]
    assert image.open_scan is not None
    assert image.open_scan.reason is e.ScanReason.INDEX
    assert list(image.parents) == [digest(9)]


def test_an_index_that_lists_a_known_image_is_its_parent_and_no_more() -> None:
    events, image = then(given(*HEALTHY), adopt(9, minute=5))
    assert events == (e.ParentFound(parent=digest(9), pushed_at=at(5)),)
    assert IMAGE.decide(image, adopt(9, minute=5)) == ()
    assert names(then(image, adopt(8, minute=5))[0]) == ["ParentFound"]


def test_an_index_that_was_pushed_anew_asks_its_children_anew() -> None:
    image = given(*HEALTHY, adopt(9, minute=5))
    assert names(then(image, adopt(9, minute=7))[0]) == ["ParentFound"]
    assert IMAGE.decide(image, adopt(9, minute=4)) == ()


def test_an_index_does_not_bring_back_a_child_that_was_deleted_after_it() -> None:
    events, image = then(given(push(0), delete(9)), adopt(9, minute=5))
    assert names(events) == ["PushOutdated", "ParentFound"]
    assert not image.present
