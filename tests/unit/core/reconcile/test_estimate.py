"""Whoever switches a plan on is told how many images wait, and what they cost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from core.projections.images import Images
from core.projections.interface import table_name
from core.query.prices import Price
from core.query.shapes import Json
from core.reconcile.estimate import Estimator
from tests.support.samples import SUBSCRIPTION
from tests.support.sweeping import Swept, swept
from tests.support.wire import wire


@pytest.fixture(params=[True, False], ids=["azure", "tags-only"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[Swept]:
    async with swept(azure=request.param) as one:
        one.registry.now = datetime.now(UTC)
        one.registry.push("team/app", 1, "v1", "latest")
        one.registry.push("team/app", 2, "v2")
        one.registry.push("other", 1, "v1")
        yield one


async def estimate(world: Swept, *, seconds: float = 20.0) -> dict[str, Json]:
    estimator = Estimator(
        world.enrolment,
        world.connect,
        await world.tables.open(table_name(Images())),
        timedelta(days=30),
        Price(amount=Decimal("0.29"), currency="USD"),
    )
    told = wire(await estimator.of(SUBSCRIPTION, seconds=seconds))
    assert isinstance(told, dict)
    return told


async def test_every_digest_counts_once(world: Swept) -> None:
    assert await estimate(world) == {
        "images": 2,
        "complete": True,
        "windowDays": 30,
        "price": "0.29",
        "cost": "0.58",
        "currency": "USD",
    }


async def test_what_is_older_than_the_window_costs_nothing_now() -> None:
    async with swept() as world:
        world.registry.now = datetime.now(UTC)
        world.registry.push("team/app", 1, "v1", days_ago=31)
        assert (await estimate(world))["images"] == 0


async def test_a_registry_in_trouble_makes_the_count_incomplete(world: Swept) -> None:
    world.registry.trouble = {"/other/": 500}
    told = await estimate(world)
    assert told["complete"] is False


async def test_nobody_waits_for_more_than_is_counted_in_time(world: Swept) -> None:
    told = await estimate(world, seconds=0)
    assert (told["images"], told["complete"]) == (0, False)
