"""An image's row, and its registry's totals, after each kind of event."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from core.domain import events as e
from core.domain.image import Command
from core.domain.recorded import Recorded
from core.domain.values import FailureCause, Health, NotApplicableCause, SeverityCounts
from core.projections.cells import words
from core.projections.image_rows import MAX_WORDS, counts_of
from core.projections.images import Images, is_there
from core.projections.index_rows import children_of
from core.projections.totals import TOTALS
from core.storage.interface import Cells, Put
from core.storage.limits import check_transaction
from tests.support.images import (
    BAD,
    HEALTHY,
    INDEX,
    LINUX,
    RUNNING,
    UNHEALTHY,
    adopt,
    assess,
    child,
    delete,
    fail,
    finish,
    inventory,
    lose,
    not_applicable,
    pull,
    push,
    read_index,
    request,
    start,
)
from tests.support.samples import MANIFEST, artifact, digest, image_name
from tests.support.views import Shown, fold, history, in_order, recorded

PUSHED = push()


def image(shown: Shown) -> Cells:
    """The one image's row."""
    (cells,) = images(shown)
    return cells


def images(shown: Shown) -> list[Cells]:
    """The rows of images that are there."""
    return [cells for key, cells in shown.items() if key.startswith("i|") and is_there(cells)]


def row(*commands: Command | Sequence[Command]) -> Cells:
    """The one image's row after those commands."""
    return image(fold(Images(), history(*commands)))


def totals(shown: Mapping[str, Cells]) -> dict[str, int]:
    """The totals that are not zero, of all registries and subscriptions."""
    counted = dict.fromkeys(TOTALS, 0)
    for key, cells in shown.items():
        for name in TOTALS:
            counted[name] += int(str(cells[name])) if key.startswith("t|") else 0
    return {name: number for name, number in counted.items() if number}


def picked(cells: Cells, *names: str) -> tuple[object, ...]:
    return tuple(cells.get(name) for name in names)


def test_a_push_makes_an_image_that_waits_unscanned() -> None:
    cells = row(PUSHED)
    assert picked(cells, "registry", "repository", "digest") == (
        "demo.azurecr.io",
        "team/app",
        digest(1),
    )
    assert picked(cells, "health", "freshness", "stage") == ("Unscanned", "Delayed", "waiting")
    assert picked(cells, "tags", "size", "source") == ("latest", 1234, "push")
    assert cells["media_type"] == MANIFEST


def test_tags_gather_and_leave() -> None:
    assert words(row(PUSHED, push(1, "v1"), push(2, None)), "tags") == ["latest", "v1"]
    assert words(row(PUSHED, push(1, "v1"), lose("latest", 2)), "tags") == ["v1"]
    assert words(row(PUSHED, push(5, "v1"), delete(2)), "tags") == ["v1"]
    assert words(row(PUSHED, lose("latest", 2)), "tags") == []


def test_the_newest_push_is_shown_whichever_comes_last() -> None:
    assert row(push(5), push(2, "old"))["pushed_at"] == row(push(5))["pushed_at"]


@pytest.mark.parametrize(
    ("commands", "stage", "freshness", "health"),
    [
        (RUNNING, "running", "Delayed", "Unscanned"),
        ((*RUNNING, inventory()), "inventoried", "Delayed", "Unscanned"),
        (HEALTHY, "completed", "Current", "Healthy"),
        (UNHEALTHY, "completed", "Current", "Unhealthy"),
        ((*RUNNING, fail()), "waiting", "Delayed", "Unscanned"),
        ((*RUNNING, fail(FailureCause.PULL_DENIED)), "failed", "Failed", "Unscanned"),
        ((*RUNNING, not_applicable()), "completed", "Current", "NotApplicable"),
        ((*HEALTHY, request()), "waiting", "Delayed", "Healthy"),
        ((*UNHEALTHY, request(), assess(of=2, version=2)), "completed", "Current", "Healthy"),
        (INDEX, "completed", "Current", "Unscanned"),
        ((*RUNNING, read_index()), "completed", "Current", "NotApplicable"),
    ],
)
def test_stage_freshness_and_health(
    commands: Sequence[Command], stage: str, freshness: str, health: str
) -> None:
    assert picked(row(commands), "stage", "freshness", "health") == (stage, freshness, health)


