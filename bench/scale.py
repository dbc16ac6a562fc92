"""Thousands of images, on paper: time to findings, sandboxes and cost, by the model.

Nothing here is measured. `scale_model.py` says what of it is the app's own, and what is assumed;
`docs/scale.md` says what follows.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.scale_model import Job, Latencies, Region, Simulation, Told
from bench.scale_prices import handling, sandboxes
from bench.sections import Section
from core.domain.events import Priority

_HOUR = 3600.0
_EXECUTIONS, _OPERATIONS = 8, 85
"""Of one image with a sandbox, by `python -m bench requests` and the triggers' own number."""
_REASSESSED, _REASSESSED_OPERATIONS = 2, 25
"""Of one without."""

DEFAULT = Region()
RAISED = Region(slots=190, reserved=40, per_hour=3000, groups=1000, assessments=80.0)
"""Quotas ten times as high, and as many slots as the app takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A busy time."""

    name: str
    jobs: Callable[[], Sequence[Job]]
    region: Region = DEFAULT


def one_push() -> Sequence[Job]:
    """Somebody pushes; nothing else happens."""
    return [Job(at=0, repository=0, priority=Priority.PUSH)]


def an_hour_of_pushes(images: int, *, repositories: int) -> Sequence[Job]:
    """New images, evenly over an hour."""
    chance = random.Random(images)  # noqa: S311 (a model's, to be repeated)
    return [
        Job(
            at=_HOUR * number / images,
            repository=chance.randrange(repositories),
            priority=Priority.PUSH,
        )
        for number in range(images)
    ]


def a_rescan(images: int, *, pushes: int) -> Sequence[Job]:
    """Known images, all at once, while people go on pushing."""
    known = [
        Job(at=0, repository=number, priority=Priority.RESCAN, known=True)
        for number in range(images)
    ]
    return [*known, *an_hour_of_pushes(pushes, repositories=pushes)]


def a_first_scan(images: int, *, repositories: int, pushes: int) -> Sequence[Job]:
    """A subscription is enrolled: nothing is known yet, and people go on pushing."""
    waiting = [
        Job(at=0, repository=number // (images // repositories), priority=Priority.RESCAN)
        for number in range(images)
    ]
    return [*waiting, *an_hour_of_pushes(pushes, repositories=pushes)]


SCENARIOS = (
    Scenario(name="one push", jobs=one_push),
    Scenario(name="200 pushes in an hour", jobs=lambda: an_hour_of_pushes(200, repositories=50)),
    Scenario(
        name="10,000 pushes in an hour", jobs=lambda: an_hour_of_pushes(10_000, repositories=500)
    ),
    Scenario(
        name="the same, quotas raised",
        jobs=lambda: an_hour_of_pushes(10_000, repositories=500),
        region=RAISED,
    ),
    Scenario(
        name="weekly rescan of 50,000, and 100 pushes", jobs=lambda: a_rescan(50_000, pushes=100)
    ),
    Scenario(
        name="an advisory that touches 25,000, and 100 pushes",
        jobs=lambda: a_rescan(25_000, pushes=100),
    ),
    Scenario(
        name="first scan of 10,000, and 100 pushes",
        jobs=lambda: a_first_scan(10_000, repositories=500, pushes=100),
    ),
    Scenario(
        name="the same, quotas raised",
        jobs=lambda: a_first_scan(10_000, repositories=500, pushes=100),
        region=RAISED,
    ),
)


async def measure(_: Path) -> Sequence[Section]:
    """Every scenario, as a row."""
    rows = [await row(scenario) for scenario in SCENARIOS]
    return [
        Section(
            title="On paper: thousands of images",
            measured=(
                "Computed, not measured: the dispatcher's rules among modelled quotas and "
                "latencies; minutes to the findings of pushes (median and 95 of 100), hours until "
                "everything is done."
            ),
            columns=(
                *("", "images", "push", "push 95 %", "all done h"),
                *("sandboxes", "groups", "US$", "cents each"),
            ),
            rows=rows,
        )
    ]


async def row(scenario: Scenario) -> Sequence[str]:
    """A scenario in figures."""
    jobs = scenario.jobs()
    told = await Simulation(scenario.region, Latencies()).run(jobs)
    pushes = sorted(wait for priority, wait in told.waits if priority is Priority.PUSH)
    dollars = cost(jobs, told)
    return (
        scenario.name,
        f"{len(jobs):,}",
        *(f"{percentile(pushes, share) / 60:.1f}" for share in (0.5, 0.95)),
        f"{told.last / _HOUR:.1f}",
        f"{told.most}",
        f"{told.groups:,}",
        f"{dollars:.2f}",
        f"{100 * dollars / len(jobs):.2f}",
    )


def cost(jobs: Sequence[Job], told: Told) -> float:
    """What Azure charges for it, in dollars."""
    known = sum(job.known for job in jobs)
    anew = len(jobs) - known
    return (
        sandboxes(told.container_seconds)
        + handling(anew * _EXECUTIONS, anew * _OPERATIONS)
        + handling(known * _REASSESSED, known * _REASSESSED_OPERATIONS)
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that so large a share of them does not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
