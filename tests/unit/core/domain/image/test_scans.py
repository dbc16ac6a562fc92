"""Scans: requested, attempted, retried, given up, finished, and what is taken from a late one."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.domain import events as e
from core.domain.image import IMAGE, Command
from core.domain.image.awaiting import MAX_ATTEMPTS
from core.domain.image.ends import RETRIED
from core.domain.image.state import Image, Stage
from core.domain.values import FailureCause, Freshness, Health
from tests.support.images import (
    BAD,
    CLEAN,
    HEALTHY,
    RUNNING,
    UNHEALTHY,
    assess,
    delete,
    fail,
    finish,
    given,
    inventory,
    names,
    not_applicable,
    push,
    read_index,
    request,
    scan,
    start,
    then,
    withdraw,
)
from tests.support.samples import at


def stage(image: Image) -> Stage:
    """How far the image's latest scan is."""
    assert image.scan is not None
    return image.scan.stage


# Requests.


def test_a_request_opens_a_scan_of_an_image_that_is_there() -> None:
    events, image = then(given(*HEALTHY), request(advisories=7))
    assert events == (
        e.ScanRequested(
            scan=scan(2), reason=e.ScanReason.PULLED, priority=e.Priority.RESCAN, advisories=7
        ),
    )
    assert image.freshness is Freshness.DELAYED
    assert image.health is Health.HEALTHY


def test_a_request_for_an_open_scan_raises_what_is_asked_of_it_and_never_lowers() -> None:
    image = given(*HEALTHY, request(advisories=7))
    urgent = request(e.ScanReason.REQUEST, e.Priority.PUSH, advisories=3)
    events, image = then(image, urgent)
    assert events == (
        e.ScanRequested(
            scan=scan(2), reason=e.ScanReason.PULLED, priority=e.Priority.PUSH, advisories=7
        ),
    )
    assert IMAGE.decide(image, request(advisories=2)) == ()
    assert names(then(image, request(advisories=9))[0]) == ["ScanRequested"]


def test_a_request_for_an_absent_image_is_refused() -> None:
    assert IMAGE.decide(given(), request()) == ()
    assert IMAGE.decide(given(*HEALTHY, delete(9)), request()) == ()


def test_a_request_for_what_a_rescan_cannot_change_is_refused() -> None:
    assert IMAGE.decide(given(*RUNNING, not_applicable()), request()) == ()
    assert IMAGE.decide(given(*RUNNING, read_index(2)), request()) == ()


# Attempts.


def test_an_attempt_starts_once() -> None:
    events, image = then(given(push()), start())
    assert events == (e.ScanStarted(scan=scan(1), attempt=1, deadline=at(16)),)
    assert stage(image) is Stage.RUNNING
    assert IMAGE.decide(image, start()) == ()
    assert IMAGE.decide(image, start(2)) == ()


@pytest.mark.parametrize("wrong", [start(2), start(0), start(of=2)])
def test_an_attempt_that_is_not_the_next_does_not_start(wrong: Command) -> None:
    assert IMAGE.decide(given(push()), wrong) == ()


def test_the_next_attempt_waits_for_its_time() -> None:
    image = given(*RUNNING, fail(retry=10))
    assert stage(image) is Stage.WAITING
    assert IMAGE.decide(image, start(2, minute=9)) == ()
    assert names(then(image, start(2, minute=10))[0]) == ["ScanStarted"]


@pytest.mark.parametrize("cause", FailureCause)
def test_a_failed_attempt_is_retried_where_that_may_help(cause: FailureCause) -> None:
    (failed,), image = then(given(*RUNNING), fail(cause, retry=10))
    assert isinstance(failed, e.ScanFailed)
    again = cause not in (FailureCause.PULL_DENIED, FailureCause.UNTRUSTED_CONTENT)
    assert failed.retry_at == (at(10) if again else None)
    assert stage(image) is (Stage.WAITING if again else Stage.FAILED)
    assert (cause in RETRIED) is again


def test_a_scan_is_given_up_after_three_attempts() -> None:
    image = given(push())
    for attempt in (1, 2, 3):
        assert image.open_scan is not None
        image = then(image, start(attempt, minute=attempt * 20))[1]
        image = then(image, fail(attempt=attempt, retry=attempt * 20 + 5))[1]
    assert attempt == MAX_ATTEMPTS
    assert stage(image) is Stage.FAILED
    assert image.failure is FailureCause.TIMEOUT
    assert image.health is Health.UNSCANNED
    assert image.freshness is Freshness.FAILED
    assert IMAGE.decide(image, start(4, minute=90)) == ()


def test_a_failure_is_recorded_once_and_of_the_running_attempt_only() -> None:
    image = given(*RUNNING, fail(retry=10))
    assert IMAGE.decide(image, fail()) == ()
    running = then(image, start(2, minute=10))[1]
    assert IMAGE.decide(running, fail(attempt=1)) == ()
    assert IMAGE.decide(running, fail(attempt=3)) == ()
    assert IMAGE.decide(running, fail(attempt=2, of=2)) == ()