def test_a_failed_rescan_leaves_the_verdict_and_says_why() -> None:
    story = in_order(
        [
            *(one.event for one in history(UNHEALTHY)),
            e.ScanRequested(
                scan=history(PUSHED)[1].event.scan,  # type: ignore[union-attr]
                reason=e.ScanReason.REQUEST,
                priority=e.Priority.RESCAN,
                advisories=0,
            ),
            e.ScanFailed(
                scan=history(PUSHED)[1].event.scan,  # type: ignore[union-attr]
                attempt=2,
                cause=FailureCause.TIMEOUT,
                message="Too late.",
                retry_at=None,
            ),
        ]
    )
    cells = image(fold(Images(), story))
    assert picked(cells, "health", "freshness", "failure") == ("Unhealthy", "Failed", "timeout")
    assert counts_of(cells) == BAD


def test_why_an_image_is_not_applicable_is_said() -> None:
    cells = row(*RUNNING, not_applicable(NotApplicableCause.WINDOWS))
    assert picked(cells, "cause", "message", "platform") == (
        "windows",
        "It is Windows.",
        "windows/amd64",
    )


def test_findings_are_counted_and_the_worst_is_ranked() -> None:
    assert counts_of(row(UNHEALTHY)) == BAD
    assert [row(one)["worst"] for one in (UNHEALTHY, HEALTHY, RUNNING)] == [0, 9, 9]
    low = (*RUNNING, finish(SeverityCounts(low=3)))
    assert row(low)["worst"] == 3


def test_a_push_while_an_attempt_runs_leaves_it_running() -> None:
    assert row((push(), start(), request(priority=e.Priority.PUSH, advisories=2)))["stage"] == (
        "running"
    )
    assert row((*RUNNING, inventory(), request(advisories=2)))["stage"] == "inventoried"


def test_a_new_scan_shows_none_of_the_times_of_the_last() -> None:
    cells = row(*HEALTHY, request())
    assert {"started_at", "inventoried_at", "completed_at"} & set(cells) == set()
    assert picked(cells, "attempt", "reason", "priority") == (0, "pulled", "rescan")


def test_a_completion_with_older_advisories_than_demanded_leaves_it_waiting_for_newer() -> None:
    story = (*RUNNING, inventory(), request(advisories=2), assess(BAD, version=1))
    assert picked(row(story), "stage", "freshness", "health") == (
        "inventoried",
        "Delayed",
        "Unhealthy",
    )
    assert picked(row(*story, assess(version=2)), "stage", "health") == ("completed", "Healthy")


def test_an_inventory_of_another_kind_leaves_nothing_of_the_last() -> None:
    second = replace(inventory(), distribution=None, packages=3)
    cells = image(
        fold(
            Images(),
            in_order(one.event for one in (*history(RUNNING, inventory()), *_taken(second))),
        )
    )
    assert picked(cells, "distribution", "packages") == ("", 3)


def _taken(command: Command) -> list[Recorded]:
    return history(RUNNING, command)[-1:]


def test_pulls_and_indexes_are_noted() -> None:
    cells = row(*HEALTHY, pull(3), adopt(9), adopt(8))
    assert picked(cells, "pulled_on") == ("2026-01-04",)
    assert words(cells, "parents") == [digest(8), digest(9)]


def test_a_deleted_image_is_not_shown_and_comes_back_afresh_when_it_is_pushed_again() -> None:
    gone = fold(Images(), history(*UNHEALTHY, delete(5)))
    assert images(gone) == []
    assert totals(gone) == {}
    again = fold(Images(), history(*UNHEALTHY, delete(5), push(6, "v2")))
    assert picked(image(again), "health", "tags", "scan") == (
        "Unscanned",
        "v2",
        row(*HEALTHY, request())["scan"],
    )
    assert counts_of(image(again)) == SeverityCounts()
    assert totals(again) == {"images": 1, "Unscanned": 1, "waiting": 1}


def test_an_image_that_comes_back_still_knows_its_indexes_and_its_last_pull() -> None:
    story = (*HEALTHY, adopt(9), pull(2), delete(5))
    shown = fold(Images(), history(*story))
    assert images(shown) == []
    back = fold(Images(), history(*story, push(6)))
    assert words(image(back), "parents") == [digest(9)]
    assert image(back)["pulled_on"] == "2026-01-03"


