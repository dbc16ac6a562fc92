"""Open scans: every image whose scan has no end yet, with all that says whose turn it is."""

from collections.abc import Sequence

import pytest

from core.domain import events as e
from core.domain.image import Command
from core.domain.values import FailureCause
from core.projections.cells import instant
from core.projections.scans import OpenScans
from core.storage.interface import Cells
from tests.support.images import (
    HEALTHY,
    INDEX,
    RUNNING,
    assess,
    delete,
    fail,
    finish,
    inventory,
    not_applicable,
    push,
    request,
    scan,
    start,
)
from tests.support.samples import at
from tests.support.views import fold, history

GIVEN_UP = (*RUNNING, fail(FailureCause.PULL_DENIED))


def row(*commands: Command | Sequence[Command]) -> Cells | None:
    """The image's row, if it has one."""
    shown = fold(OpenScans(), history(*commands))
    return next((cells for key, cells in shown.items() if key.startswith("o|")), None)


def places(*commands: Command | Sequence[Command]) -> list[str]:
    """The image's places in the queues: which, and since when."""
    shown = fold(OpenScans(), history(*commands))
    return ["|".join(key.split("|")[1:3]) for key in shown if key.startswith("w|")]


def test_a_requested_scan_waits_with_every_cell_that_can_be_asked_for() -> None:
    assert row(push()) == {
        "scan": scan(),
        "stage": "waiting",
        "attempt": 0,
        "requested_at": instant(at(2)),
        "deadline": "",
        "retry_at": "",
        "priority": "push",
        "advisories": 0,
    }


@pytest.mark.parametrize(
    ("commands", "stage", "attempt"),
    [
        (RUNNING, "running", 1),
        ((*RUNNING, inventory()), "inventoried", 1),
        ((*RUNNING, fail()), "waiting", 1),
        ((*RUNNING, fail(), start(2, minute=20)), "running", 2),
        (GIVEN_UP, "failed", 1),
        ((*GIVEN_UP, inventory()), "inventoried", 1),
        ((*GIVEN_UP, push(9)), "waiting", 0),
        ((*HEALTHY, request()), "waiting", 0),
        ((push(), inventory(0)), "inventoried", 0),
    ],
)
def test_a_row_follows_its_scan(commands: Sequence[Command], stage: str, attempt: int) -> None:
    cells = row(commands)
    assert cells is not None
    assert (cells["stage"], cells["attempt"]) == (stage, attempt)


def test_when_an_attempt_is_due_and_overdue_stands_in_the_row() -> None:
    running, failed = row(*RUNNING), row(*RUNNING, fail(retry=10))
    assert running is not None
    assert failed is not None
    assert running["deadline"] == instant(at(16))
    assert failed["retry_at"] == instant(at(10))


@pytest.mark.parametrize(
    "commands",
    [
        HEALTHY,
        INDEX,
        (*RUNNING, not_applicable()),
        (*RUNNING, delete(5)),
        (push(), delete(5)),
        (*GIVEN_UP, delete(5)),
        (*GIVEN_UP, finish()),
        (*HEALTHY, request(), assess(of=2, version=2)),
        (push(5), delete(9), push(2)),
    ],
)
def test_an_image_whose_scan_has_ended_has_no_row(commands: Sequence[Command]) -> None:
    assert row(commands) is None


def test_more_that_is_asked_of_an_open_scan_changes_nothing_else() -> None:
    before = row(*HEALTHY, request())
    after = row(*HEALTHY, request(), request(priority=e.Priority.PUSH, advisories=7))
    assert before is not None
    assert after == {**before, "priority": "push", "advisories": 7}


@pytest.mark.parametrize("story", [(*RUNNING, inventory()), HEALTHY])
def test_a_completion_with_older_advisories_than_demanded_leaves_the_scan_open(
    story: Sequence[Command],
) -> None:
    cells = row(*story, request(advisories=5), assess(of=1 if story[-1] == inventory() else 2))
    assert cells is not None
    assert (cells["stage"], cells["advisories"]) == ("inventoried", 5)


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ((push(),), [f"push|{instant(at(2))}"]),
        (RUNNING, []),
        ((*RUNNING, fail(retry=10)), [f"push|{instant(at(10))}"]),
        (GIVEN_UP, []),
        ((*RUNNING, inventory()), []),
        ((*HEALTHY, request()), [f"rescan|{instant(at(6))}"]),
        ((*HEALTHY, request(), request(priority=e.Priority.PUSH)), [f"push|{instant(at(6))}"]),
        ((*HEALTHY, request(), start(of=2, minute=9)), []),
        ((push(), delete(5)), []),
    ],
)
def test_a_scan_that_waits_has_one_place_in_one_queue(
    commands: Sequence[Command], expected: list[str]
) -> None:
    assert places(*commands) == expected
