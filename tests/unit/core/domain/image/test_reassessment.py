"""Other advisories give a known inventory another verdict, without a sandbox."""

from core.domain import events as e
from core.domain.image.state import Stage
from core.domain.values import Freshness, Health
from tests.support.images import (
    BAD,
    HEALTHY,
    RUNNING,
    delete,
    finish,
    given,
    inventory,
    names,
    push,
    reassess,
    request,
    scan,
    start,
    then,
)


def test_a_settled_image_gets_a_scan_that_is_completed_at_once() -> None:
    events, image = then(given(*HEALTHY), reassess(BAD))
    assert events[0] == e.ScanRequested(
        scan=scan(2), reason=e.ScanReason.ADVISORIES, priority=e.Priority.RESCAN, advisories=2
    )
    assert names(events) == ["ScanRequested", "ScanCompleted"]
    assert (image.health, image.freshness) == (Health.UNHEALTHY, Freshness.CURRENT)
    assert image.assessment is not None
    assert (image.assessment.scan, image.assessment.advisories_version) == (scan(2), 2)


def test_what_was_assessed_with_that_version_or_a_later_one_is_left_alone() -> None:
    image = given(*HEALTHY, reassess(BAD, version=3))
    assert [then(image, reassess(version=version))[0] for version in (2, 3)] == [(), ()]


def test_a_scan_that_waits_for_advisories_is_completed() -> None:
    events, image = then(given(*RUNNING, inventory()), reassess(version=1))
    assert names(events) == ["ScanCompleted"]
    assert (image.health, image.open_scan) == (Health.HEALTHY, None)


def test_a_scan_that_demands_later_advisories_stays_open() -> None:
    image = given(*HEALTHY, request(advisories=5), reassess(BAD, version=4))
    assert image.health is Health.UNHEALTHY
    assert image.open_scan is not None
    assert image.open_scan.stage is Stage.INVENTORIED


def test_a_running_scan_is_waited_for() -> None:
    image = given(*HEALTHY, request(), start(of=2))
    assert then(image, reassess(BAD))[0] == ()


def test_another_inventory_is_not_meant() -> None:
    assert then(given(*HEALTHY), reassess(BAD, bom=2))[0] == ()


def test_nothing_is_said_of_an_image_that_is_gone_or_was_never_inventoried() -> None:
    for past in ([*HEALTHY, delete(5)], [push()], list(RUNNING), []):
        assert then(given(*past), reassess(BAD))[0] == ()


def test_a_digest_that_came_back_is_assessed_by_its_new_inventory() -> None:
    image = given(*HEALTHY, delete(5), push(6), start(of=2, minute=7), finish(of=2))
    assert names(then(image, reassess(BAD))[0]) == ["ScanRequested", "ScanCompleted"]
