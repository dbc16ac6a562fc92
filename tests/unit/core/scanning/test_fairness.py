"""However many rescans wait, a push is started at once, and it costs no more."""

from pathlib import Path

from core.domain.ids import image_stream
from core.domain.image import Command
from core.domain.values import FailureCause
from core.projections.scans import OpenScans
from core.storage.interface import Put
from tests.faults.storage import Calls
from tests.support.desk import Desk, desk
from tests.support.images import RUNNING, fail, request, scan
from tests.support.samples import digest, image_name
from tests.support.tables import OPEN_SCANS
from tests.support.views import fold, history

MANY = 5_000
WAITING_RESCAN: tuple[Command, ...] = (*RUNNING, fail(FailureCause.PULL_DENIED), request())


async def let_wait(app: Desk, count: int) -> None:
    """So many rescans stand in the queue, as their view's rows have it; all of them are older than
    whatever a test pushes."""
    rows = await app.account.tables.open(OPEN_SCANS)
    shown = fold(OpenScans(), history(*WAITING_RESCAN))
    for number in range(100, 100 + count):
        stream = image_stream(image_name(number))
        shard = app.app.services.log.shard_of(stream)
        own = {"scan": scan(2, number), "priority": "rescan"}
        puts = [
            Put(
                f"{key.rpartition('|')[0]}|{stream}".replace("|push|", "|rescan|"), {**cells, **own}
            )
            for key, cells in shown.items()
        ]
        await rows.commit(f"{shard:03d}", puts)


async def test_a_push_is_started_first_though_five_thousand_rescans_are_older(
    advisories: Path,
) -> None:
    app = await desk(advisories, slots=3, reserved=1)
    app.sandboxes.patient = True
    for number in (1, 2, 3):
        await app.wait_for_rescan(number)
    await app.app.drain()
    assert len(app.sandboxes.running) == 2, "rescans have all the slots that they can have"
    await let_wait(app, MANY)
    await app.push(10)
    for shard in range(16):
        await app.app.services.following.runner.catch_up(shard)
    calls = Calls()
    fresh = await desk(account=app.account, sandboxes=app.sandboxes, slots=3, reserved=1, by=calls)
    calls.take()
    await fresh.app.services.scanning.starter.start_waiting()
    assert app.sandboxes.started[-1].image.digest == digest(10)
    before = calls.made.index("commit 2")
    assert before < 100, "what is asked of storage until its slot is claimed"
