"""Looks after what no message announces: overdue attempts, silent sandboxes, forgotten slots.

It looks for an attempt's outcome before it gives the attempt up. Waiting is never a failure: an
attempt's clock starts when its sandbox does.
"""

from datetime import UTC, datetime, timedelta

from core.domain.ids import command_id, stream_of_scan
from core.domain.image import IMAGE
from core.domain.image.commands import RecordFailure
from core.domain.image.state import Stage
from core.domain.values import FailureCause, ScanId
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.sandbox.interface import Presence, Sandbox
from core.scanning.reports import Reports
from core.scanning.slots import Claim, Slots
from core.scanning.starter import Starter, backoff

SETTLING = timedelta(seconds=30)
"""How long after its claim an attempt may still be about to start."""


class Watchdog:
    """The periodic look at every slot that is taken, and at whatever waits."""

    def __init__(
        self,
        log: EventLog,
        slots: Slots,
        sandbox: Sandbox,
        reports: Reports,
        starter: Starter,
        dispatch: Dispatch,
    ) -> None:
        self._log = log
        self._slots = slots
        self._sandbox = sandbox
        self._reports = reports
        self._starter = starter
        self._dispatch = dispatch

    async def look(self, now: datetime | None = None) -> None:
        """Conclude what has ended, give up what is overdue, start what waits."""
        now = now or datetime.now(UTC)
        for claim in await self._slots.taken():
            await self._check(claim, now)
        await self._starter.start_waiting()

    async def _check(self, claim: Claim, now: datetime) -> None:
        stream = stream_of_scan(claim.scan)
        scan = (await current(self._log, IMAGE, stream)).open_scan if stream else None
        running = scan is not None and (scan.id, scan.attempt, scan.stage) == (
            claim.scan,
            claim.attempt,
            Stage.RUNNING,
        )
        settled = now - claim.since > SETTLING
        if not running:
            if settled:
                await self._free(claim)
            return
        overdue = scan is not None and scan.deadline is not None and now > scan.deadline
        present = await self._sandbox.status(claim.scan, claim.attempt)
        if not overdue and (present is Presence.RUNNING or not settled):
            return
        if not await self._reports.conclude(claim.scan, claim.attempt):
            await self._give_up(claim, now, overdue=overdue)

    async def _give_up(self, claim: Claim, now: datetime, *, overdue: bool) -> None:
        stream = stream_of_scan(claim.scan)
        if stream is None:
            return
        failure = RecordFailure(
            scan=claim.scan,
            attempt=claim.attempt,
            cause=FailureCause.TIMEOUT if overdue else FailureCause.INTERNAL,
            message=_MESSAGES[overdue],
            retry_at=now + backoff(claim.attempt),
        )
        handled = await handle(self._log, IMAGE, stream, failure, _cause(claim.scan, claim.attempt))
        await self._free(claim)
        await self._dispatch.news(handled.shard)

    async def _free(self, claim: Claim) -> None:
        await self._sandbox.stop(claim.scan, claim.attempt)
        await self._slots.release(claim.scan, claim.attempt)


_MESSAGES = {
    True: "The sandbox has not finished in time.",
    False: "The sandbox is gone without an outcome.",
}


def _cause(scan: ScanId, attempt: int) -> Cause:
    return Cause(command=command_id("watch", scan, attempt), correlation=scan, causation="watch")
