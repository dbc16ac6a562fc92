"""Looks after what no message announces: overdue attempts, silent sandboxes, forgotten slots.

It looks for an attempt's outcome before it gives the attempt up. Waiting is never a failure: an
attempt's clock starts when its sandbox does. What goes wrong with one attempt keeps no other.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from core.domain.ids import StreamId, command_id, stream_of_scan
from core.domain.image import IMAGE
from core.domain.image.commands import RecordFailure
from core.domain.image.state import Scan, Stage
from core.domain.values import FailureCause, ScanId
from core.errors import StorageUnavailable
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.sandbox.interface import Presence, Sandbox
from core.scanning.launching import backoff
from core.scanning.reports import Reports
from core.scanning.slots import Slots
from core.scanning.starter import Starter
from core.scanning.waiting import Waiting

logger = logging.getLogger(__name__)

SETTLING = timedelta(seconds=90)
"""How long after its claim an attempt may still be about to start: longer than a registry may take
to give a token."""


class Watchdog:
    """The periodic look at every attempt that is under way, and at whatever waits."""

    def __init__(
        self,
        log: EventLog,
        waiting: Waiting,
        slots: Slots,
        sandbox: Sandbox,
        reports: Reports,
        starter: Starter,
        dispatch: Dispatch,
    ) -> None:
        self._log = log
        self._waiting = waiting
        self._slots = slots
        self._sandbox = sandbox
        self._reports = reports
        self._starter = starter
        self._dispatch = dispatch

    async def look(self, now: datetime | None = None) -> None:
        """Conclude what has ended, give up what is overdue, start what waits.

        Raises an ExceptionGroup of what went wrong, once everything else is done.
        """
        now = now or datetime.now(UTC)
        errors: list[Exception] = []
        for (scan, attempt), since in (await self._under_way(now)).items():
            await _try(errors, partial(self._check, scan, attempt, since, now))
        await _try(errors, partial(self._starter.assess_waiting, now=now))
        await _try(errors, partial(self._starter.start_waiting, now=now))
        if errors:
            raise ExceptionGroup("not everything could be looked after", errors)

    async def _under_way(self, now: datetime) -> dict[tuple[ScanId, int], datetime]:
        """The attempts that hold a slot, and those that are overdue and hold none; since when."""
        overdue = {(one.scan, one.attempt): one.since for one in await self._waiting.overdue(now)}
        return overdue | {(one.scan, one.attempt): one.since for one in await self._slots.taken()}

    async def _check(self, name: ScanId, attempt: int, since: datetime, now: datetime) -> None:
        stream = stream_of_scan(name)
        scan = (await current(self._log, IMAGE, stream)).open_scan if stream else None
        settled = now - since > SETTLING
        if stream is None or scan is None or not _runs(scan, name, attempt):
            if settled:
                await self._free(name, attempt)
            return
        overdue = scan.deadline is not None and now > scan.deadline
        gone = await self._sandbox.status(name, attempt) is Presence.GONE
        if not gone and not overdue:
            return
        if await self._reports.conclude(name, attempt):
            return
        if overdue or settled:
            await self._give_up(stream, name, attempt, now, overdue=overdue)

    async def _give_up(
        self, stream: StreamId, scan: ScanId, attempt: int, now: datetime, *, overdue: bool
    ) -> None:
        failure = RecordFailure(
            scan=scan,
            attempt=attempt,
            cause=FailureCause.TIMEOUT if overdue else FailureCause.INTERNAL,
            message=_MESSAGES[overdue],
            retry_at=now + backoff(attempt),
        )
        handled = await handle(self._log, IMAGE, stream, failure, _cause(scan, attempt))
        await self._dispatch.news(handled.shard)
        await self._free(scan, attempt)

    async def _free(self, scan: ScanId, attempt: int) -> None:
        """Its slot stays taken for as long as the sandbox does: the next look asks again."""
        if await self._sandbox.stop(scan, attempt) is Presence.GONE:
            await self._slots.release(scan, attempt)


async def _try(errors: list[Exception], do: Callable[[], Awaitable[None]]) -> None:
    """Do it; what goes wrong is for later, unless storage does not answer at all."""
    try:
        await do()
    except StorageUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one attempt's trouble is its own
        logger.error("the watch-dog could not look after everything: %s", error)
        errors.append(error)


def _runs(scan: Scan, name: ScanId, attempt: int) -> bool:
    return (scan.id, scan.attempt, scan.stage) == (name, attempt, Stage.RUNNING)


_MESSAGES = {
    True: "The sandbox has not finished in time.",
    False: "The sandbox is gone without an outcome.",
}


def _cause(scan: ScanId, attempt: int) -> Cause:
    return Cause(command=command_id("watch", scan, attempt), correlation=scan, causation="watch")