# Ends.


def test_an_attempt_ends_with_inventory_and_assessment_at_once() -> None:
    events, image = then(given(*RUNNING), finish(BAD))
    assert names(events) == ["InventoryTaken", "ScanCompleted"]
    assert stage(image) is Stage.COMPLETED
    assert image.health is Health.UNHEALTHY
    assert image.counts == BAD
    assert image.freshness is Freshness.CURRENT
    assert IMAGE.decide(image, finish(BAD)) == ()


def test_a_clean_assessment_makes_healthy() -> None:
    assert given(*HEALTHY).health is Health.HEALTHY


def test_an_inventory_without_an_assessment_is_no_verdict() -> None:
    image = given(*RUNNING, inventory())
    assert stage(image) is Stage.INVENTORIED
    assert image.health is Health.UNSCANNED
    assert image.freshness is Freshness.DELAYED
    assert given(*RUNNING, inventory(), assess()).health is Health.HEALTHY


def test_an_inventory_known_from_another_repository_needs_no_attempt() -> None:
    image = given(push(), finish(BAD, attempt=0))
    assert image.health is Health.UNHEALTHY
    assert image.open_scan is None


@pytest.mark.parametrize(
    ("cause", "settled"),
    [(FailureCause.TIMEOUT, Stage.WAITING), (FailureCause.PULL_DENIED, Stage.FAILED)],
)
def test_a_late_inventory_of_an_attempt_that_was_given_up_is_taken(
    cause: FailureCause, settled: Stage
) -> None:
    image = given(*RUNNING, fail(cause))
    assert stage(image) is settled
    events, image = then(image, finish(BAD))
    assert names(events) == ["InventoryTaken", "ScanCompleted"]
    assert image.health is Health.UNHEALTHY
    assert image.failure is None


def test_a_late_inventory_is_taken_while_the_next_attempt_runs_and_ends_the_scan() -> None:
    image = given(*RUNNING, fail(), start(2, minute=10), finish(BAD, attempt=1))
    assert image.health is Health.UNHEALTHY
    assert IMAGE.decide(image, finish(CLEAN, attempt=2)) == ()
    assert IMAGE.decide(image, fail(attempt=2)) == ()


def test_a_late_inventory_of_a_deleted_image_is_refused() -> None:
    image = given(*RUNNING, delete(5))
    assert IMAGE.decide(image, finish()) == ()
    assert IMAGE.decide(image, not_applicable()) == ()
    assert IMAGE.decide(image, read_index(2)) == ()
    assert IMAGE.decide(image, fail()) == ()


GIVEN_UP = (*RUNNING, fail(FailureCause.PULL_DENIED))


@pytest.mark.parametrize(
    "since",
    [
        (push(9),),
        (push(9), start(of=2, minute=10)),
        (push(9), start(of=2, minute=10), fail(FailureCause.PULL_DENIED, of=2)),
        (delete(8), push(9)),
    ],
    ids=["waiting", "running", "given up too", "deleted and back"],
)
def test_a_late_inventory_of_an_earlier_scan_is_taken_whole_for_the_latest(
    since: Sequence[Command],
) -> None:
    events, image = then(given(*GIVEN_UP, *since), finish(BAD, of=1))
    taken, completed = events
    assert isinstance(taken, e.InventoryTaken)
    assert isinstance(completed, e.ScanCompleted)
    assert (taken.scan, taken.attempt, completed.scan) == (scan(2), 0, scan(2))
    assert (image.health, image.failure, image.open_scan) == (Health.UNHEALTHY, None, None)
    assert IMAGE.decide(image, finish(BAD, of=1)) == ()
    assert IMAGE.decide(image, finish(of=2)) == ()


def test_a_late_inventory_is_refused_where_the_image_has_a_newer_one() -> None:
    newer = (push(9), start(of=2, minute=10), finish(BAD, of=2), request(), start(of=3, minute=20))
    image = given(*GIVEN_UP, *newer)
    assert IMAGE.decide(image, finish(of=1)) == ()
    assert IMAGE.decide(image, inventory(of=1)) == ()
    assert names(then(image, finish(of=3))[0]) == ["InventoryTaken", "ScanCompleted"]


def test_nothing_but_an_inventory_is_taken_from_an_earlier_scan() -> None:
    image = given(*GIVEN_UP, push(9), start(of=2, minute=10))
    for late in (not_applicable(of=1), read_index(2, of=1), fail(of=1), finish(of=1, attempt=4)):
        assert IMAGE.decide(image, late) == ()
    assert IMAGE.decide(image, finish(of=3)) == (), "there is no such scan yet"


def test_a_late_inventory_of_an_earlier_scan_waits_for_the_advisories_that_the_latest_needs() -> (
    None
):
    image = given(*GIVEN_UP, request(advisories=5))
    for late in (inventory(of=1), finish(of=1, version=4)):
        assert stage(then(image, late)[1]) is Stage.INVENTORIED
    assert then(image, finish(of=1, version=5))[1].open_scan is None


