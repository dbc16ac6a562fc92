"""What the registry itself is asked for: found without an event, a tag that is gone, a scan that is
not wanted any more."""

import pytest

from core.domain import events as e
from core.domain.image import Image
from core.domain.image.state import Stage
from core.domain.values import Freshness, Health
from tests.support.images import (
    HEALTHY,
    delete,
    finish,
    given,
    lose,
    present,
    push,
    remove,
    request,
    start,
    then,
    withdraw,
)
from tests.support.samples import at


def names(image: Image, *commands: object) -> list[str]:
    """The types of the events that follow from one more command."""
    (command,) = commands
    events, _ = then(image, command)  # type: ignore[arg-type]  # any command of an image
    return [type(event).__name__ for event in events]


def test_an_image_that_no_event_told_of_is_pushed_and_scanned_without_haste() -> None:
    (pushed, requested), image = then(given(), present(5))
    assert isinstance(pushed, e.ImagePushed)
    assert isinstance(requested, e.ScanRequested)
    assert (pushed.source, pushed.pushed_at) == (e.Source.RECONCILE, at(5))
    assert (requested.reason, requested.priority) == (e.ScanReason.RECONCILE, e.Priority.RESCAN)
    assert names(image, present(9)) == []


def test_it_was_pushed_when_the_registry_says_that_it_was() -> None:
    (pushed, _), _ = then(given(), present(9, updated=2))
    assert isinstance(pushed, e.ImagePushed)
    assert pushed.pushed_at == at(2)


def test_an_import_is_as_urgent_as_a_push() -> None:
    (pushed, requested), _ = then(given(), present(5, source=e.Source.IMPORT))
    assert isinstance(pushed, e.ImagePushed)
    assert isinstance(requested, e.ScanRequested)
    assert (pushed.source, requested.reason) == (e.Source.IMPORT, e.ScanReason.IMPORT)
    assert requested.priority is e.Priority.PUSH


@pytest.mark.parametrize("first", [push(5), present(5, source=e.Source.IMPORT), present(5)])
@pytest.mark.parametrize(
    "second", [push(6), push(4), present(6, source=e.Source.IMPORT), present(6)]
)
def test_two_signals_of_one_import_are_one_image_and_one_scan(
    first: object, second: object
) -> None:
    image = given(first, second)  # type: ignore[arg-type]  # commands of an image
    assert (image.scans, image.present, image.tags) == (1, True, ("latest",))


def test_what_nobody_used_for_long_is_known_and_not_scanned_until_somebody_does() -> None:
    (event,), image = then(given(), present(5, wanted=False))
    assert isinstance(event, e.ImagePushed)
    assert (image.health, image.open_scan) == (Health.UNSCANNED, None)
    assert names(image, present(6, wanted=False)) == []
    assert names(image, present(7)) == ["ScanRequested"]


def test_a_tag_that_moved_in_silence_is_a_push_of_that_tag() -> None:
    image = given(*HEALTHY, lose("latest", 20))
    assert names(image, present(30)) == ["ImagePushed"], "and its verdict is current"
    assert names(image, present(30, tag=None)) == []


def test_what_was_seen_before_it_was_deleted_is_not_there() -> None:
    image = given(push(1), delete(10))
    assert names(image, present(9)) == []
    assert names(image, present(9, updated=2)) == []
    (pushed, _), _ = then(image, present(11, updated=2))
    assert isinstance(pushed, e.ImagePushed)
    assert pushed.pushed_at == at(11), "not when it was there before"


def test_a_tag_that_the_registry_has_no_more_is_taken_off() -> None:
    image = given(push(1, "a"), push(2, "b"))
    (event,), image = then(image, remove("a", 5))
    assert event == e.TagRemoved(tag="a", removed_at=at(5))
    assert image.tags == ("b",)
    assert names(image, remove("a", 6)) == []
    assert names(given(push(9, "a")), remove("a", 5)) == [], "it was pushed meanwhile"


def test_a_scan_is_withdrawn_while_it_waits_and_leaves_the_verdict() -> None:
    image = given(*HEALTHY, request())
    (event,), after = then(image, withdraw(of=2))
    assert isinstance(event, e.ScanWithdrawn)
    assert (after.health, after.freshness) == (Health.HEALTHY, Freshness.STALE)
    assert names(after, withdraw(of=2)) == []


def test_a_scan_that_runs_comes_to_its_end() -> None:
    image = given(push(), start())
    assert names(image, withdraw()) == []
    assert given(push(), start(), withdraw(), finish()).health is Health.HEALTHY


def test_a_withdrawn_scan_takes_no_report_and_is_asked_for_anew_when_the_image_is_found() -> None:
    image = given(push(), withdraw())
    assert image.scan is not None
    assert image.scan.stage is Stage.WITHDRAWN
    assert names(image, finish()) == []
    assert names(image, present(9, wanted=False)) == []
    assert names(image, present(9)) == ["ScanRequested"]
    assert names(image, push(9)) == ["ImagePushed", "ScanRequested"]
