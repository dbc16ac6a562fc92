"""Gives waiting scans their next step: a sandbox while a slot is free, or an assessment.

A message only says that something may wait. Whose turn it is stands in the view of open scans; the
scan that the message names is looked at too, because the view may not know it yet. A scan that
cannot go on keeps none of the others.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from core.domain.ids import command_id, stream_of_scan
from core.domain.image import IMAGE, Image
from core.domain.image.commands import StartAttempt
from core.domain.image.state import Scan, Stage
from core.domain.values import ScanId
from core.errors import StorageUnavailable
from core.log.handle import Cause, Known, handle, load_state
from core.log.interface import EventLog
from core.scanning.assessment import Assessor
from core.scanning.launching import Batch, Launch, Launcher
from core.scanning.orders import Orders
from core.scanning.shortcuts import Shortcuts
from core.scanning.slots import Slots
from core.scanning.waiting import Waiting

logger = logging.getLogger(__name__)


class Starter:
    """Gives waiting scans their next step."""

    def __init__(
        self,
        log: EventLog,
        waiting: Waiting,
        slots: Slots,
        orders: Orders,
        launcher: Launcher,
        assessor: Assessor,
        shortcuts: Shortcuts,
    ) -> None:
        self._log = log
        self._waiting = waiting
        self._slots = slots
        self._orders = orders
        self._launcher = launcher
        self._assessor = assessor
        self._shortcuts = shortcuts
        self._busy: set[ScanId] = set()
        """Scans that some task of this process is taking further at this moment."""

    async def start_waiting(
        self, hinted: ScanId | None = None, *, now: datetime | None = None
    ) -> None:
        """Start scans until no slot is free or none waits.

        Raises an ExceptionGroup of what went wrong with some, once all the others are served.
        """
        turn = await self._waiting.for_a_sandbox(now or datetime.now(UTC))
        await self._serve(turn, hinted, now)

    async def assess_waiting(self, *, now: datetime | None = None) -> None:
        """Assess the scans that wait for nothing but advisories, and these are there by now.

        Raises as `start_waiting` does.
        """
        version = await self._assessor.version()
        if version > 0:
            await self._serve(await self._waiting.for_advisories(version), None, now)

    async def _serve(
        self, turn: Iterable[ScanId], hinted: ScanId | None, now: datetime | None
    ) -> None:
        errors: list[Exception] = []
        looked_at: set[ScanId] = set()
        batch = Batch(self._launcher)
        for scan in turn:
            looked_at.add(scan)
            if not await self._try(scan, now, batch, errors):
                break  # no slot for this one, so none for those behind it
        if hinted is not None and hinted not in looked_at:
            await self._try(hinted, now, batch, errors)
        await batch.start()
        if errors:
            raise ExceptionGroup("some scans could not go on", errors)

    async def _try(
        self, scan: ScanId, now: datetime | None, batch: Batch, errors: list[Exception]
    ) -> bool:
        """Take one scan a step further, unless somebody here is at it; False when no slot is free
        for it. A burst of messages would all turn to the oldest scan otherwise."""
        if scan in self._busy:
            return True
        self._busy.add(scan)
        try:
            return await self._advance(scan, now or datetime.now(UTC), batch)
        except StorageUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one scan's trouble is its own
            logger.error("scan %s cannot go on: %s", scan, error)
            errors.append(error)
            return True
        finally:
            self._busy.discard(scan)

    async def _advance(self, name: ScanId, now: datetime, batch: Batch) -> bool:
        stream = stream_of_scan(name)
        if stream is None:
            return True
        image = await load_state(self._log, IMAGE, stream)
        scan = image.state.open_scan
        if scan is None or scan.id != name or scan.stage is Stage.RUNNING:
            return True
        if scan.retry_at is not None and now < scan.retry_at:
            return True
        if await self._launcher.withdraw(image, scan) or await self._shortcuts.take(image, scan):
            return True
        return await self._attempt(image, scan, now, batch)

    async def _attempt(self, image: Known[Image], scan: Scan, now: datetime, batch: Batch) -> bool:
        attempt, wanted = scan.attempt + 1, image.state.name
        if wanted is None or not await batch.has_room(wanted, scan.priority):
            return not batch.is_empty  # one behind it may be of a repository that has room
        if not await self._slots.claim(scan.id, attempt, scan.priority):
            return False
        stream = image.stream.id
        start = StartAttempt(
            scan=scan.id, attempt=attempt, at=now, deadline=now + self._orders.time
        )
        cause = _cause("start", scan.id, attempt)
        handled = await handle(self._log, IMAGE, stream, start, cause, known=image)
        latest = handled.state.open_scan
        running = latest is not None and (latest.stage, latest.attempt) == (Stage.RUNNING, attempt)
        name = handled.state.name
        if not running or name is None:
            await self._slots.release(scan.id, attempt)
            return True
        launch = Launch(
            image=name, stream=stream, shard=handled.shard, scan=scan.id, attempt=attempt, at=now
        )
        await batch.add(launch)
        return True


def _cause(what: str, scan: ScanId, number: int) -> Cause:
    return Cause(command=command_id(what, scan, number), correlation=scan, causation=what)
