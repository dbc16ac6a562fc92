"""The views that people query, through a fault at every call: rebuilt or followed, they end as if
nothing had been (P4)."""

import itertools

import pytest

from core.errors import StorageUnavailable
from core.projections.runner import Runner
from core.projections.view import View
from core.storage.memory import MemoryTables
from tests.faults.storage import (
    Faults,
    InterceptedArtifacts,
    InterceptedTables,
    Loss,
    ProcessDied,
)
from tests.support.world import PROJECTIONS, Step, World, shown, world

FOREVER = 10_000
PUSHED, SCANNED, DELETED, REQUESTED, GOES_ON = 1, 6, 2, 4, 5
LIFE: tuple[Step, ...] = (
    (SCANNED, 1, 4, 0),
    (SCANNED, 2, 1, 0),
    (SCANNED, 4, 0, 0),
    (GOES_ON, 1, 2, 1),
    (REQUESTED, 1, 2, 1),
    (GOES_ON, 1, 3, 2),
    (DELETED, 2, 28, 0),
    (DELETED, 1, 25, 0),
    (SCANNED, 2, 29, 0),
    (PUSHED, 1, 30, 1),
)
"""Fifty findings come and go, an index finds its children, and what was deleted comes back."""


async def rebuilt(one: World, faults: Faults) -> MemoryTables:
    """Tables made of the world's log, each sweep repeated until it is done without an error."""
    tables = MemoryTables()
    by: Faults | None = faults
    views = _views(one, tables, by)
    while True:
        try:
            await Runner(one.log, views).sweep()
        except ExceptionGroup as failed:
            if failed.split(StorageUnavailable)[1] is not None:
                raise
            continue
        except ProcessDied:
            views = _views(one, tables, None)
            continue
        return tables


def _views(one: World, tables: MemoryTables, by: Faults | None) -> list[View]:
    if by is None:
        return [View(view, tables, one.artifacts) for view in PROJECTIONS]
    faulty = InterceptedTables(tables, by)
    return [View(view, faulty, InterceptedArtifacts(one.artifacts, by)) for view in PROJECTIONS]


@pytest.mark.parametrize("length", [1, FOREVER])
async def test_a_fault_at_any_call_leaves_every_view_as_it_should_be(length: int) -> None:
    one = await world()
    await one.live(LIFE)
    undisturbed = await shown(one.tables)
    assert sum(map(len, undisturbed.values())) > 15
    error = ProcessDied if length == FOREVER else StorageUnavailable
    for first in itertools.count(1, step=3 if length == 1 else 1):
        faults = Faults(frozenset(range(first, first + length)), Loss.ANSWER, error)
        assert await shown(await rebuilt(one, faults)) == undisturbed, f"a fault at call {first}"
        if faults.calls < first:
            break
    assert first > 60, "the walk went over every call"
