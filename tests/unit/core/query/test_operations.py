"""What waits and what runs is told in numbers."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.projections.cells import instant
from core.query.shapes import Json
from tests.support.activities import Activities
from tests.support.desk import Desk, desk
from tests.support.samples import REGISTRY
from tests.support.wire import wire


async def now(app: Desk, **given: str) -> dict[str, Json]:
    told = wire(await app.app.services.answers.operations.now(given))
    assert isinstance(told, dict)
    return told


async def test_where_nothing_is_under_way_nothing_is_old(app: Desk) -> None:
    empty: Json = {"waiting": 0, "oldest": None, "seconds": None}
    assert await now(app) == {
        "backlog": {"push": empty, "rescan": empty, "inventoried": 0},
        "slots": {"total": 4, "reservedForPushes": 1, "taken": []},
        "overdue": 0,
        "notices": 0,
        "deadLetters": {"queues": {}, "notices": 0},
        "pulls": {"askedUntil": None, "knownSince": {}},
    }


async def test_queues_are_as_long_and_as_old_as_what_waits_in_them(app: Desk) -> None:
    app.sandboxes.patient = True
    for number in range(1, 8):
        await app.push(number)
    for number in (11, 12):
        await app.wait_for_rescan(number)
    await app.app.drain()
    told = await now(app)
    backlog, slots = told["backlog"], told["slots"]
    assert isinstance(backlog, dict)
    assert isinstance(slots, dict)
    push, rescan = backlog["push"], backlog["rescan"]
    assert isinstance(push, dict)
    assert isinstance(rescan, dict)
    assert (push["waiting"], rescan["waiting"]) == (3, 2)
    assert isinstance(push["seconds"], int)
    assert isinstance(slots["taken"], list)
    assert len(slots["taken"]) == 4


async def test_it_has_no_parameters(app: Desk) -> None:
    with pytest.raises(InvalidInput):
        await now(app, limit="1")


async def test_of_which_registries_pulls_are_known_is_told(advisories: Path) -> None:
    activities = Activities()
    app = await desk(advisories, activities=activities)
    activities.pulled(1, app.now - timedelta(days=2))
    await app.app.services.holdings.pulls.look(app.now)
    assert (await now(app))["pulls"] == {
        "askedUntil": instant(app.now),
        "knownSince": {REGISTRY: instant(app.now - timedelta(days=2))},
    }
