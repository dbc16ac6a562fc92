"""Inventories wait for advisories, and each is assessed with those that were demanded of it."""

from pathlib import Path

import pytest

from core.domain.advisories import ADVISORIES, PublishAdvisories
from core.domain.ids import advisories_stream, command_id
from core.domain.image.state import Stage
from core.domain.values import Freshness, Health
from core.log.handle import Cause, handle
from core.scanning.published import publish
from tests.faults.storage import Meanwhile
from tests.support.advisories import below, record
from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.samples import artifact, digest
from tests.support.sandboxes import VULNERABLE
from tests.support.tables import OPEN_SCANS

CURL = record("DEBIAN-CVE-2026-2", below("Debian:12", "curl", "8.0"), upstream=["CVE-2026-2"])


@pytest.fixture
async def early() -> Desk:
    """The app before any advisories were published, and a vulnerable image."""
    app = await desk()
    app.sandboxes.brings[digest(1)] = VULNERABLE
    return app


async def put_in_force(app: Desk, database: Path) -> int:
    services = app.app.services
    return await publish(services.log, app.account.artifacts, database, records=1)


async def test_without_advisories_an_inventory_is_kept_and_nothing_is_claimed(early: Desk) -> None:
    await early.push()
    await early.app.drain()
    await early.look(minutes=30)
    image = await early.image()
    assert (image.health, image.freshness) == (Health.UNSCANNED, Freshness.DELAYED)
    assert image.scan is not None
    assert image.scan.stage is Stage.INVENTORIED
    assert await early.taken() == []
    assert await early.bills() == []


async def test_once_there_are_advisories_what_waited_is_assessed_without_a_sandbox(
    early: Desk, advisories: Path
) -> None:
    await early.push()
    await early.app.drain()
    await put_in_force(early, advisories)
    await early.look()
    assert (await early.image()).health is Health.UNHEALTHY
    assert len(early.sandboxes.started) == 1
    assert len(await early.bills()) == 1
    assert await early.table(OPEN_SCANS) == {}


async def test_a_late_inventory_of_a_scan_that_was_given_up_is_assessed_too(
    early: Desk, advisories: Path
) -> None:
    early.sandboxes.patient = True
    await early.push()
    await early.app.drain()
    for minutes in (20, 40, 60, 80, 100):
        await early.look(minutes=minutes)
    await early.sandboxes.finish(early.sandboxes.started[0])
    await early.app.drain()
    await put_in_force(early, advisories)
    await early.look()
    assert (await early.image()).health is Health.UNHEALTHY


async def test_a_scan_that_demands_newer_advisories_waits_for_them(
    app: Desk, tmp_path: Path
) -> None:
    await app.push()
    await app.app.drain()
    await app.ask(advisories=2)
    await app.app.drain()
    await app.look()
    assert (await app.image()).freshness is Freshness.DELAYED
    assert await put_in_force(app, compiled(tmp_path, ZLIB, CURL)) == 2
    await app.ask(advisories=2)
    await app.look(minutes=1)
    image = await app.image()
    assert image.freshness is Freshness.CURRENT
    assert image.assessment is not None
    assert image.assessment.advisories_version == 2
    assert len(app.sandboxes.started) == 1


async def test_the_same_bytes_are_no_news(app: Desk, advisories: Path) -> None:
    assert await put_in_force(app, advisories) == 1
    assert await put_in_force(app, advisories) == 1


async def test_a_database_that_cannot_be_opened_assesses_nothing_and_frees_the_slot(
    early: Desk, advisories: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"no database")
    await put_in_force(early, broken)
    await early.push()
    await early.app.drain()
    image = await early.image()
    assert image.scan is not None
    assert image.scan.stage is Stage.INVENTORIED
    assert await early.taken() == []
    await put_in_force(early, advisories)
    await early.look()
    assert (await early.image()).health is Health.UNHEALTHY


async def test_a_database_that_is_gone_assesses_nothing_and_frees_the_slot(early: Desk) -> None:
    gone = PublishAdvisories(database=artifact(), records=1)
    cause = Cause(command=command_id("gone"), correlation="", causation="")
    await handle(early.app.services.log, ADVISORIES, advisories_stream(), gone, cause)
    await early.push()
    await early.app.drain()
    await early.look()
    assert await early.taken() == []
    assert (await early.story())[-1] == "InventoryTaken"


async def test_what_is_demanded_while_a_report_is_taken_is_done_without_waiting_for_a_timer(
    app: Desk, tmp_path: Path
) -> None:
    async def demand() -> None:
        await put_in_force(app, compiled(tmp_path, ZLIB, CURL))
        await app.ask(advisories=2)
        app.sandboxes.queues.messages["scan-push"].clear()  # its own message is lost

    meanwhile = Meanwhile("put artifact", demand, done=True)
    racing = await desk(account=app.account, sandboxes=app.sandboxes, by=meanwhile)
    await racing.push(2, "v2")
    await racing.app.drain()
    app.sandboxes.patient = True
    await racing.push(1, "v1")
    await racing.app.drain()
    meanwhile.done = False
    await app.sandboxes.finish_all()
    await racing.app.drain()
    image = await app.image()
    assert image.freshness is Freshness.CURRENT
    assert image.assessment is not None
    assert image.assessment.advisories_version == 2
    assert (await app.story()).count("ScanCompleted") == 2
