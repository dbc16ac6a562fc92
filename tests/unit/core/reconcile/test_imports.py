"""An import is found by whichever signal tells of it, and two of them are one scan."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from core.domain.events import ScanReason, Source
from core.errors import RegistryUnavailable
from core.reconcile.imports import FIRST, LATE, Importer
from core.registry.activity import Activity, Operation, Unreadable
from core.registry.references import RegistryResource
from tests.support.samples import SUBSCRIPTION, digest
from tests.support.sweeping import NOW, RESOURCE, Swept, swept
from tests.support.tables import IMAGES


def row(number: int = 1, tag: str | None = "v1", *, by_digest: bool = True) -> Activity:
    """The log says that image `number` was imported."""
    return Activity(
        resource=RESOURCE,
        repository="team/app",
        digest=digest(number) if by_digest else None,
        tag=tag,
        operation=Operation.IMPORT,
        at=NOW - timedelta(minutes=3),
        identity="somebody",
        user_agent="AzureCLI",
    )


@dataclass(slots=True)
class Told:
    """A log of activities that says what it is told to."""

    rows: Sequence[Activity | Unreadable] = ()
    silent: bool = False
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    async def between(
        self, operations: frozenset[Operation], since: datetime, until: datetime
    ) -> AsyncIterator[Activity | Unreadable]:
        assert operations == {Operation.IMPORT}
        self.asked.append((since, until))
        for one in self.rows:
            yield one
        if self.silent:
            raise RegistryUnavailable("no answer from the log")


@pytest.fixture
async def world() -> AsyncIterator[Swept]:
    async with swept() as one:
        one.registry.push("team/app", 1, "v1")
        yield one


async def look(world: Swept, log: Told, now: datetime = NOW) -> None:
    """Ask the log for imports, once."""
    importer = Importer(
        log,
        world.enrolment,
        world.connect,
        world.recorder,
        await world.tables.open("sweeps"),
        world.counters,
    )
    await importer.run(now)
    await world.settle()


@pytest.mark.parametrize("by_digest", [True, False])
async def test_a_row_of_the_log_is_an_import(world: Swept, by_digest: bool) -> None:
    await look(world, Told([row(by_digest=by_digest)]))
    image = await world.image("team/app", 1)
    assert (image.tags, image.scans) == (("v1",), 1)
    assert image.open_scan is not None
    assert image.open_scan.reason is ScanReason.IMPORT
    (cells,) = [
        one.cells
        for one in (await (await world.tables.open(IMAGES)).scan()).rows
        if one.key.startswith("i|")
    ]
    assert cells["source"] == Source.IMPORT


async def test_rows_that_come_twice_or_in_the_wrong_order_are_one_image_and_one_scan(
    world: Swept,
) -> None:
    older = replace(row(), at=NOW - timedelta(minutes=50))
    await look(world, Told([row(), older, row(tag=None), row()]))
    await look(world, Told([older, row()]), NOW + timedelta(minutes=5))
    assert await world.story("team/app", 1) == ["ImagePushed", "ScanRequested", "ImagePushed"]
    assert (await world.image("team/app", 1)).scans == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1)])
async def test_every_signal_leads_to_the_same_state(world: Swept, order: tuple[int, ...]) -> None:
    for signal in order:
        match signal:
            case 0:
                await world.hear("team/app", 1, "v1", at=NOW - timedelta(minutes=3))
            case 1:
                await look(world, Told([row()]))
            case _:
                await world.sweep()
    image = await world.image("team/app", 1)
    assert (image.present, image.tags, image.scans) == (True, ("v1",), 1)


async def test_what_was_deleted_since_or_is_not_enrolled_is_nothing(world: Swept) -> None:
    world.registry.repositories = {}
    other = RegistryResource(subscription=SUBSCRIPTION, resource_group="demo", name="gone")
    await look(world, Told([row(), replace(row(), resource=other)]))
    assert await world.story("team/app", 1) == []
    assert world.counters.read() == {"registry-not-enrolled": 1}


async def test_a_row_that_cannot_be_read_is_counted_and_keeps_no_other(world: Swept) -> None:
    await look(world, Told([Unreadable(reason="no digest"), row()]))
    assert world.counters.read() == {"activity-unreadable": 1}
    assert (await world.image("team/app", 1)).present


async def test_the_next_look_begins_where_the_last_ended_with_room_for_late_rows(
    world: Swept,
) -> None:
    log = Told()
    await look(world, log)
    later = NOW + timedelta(minutes=5)
    await look(world, log, later)
    assert log.asked == [(NOW - FIRST, NOW), (NOW - LATE, later)]


async def test_a_clock_that_jumps_back_still_asks_for_a_stretch_of_time(world: Swept) -> None:
    log = Told()
    await look(world, log)
    earlier = NOW - timedelta(days=2)
    await look(world, log, earlier)
    assert log.asked[-1] == (earlier - LATE, earlier)


async def test_what_could_not_be_asked_is_asked_again(world: Swept) -> None:
    log = Told([row()], silent=True)
    await look(world, log)
    assert (await world.image("team/app", 1)).present, "what was told is taken"
    log.silent = False
    world.registry.trouble = {"/manifests/": 500}
    await look(world, log)
    await look(world, log)
    assert [since for since, _ in log.asked] == [NOW - FIRST] * 3
