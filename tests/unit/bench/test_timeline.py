"""The time of a push is split without loss: whatever is not known of, its stages add up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.timeline import Run, Stage, first_run, own_share, runs, split, total

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)

LOG = """\
2026-11-21T12:00:01.500Z INFO    [take_report] succeeded in 250 ms
2026-11-21T12:00:01.600Z INFO    [project] succeeded in 50 ms
2026-11-21T12:00:01.700Z ERROR   [project] failed in 12 ms: no
2026-11-21T12:00:01.800Z INFO    host: ready: http=http://127.0.0.1:1 functions: project
    a line of a traceback that says [project] succeeded in 1 ms
2026-11-21T12:00:09.000Z INFO    [take_report] succeeded in 1000 ms
"""


def at(milliseconds: float) -> datetime:
    return START + timedelta(milliseconds=milliseconds)


def test_stages_last_from_one_moment_to_the_next() -> None:
    ends = {stage: at(100 * (index + 1)) for index, stage in enumerate(Stage)}
    taken = split(START, ends)
    assert taken == {stage: pytest.approx(0.1) for stage in Stage}


def test_a_stage_whose_end_is_unknown_is_part_of_the_next() -> None:
    taken = split(START, {Stage.NOTIFY: at(10), Stage.QUEUE: None, Stage.ENTER: at(50)})
    assert taken[Stage.QUEUE] == 0
    assert taken[Stage.ENTER] == pytest.approx(0.04)


@given(st.dictionaries(st.sampled_from(Stage), st.none() | st.floats(0, 1e6)))
def test_stages_add_up_to_the_whole(known: dict[Stage, float | None]) -> None:
    ends = {stage: None if ms is None else at(ms) for stage, ms in known.items()}
    last = next((end for stage in reversed(Stage) if (end := ends.get(stage))), START)
    assert total(split(START, ends)) == pytest.approx((last - START).total_seconds(), abs=1e-4)


def test_the_own_share_is_all_but_pull_and_inventory() -> None:
    ends = {stage: at(100 * (index + 1)) for index, stage in enumerate(Stage)}
    stages = split(START, ends)
    pulled = stages[Stage.FETCH] + stages[Stage.CATALOGUE]
    assert own_share(stages) == pytest.approx(total(stages) - pulled)


def test_a_run_began_before_its_line_by_as_long_as_it_took() -> None:
    assert runs(LOG) == [
        Run(function="take_report", began=at(1250)),
        Run(function="project", began=at(1550)),
        Run(function="take_report", began=at(8000)),
    ]


def test_the_first_run_after_a_moment_is_found_by_when_it_began() -> None:
    assert first_run(runs(LOG), "take_report", at(0)) == at(1250)
    assert first_run(runs(LOG), "take_report", at(1251)) == at(8000)
    assert first_run(runs(LOG), "project", at(1551)) is None
