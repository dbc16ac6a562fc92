"""The model keeps the rules that it says it keeps, and is the same in every run."""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from bench.scale import (
    RAISED,
    SCENARIOS,
    a_first_scan,
    an_hour_of_pushes,
    cost,
    one_push,
    percentile,
    row,
)
from bench.scale_model import Job, Latencies, Region, Simulation, Told
from core.domain.events import Priority

HOUR = 3600.0


async def simulated(jobs: Sequence[Job], region: Region | None = None) -> Told:
    return await Simulation(region or Region(), Latencies()).run(jobs)


def pushes(told: Told) -> list[float]:
    return sorted(wait for priority, wait in told.waits if priority is Priority.PUSH)


async def test_one_push_takes_as_long_as_its_parts() -> None:
    told = await simulated(one_push())
    assert (told.groups, told.most) == (1, 1)
    assert 20 < told.last < 300
    assert 0.001 < cost(one_push(), told) < 0.005


async def test_the_page_about_scale_says_what_the_model_says() -> None:
    """The quick scenarios, word for word; the others are of the same run."""
    page = Path(__file__).parents[3] / "docs/scale.md"
    lines = re.findall(r"^\| (?!-|\|)(.+) \|$", page.read_text().split("\n## ")[0], re.MULTILINE)
    said = [line.split(" | ") for line in lines]
    assert [list(await row(one)) for one in SCENARIOS[:2]] == said[:2]
    assert [line[0] for line in said] == [one.name for one in SCENARIOS]
    assert all(float(line[-1]) < 0.5 for line in said)


async def test_it_is_the_same_in_every_run() -> None:
    jobs = an_hour_of_pushes(50, repositories=5)
    assert await simulated(jobs) == await simulated(jobs)


async def test_every_job_comes_to_its_findings_and_no_limit_is_passed() -> None:
    jobs = a_first_scan(700, repositories=10, pushes=20)
    region = Region(slots=20, reserved=4)
    told = await simulated(jobs, region)
    assert len(told.waits) == len(jobs)
    assert told.most <= region.slots
    assert told.groups <= 300 * (told.last / HOUR + 1)
    assert told.groups < len(jobs)  # some shared one


async def test_a_backlog_does_not_keep_pushes_waiting() -> None:
    alone = await simulated(an_hour_of_pushes(20, repositories=20))
    beside = await simulated(a_first_scan(2000, repositories=20, pushes=20))
    assert percentile(pushes(beside), 0.5) < 3 * percentile(pushes(alone), 0.5)


async def test_higher_quotas_are_worth_something() -> None:
    jobs = an_hour_of_pushes(1000, repositories=1000)
    assert (await simulated(jobs, RAISED)).last < (await simulated(jobs)).last / 2


async def test_what_is_known_needs_no_sandbox() -> None:
    known = [Job(at=0, repository=0, priority=Priority.RESCAN, known=True)] * 100
    told = await simulated(known)
    assert (told.groups, told.container_seconds) == (0, 0)


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0, 3.0, 4.0]])
def test_percentiles_grow_and_stay_among_the_values(values: list[float]) -> None:
    found = [percentile(values, share) for share in (0.0, 0.5, 0.95, 1.0)]
    assert all(one <= other for one, other in pairwise(found))
    assert set(found) <= set(values)
