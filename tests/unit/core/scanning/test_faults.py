"""Whichever call of storage is lost, a push ends with one verdict and one bill (B1, B2, L5).

Only the event is delivered until it is taken, as Event Grid does; messages whose handler failed are
lost here, which is harsher than the host. The timers find what remains to be done.
"""

import itertools
from pathlib import Path

import pytest

from core.domain.values import Health
from core.errors import StorageUnavailable
from dev.inprocess import memory_account
from tests.faults.storage import Calls, Faults, Interceptor, Loss, ProcessDied
from tests.support.desk import Desk, desk
from tests.support.samples import digest
from tests.support.sandboxes import VULNERABLE
from tests.support.tables import FINDINGS, IMAGES, OPEN_SCANS

FOREVER = 10_000


async def story(advisories: Path, by: Interceptor) -> Desk:
    """A push with faults, then the timers without; the app afterwards, in a process of its own."""
    account = memory_account()
    quiet = await desk(advisories, account=account)
    quiet.sandboxes.brings[digest(1)] = VULNERABLE
    faulty = await desk(account=account, sandboxes=quiet.sandboxes, by=by)
    event = quiet.pushed()
    while True:
        try:
            await faulty.app.services.scanning.intake.take(event)
        except StorageUnavailable:
            continue
        except ProcessDied:
            faulty = quiet
            continue
        break
    await drain(faulty)
    for minutes in (2, 20, 25):
        await quiet.app.services.following.runner.sweep()
        await quiet.look(minutes)
    await quiet.app.services.following.runner.sweep()
    return quiet


async def drain(app: Desk) -> None:
    """Handle messages; those whose handler fails are lost, and so is what a dead process had."""
    while True:
        try:
            await app.app.drain()
        except (StorageUnavailable, ExceptionGroup):
            continue
        except ProcessDied:
            return
        return


async def check(app: Desk, what: str) -> None:
    told = await app.story()
    assert told.count("ScanCompleted") == 1, f"{what}: {told}"
    assert told.count("ImagePushed") == 1, f"{what}: {told}"
    assert (await app.image()).health is Health.UNHEALTHY, what
    assert len(await app.bills()) == 1, what
    assert await app.table(OPEN_SCANS) == {}, what
    assert await app.taken() == [], what
    ((key, row),) = [one for one in (await app.table(IMAGES)).items() if one[0][:2] == "i|"]
    assert (row["health"], row["freshness"]) == ("Unhealthy", "Current"), f"{what}: {key}"
    names = {key[:2] for key in await app.table(FINDINGS)}
    assert names == {"c|", "p|", "m|"}, what


async def test_the_undisturbed_story(advisories: Path) -> None:
    await check(await story(advisories, Calls()), "undisturbed")


@pytest.mark.parametrize(
    ("loss", "length"), [(Loss.REQUEST, 1), (Loss.ANSWER, 1), (Loss.ANSWER, FOREVER)]
)
async def test_a_fault_at_any_call_costs_time_and_nothing_else(
    advisories: Path, loss: Loss, length: int
) -> None:
    error = ProcessDied if length == FOREVER else StorageUnavailable
    opening = Calls()
    await desk(by=opening)
    for first in itertools.count(len(opening.made) + 1):
        faults = Faults(frozenset(range(first, first + length)), loss, error)
        await check(await story(advisories, faults), f"a fault at call {first}")
        if faults.calls < first:
            break
    assert first > len(opening.made) + 60, "the walk went over every call"