def test_an_index_that_finds_a_deleted_child_is_known_when_the_child_comes_back() -> None:
    story = (push(), delete(9), adopt(8, minute=1), adopt(9, minute=2))
    shown = fold(Images(), history(*story))
    assert images(shown) == []
    assert words(image(fold(Images(), history(*story, push(10)))), "parents") == [
        digest(8),
        digest(9),
    ]


def test_what_happens_to_an_image_that_is_not_there_shows_nothing() -> None:
    assert fold(Images(), history(delete(5), push(3), lose("latest", 4))) == {}


def test_an_index_shows_its_children_and_is_the_worst_of_them() -> None:
    cells = row(*INDEX)
    assert children_of(cells) == {
        digest(number): {"platform": str(LINUX), "health": "Unscanned"} for number in (2, 3)
    }
    cells = row(*INDEX, child(2, Health.HEALTHY, 5), child(3, Health.UNHEALTHY, 6, BAD))
    assert (cells["health"], counts_of(cells)) == ("Unhealthy", BAD)
    cells = row(*INDEX, child(2, Health.HEALTHY, 5), child(3, Health.NOT_APPLICABLE, 6))
    assert cells["health"] == "Healthy"


def test_totals_do_not_count_an_indexs_findings_a_second_time() -> None:
    shown = fold(Images(), history(*INDEX, child(2, Health.UNHEALTHY, 5, BAD)))
    assert totals(shown) == {"images": 1, "Unhealthy": 1}


def test_totals_follow_every_image() -> None:
    shown: Shown = {}
    for number, commands in enumerate((UNHEALTHY, HEALTHY, (PUSHED,), INDEX), start=1):
        told = [
            replace(one, event=_named(one.event, number))
            for one in history(commands, number=number)
        ]
        shown = fold(Images(), told, over=shown)
    assert totals(shown) == {
        "images": 4,
        "Unhealthy": 1,
        "Healthy": 1,
        "Unscanned": 2,
        "critical": 1,
        "low": 2,
        "waiting": 1,
    }


def _named(event: e.Event, number: int) -> e.Event:
    if isinstance(event, e.ImagePushed):
        return replace(event, image=image_name(number))
    return event


def test_a_registry_that_moves_to_another_subscription_takes_its_images_along() -> None:
    moved = replace(push(9, "v2"), subscription="another")
    shown = fold(Images(), history(*UNHEALTHY, moved))
    counted = {key: cells["images"] for key, cells in shown.items() if key.startswith("t|")}
    assert sorted(counted.values()) == [0, 1]
    assert counted["t|another|demo.azurecr.io"] == 1
    assert totals(shown) == {"images": 1, "Unhealthy": 1, "critical": 1, "low": 2}


def test_applying_the_last_event_again_changes_nothing() -> None:
    for told in (history(*UNHEALTHY, pull(1), push(9)), history(*HEALTHY, delete(9))):
        once = fold(Images(), told)
        assert fold(Images(), told[-1:], over=once) == once


def test_events_of_other_streams_are_none_of_its_business() -> None:
    published = e.AdvisoriesPublished(version=1, database=artifact(), records=1)
    assert fold(Images(), [recorded(published, stream=None)]) == {}


def test_any_number_of_tags_and_children_makes_a_row_that_storage_takes() -> None:
    tags = [push(0, f"{number:04d}" + "x" * 120) for number in range(MAX_WORDS + 5)]
    cells = row(*tags)
    assert len(words(cells, "tags")) == MAX_WORDS
    few = [push(0, "x" * 120 + str(number)) for number in range(300)]
    lost = row(*few, *(lose(str(one.tag), 1) for one in few))
    assert words(lost, "tags") == []
    assert [name for name in lost if name.startswith("tags")] == ["tags"]
    children = range(2, 502)
    verdicts = [child(number, Health.UNHEALTHY, number, BAD) for number in children[::10]]
    index = row(RUNNING, read_index(*children), verdicts)
    assert len(children_of(index)) == 500
    check_transaction("000", [Put("wide", cells), Put("index", index)])
