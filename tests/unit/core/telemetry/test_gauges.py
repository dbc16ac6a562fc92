"""How the work stands is told in numbers, and asked of nobody where nobody listens."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.projections.cells import instant
from core.projections.images import Images
from core.projections.interface import table_name
from core.scanning.published import publish
from core.storage.interface import Put
from tests.faults.storage import Calls
from tests.support.advisories import below, record
from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.instruments import Instruments
from tests.support.samples import digest
from tests.support.sandboxes import VULNERABLE
from tests.support.tables import all_rows
from tests.support.topics import MemoryTopic


@pytest.fixture
def instruments() -> Instruments:
    return Instruments()


@pytest.fixture
async def app(advisories: Path, instruments: Instruments) -> Desk:
    return await desk(advisories, telemetry=instruments, topic=MemoryTopic())


async def test_an_idle_app_has_no_backlog_no_lag_and_no_coverage(
    app: Desk, instruments: Instruments
) -> None:
    await app.app.drain()
    await app.app.services.following.runner.sweep()
    instruments.told.clear()
    await app.app.services.gauges.take()
    await app.app.services.gauges.cover()
    assert ("lag", "view.images") in instruments.told
    assert ("lag", "view.fleet") in instruments.told
    assert ("stuck", "process.bills") in instruments.told
    assert ("coverage", "") not in instruments.told
    zero = {key for key, told in instruments.told.items() if told == [0]}
    assert zero == {key for key in instruments.told if key != ("lag", "view.fleet")}


async def test_what_waits_is_told_by_queue_with_its_age(
    app: Desk, instruments: Instruments
) -> None:
    app.sandboxes.patient = True
    for number in range(1, 8):
        await app.push(number)
    await app.app.drain()
    await app.app.services.gauges.take()
    assert instruments.last("backlog", "push") == 3
    assert instruments.last("backlog_age", "push") > 0
    assert instruments.last("backlog", "rescan") == 0
    assert instruments.last("slots_taken") == 4
    assert instruments.last("images", "Unscanned") == 7


async def test_views_that_were_told_of_no_news_lag(app: Desk, instruments: Instruments) -> None:
    await app.push()
    await app.app.services.gauges.take()
    assert instruments.last("lag", "view.images") >= 2


async def test_what_is_still_to_be_told_is_counted(app: Desk, instruments: Instruments) -> None:
    app.sandboxes.brings[digest(1)] = VULNERABLE
    await app.push()
    while await app.app.services.notices.outbox.waiting() == []:
        await app.app.services.scanning.starter.start_waiting()
        for report in app.sandboxes.queues.messages["sandbox-reports"]:
            await app.app.services.scanning.reports.take(report)
        await app.app.services.following.runner.sweep()
    await app.app.services.gauges.take()
    assert instruments.last("outbox") == 1
    assert instruments.last("outbox_age") > 0


async def test_an_image_is_covered_by_a_verdict_that_is_current(
    app: Desk, instruments: Instruments
) -> None:
    await app.push(1)
    await app.app.drain()
    app.sandboxes.patient = True
    await app.push(2)
    await app.app.drain()
    await app.app.services.gauges.cover()
    assert instruments.last("coverage") == 0.5


async def test_an_old_verdict_is_covered_only_while_the_fleet_is_assessed(
    app: Desk, instruments: Instruments, tmp_path: Path
) -> None:
    await app.push()
    await app.app.drain()
    await _age_verdicts(app)
    await app.app.services.gauges.cover()
    assert instruments.last("coverage") == 0
    other = record("DEBIAN-CVE-2026-9", below("Debian:12", "openssl", "9"))
    database = compiled(tmp_path, ZLIB, other)
    await publish(app.app.services.log, app.account.artifacts, database, records=2)
    await app.app.services.reassessor.run()
    await app.app.services.following.runner.sweep()
    later = await desk(account=app.account, telemetry=instruments)
    await later.app.services.gauges.cover()
    assert instruments.last("coverage") == 1


async def _age_verdicts(app: Desk) -> None:
    """Every verdict was given longer ago than the window is long."""
    rows = await app.account.tables.open(table_name(Images()))
    old = {"completed_at": instant(datetime.now(UTC) - timedelta(days=60))}
    for row in await all_rows(rows):
        if "completed_at" in row.cells:
            await rows.commit(row.partition, [Put(row.key, {**row.cells, **old})])


async def test_nothing_is_asked_where_nobody_listens(advisories: Path) -> None:
    calls = Calls()
    app = await desk(advisories, by=calls)
    calls.take()
    await app.app.services.gauges.take()
    await app.app.services.gauges.cover()
    assert calls.take() == []
