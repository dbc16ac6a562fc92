"""An image is shown with the advisories that its verdict holds for, and never with later ones."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from core.domain.advisories import Assessed
from core.log.interface import EventLog
from core.projections.images import Images
from core.projections.interface import table_name
from core.projections.runner import Runner
from core.projections.view import View
from core.query.coverage import Coverage
from dev.inprocess import memory_account
from tests.faults.storage import Calls, intercepted
from tests.support.advisories import below, record
from tests.support.fleet import Fleet, deb, fleet
from tests.support.queries import image_queries
from tests.support.samples import artifact, image_name
from tests.support.wire import wire

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])
CURL = record("DEBIAN-CVE-2026-2", below("Debian:12", "curl", "8.0"), upstream=["CVE-2026-2"])
OLD, NEW = deb("zlib", "1.2"), deb("zlib", "1.4")


@pytest.mark.parametrize(
    ("position", "checkpoint", "version"),
    [(7, 7, 5), (7, 9, 5), (3, 7, 5), (8, 9, 2), (7, 6, 2), (0, 9, 2)],
)
def test_a_later_version_counts_where_the_verdict_and_the_view_are_covered(
    position: int, checkpoint: int, version: int
) -> None:
    assessed = Assessed(version=5, database=artifact(5), positions=(1, 7))
    coverage = Coverage(assessed=assessed, checkpoints=(0, checkpoint))
    cells = {"advisories_version": 2, "assessed_position": position}
    assert coverage.version(1, cells) == version
    assert coverage.version(1, {**cells, "advisories_version": 6}) == 6
    assert Coverage(assessed=None, checkpoints=(0, 9)).version(1, cells) == 2


class World:
    """A fleet, the view that shows its images, and whoever asks that view."""

    def __init__(self, world: Fleet) -> None:
        self.fleet = world
        self._view = View(Images(), world.account.tables, world.artifacts)

    async def show(self) -> None:
        """Bring the view to the log's end."""
        await Runner(self.fleet.log, [self._view]).sweep()

    async def version(self, number: int) -> object:
        """The version of the advisories that an image is shown with."""
        rows = await self.fleet.account.tables.open(table_name(Images()))
        queries = image_queries(self.fleet.log, rows, self.fleet.artifacts)
        shown = wire(await queries.one(image_name(number), {}))
        page = wire(await queries.page({}))
        assert isinstance(shown, dict)
        assert isinstance(page, dict)
        assert isinstance(page["value"], list)
        assert any(self._inventory(one) == self._inventory(shown) for one in page["value"])
        return self._inventory(shown)["advisoriesVersion"]

    def _inventory(self, shown: object) -> Mapping[str, object]:
        assert isinstance(shown, dict)
        inventory = shown["inventory"]
        assert isinstance(inventory, dict)
        return inventory


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return World(await fleet(memory_account(), tmp_path))


async def test_an_image_without_an_event_of_its_own_holds_for_what_the_fleet_was_assessed_with(
    world: World,
) -> None:
    await world.fleet.publish(CURL)
    await world.fleet.scan(1, NEW)
    await world.show()
    assert await world.version(1) == 1
    await world.fleet.publish(CURL, ZLIB)
    assert await world.version(1) == 1
    await world.fleet.reassessor.run()
    await world.show()
    assert await world.version(1) == 2
    assert len(await world.fleet.events(1)) == 4


async def test_a_verdict_that_was_replaced_is_not_shown_as_if_it_held(world: World) -> None:
    await world.fleet.publish(CURL)
    await world.fleet.scan(1, OLD)
    await world.show()
    await world.fleet.publish(CURL, ZLIB)
    await world.fleet.reassessor.run()
    assert await world.version(1) == 1
    await world.show()
    assert await world.version(1) == 2


async def test_a_verdict_of_somebody_behind_the_times_is_not_covered(world: World) -> None:
    await world.fleet.publish(CURL)
    late = world.fleet.assessor()
    await world.fleet.scan(1, NEW, by=late)
    await world.fleet.publish(CURL, ZLIB)
    await world.fleet.reassessor.run()
    await world.fleet.scan(2, NEW, by=late)
    await world.show()
    assert await world.version(2) == 1
    await world.fleet.reassessor.run()
    await world.show()
    assert await world.version(2) == 2


async def test_the_fleet_is_not_looked_at_for_every_question(world: World) -> None:
    await world.fleet.publish(CURL)
    await world.fleet.scan(1, NEW)
    await world.show()
    calls = Calls()
    account = intercepted(world.fleet.account, calls)
    rows = await account.tables.open(table_name(Images()))
    log: EventLog = world.fleet.log
    queries = image_queries(log, rows, account.artifacts)
    wire(await queries.one(image_name(1), {}))
    calls.take()
    wire(await queries.one(image_name(1), {}))
    assert len(calls.take()) == 1