def test_a_late_inventory_is_refused_where_the_latest_scan_was_withdrawn() -> None:
    image = given(*GIVEN_UP, push(9), withdraw(of=2))
    assert IMAGE.decide(image, finish(of=1)) == ()


def test_an_inventory_of_an_attempt_that_never_started_is_refused() -> None:
    assert IMAGE.decide(given(*RUNNING), finish(attempt=2)) == ()
    assert IMAGE.decide(given(push()), finish()) == ()
    assert IMAGE.decide(given(*RUNNING), finish(attempt=-1)) == ()


def test_a_completion_with_older_advisories_leaves_the_scan_open() -> None:
    image = given(*HEALTHY, request(advisories=5), assess(BAD, of=2, version=4))
    assert stage(image) is Stage.INVENTORIED
    assert image.health is Health.UNHEALTHY
    assert image.freshness is Freshness.DELAYED
    assert IMAGE.decide(image, assess(BAD, of=2, version=4)) == ()
    image = then(image, assess(CLEAN, of=2, version=5))[1]
    assert stage(image) is Stage.COMPLETED
    assert image.health is Health.HEALTHY


def test_demands_that_were_raised_during_an_attempt_hold_for_its_end() -> None:
    image = given(*RUNNING, request(advisories=5), finish(version=4))
    assert stage(image) is Stage.INVENTORIED
    assert given(*RUNNING, request(advisories=5), finish(version=5)).open_scan is None


def test_a_rescan_of_a_known_inventory_needs_no_attempt() -> None:
    image = given(*HEALTHY, request(), assess(BAD, of=2, version=2))
    assert image.health is Health.UNHEALTHY
    assert image.open_scan is None


def test_an_assessment_waits_for_the_inventory_of_a_running_attempt() -> None:
    assert IMAGE.decide(given(*RUNNING), assess()) == ()
    assert IMAGE.decide(given(*HEALTHY, request(), start(of=2)), assess(of=2)) == ()


def test_an_assessment_of_another_scan_is_refused() -> None:
    assert IMAGE.decide(given(*HEALTHY, request()), assess(of=1, version=9)) == ()
    assert IMAGE.decide(given(*HEALTHY), assess(version=9)) == ()


def test_what_cannot_be_scanned_is_not_applicable() -> None:
    events, image = then(given(*RUNNING), not_applicable())
    assert names(events) == ["ImageNotApplicable"]
    assert image.health is Health.NOT_APPLICABLE
    assert image.freshness is Freshness.CURRENT
    assert IMAGE.decide(image, not_applicable()) == ()


# B4: a failed or late rescan never improves or hides a verdict.


@pytest.mark.parametrize("cause", FailureCause)
def test_a_failed_rescan_leaves_an_unhealthy_image_unhealthy(cause: FailureCause) -> None:
    image = given(*UNHEALTHY, request(), start(of=2))
    assert image.health is Health.UNHEALTHY
    for attempt in (1, 2, 3):
        image = given_more(image, fail(cause, attempt, of=2, retry=0), start(attempt + 1, of=2))
        assert image.health is Health.UNHEALTHY
        assert image.counts == BAD
    assert image.freshness is Freshness.FAILED


def test_an_assessment_with_older_advisories_never_replaces_one_with_newer() -> None:
    image = given(*RUNNING, finish(BAD, version=5), request())
    assert image.open_scan is not None
    assert image.open_scan.advisories == 5, "what was known by version 5 is not forgotten"
    assert IMAGE.decide(image, assess(CLEAN, of=2, version=4)) == ()
    events, image = then(then(image, start(of=2))[1], finish(CLEAN, of=2, version=4))
    assert names(events) == ["InventoryTaken"]
    assert image.health is Health.UNHEALTHY
    assert stage(image) is Stage.INVENTORIED
    assert then(image, assess(CLEAN, of=2, version=5))[1].health is Health.HEALTHY


def test_only_an_assessment_makes_an_image_healthy() -> None:
    image = given(push())
    for command in (start(), fail(), start(2, minute=10), inventory(2)):
        image = then(image, command)[1]
        assert image.health is Health.UNSCANNED
    assert then(image, assess())[1].health is Health.HEALTHY


def given_more(image: Image, *commands: Command) -> Image:
    """The image after more commands."""
    for command in commands:
        image = then(image, command)[1]
    return image


@pytest.mark.parametrize("left_out", ["uncompared", "unidentified"])
def test_an_image_of_which_something_was_left_out_is_not_called_healthy(left_out: str) -> None:
    scanned = finish()
    if left_out == "uncompared":
        scanned = replace(scanned, assessment=replace(scanned.assessment, uncompared=1))
    else:
        scanned = replace(scanned, inventory=replace(scanned.inventory, unidentified=1))
    image = given(push(), start(), scanned)
    assert image.scan is not None
    assert image.scan.stage is Stage.COMPLETED
    assert image.health is Health.UNSCANNED
    assert image.freshness is Freshness.CURRENT
