"""Starts what waits: the oldest open scan of the highest priority, while a slot is free.

A message only says that something may wait. What does is read from the open scans, which may be a
moment behind the log; so the scan that the message names is looked at too, and the image's own
stream has the last word on each.
"""

from datetime import UTC, datetime, timedelta

from core.domain.events import Priority
from core.domain.ids import StreamId, command_id, stream_of_scan
from core.domain.image import IMAGE, Image
from core.domain.image.commands import RecordFailure, RecordScan, StartAttempt
from core.domain.image.state import Inventory, Scan, Stage
from core.domain.values import FailureCause, ScanId
from core.errors import AccessDenied, PratiqueError, RegistryError, SandboxError
from core.inventory.reader import read
from core.log import layout
from core.log.handle import Cause, Known, handle, load_state
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.sandbox.interface import Sandbox
from core.scanning.assessment import Assessor
from core.scanning.known import KnownInventories
from core.scanning.orders import Orders
from core.scanning.slots import Slots
from core.storage.interface import Artifacts, Rows, Where

_PAGE = 200
"""Waiting scans that are considered at a time."""


class Starter:
    """Gives waiting scans their next step."""

    def __init__(
        self,
        log: EventLog,
        open_scans: Rows,
        slots: Slots,
        orders: Orders,
        sandbox: Sandbox,
        assessor: Assessor,
        known: KnownInventories,
        artifacts: Artifacts,
        dispatch: Dispatch,
    ) -> None:
        self._log = log
        self._open_scans = open_scans
        self._slots = slots
        self._orders = orders
        self._sandbox = sandbox
        self._assessor = assessor
        self._known = known
        self._artifacts = artifacts
        self._dispatch = dispatch

    async def start_waiting(self, hinted: ScanId | None = None) -> None:
        """Start scans until no slot is free or none waits."""
        for scan in await self._waiting(hinted):
            stream = stream_of_scan(scan)
            if stream is None or not await self._advance(stream, scan):
                return

    async def _waiting(self, hinted: ScanId | None) -> list[ScanId]:
        """Whose turn it is, first come first."""
        page = await self._open_scans.scan([Where("stage", "ne", "running")], limit=_PAGE)
        now = layout.stamp(datetime.now(UTC))
        due = [row.cells for row in page.rows if str(row.cells.get("retry_at", "")) <= now]
        due.sort(key=lambda row: (row["priority"] != Priority.PUSH, str(row["requested_at"])))
        scans = [ScanId(str(row["scan"])) for row in due]
        return scans if hinted is None or hinted in scans else [*scans, hinted]

    async def _advance(self, stream: StreamId, name: ScanId) -> bool:
        """Take one scan a step further; False when no slot is free, so that others wait too."""
        image = await load_state(self._log, IMAGE, stream)
        scan = image.state.open_scan
        if scan is None or scan.id != name or scan.stage is Stage.RUNNING:
            return True
        if image.state.inventory is not None:
            await self._assess(stream, scan, image.state.inventory)
            return True
        if scan.attempt == 0 and await self._reuse(stream, image, scan):
            return True
        return await self._attempt(stream, image, scan)

    async def _reuse(self, stream: StreamId, image: Known[Image], scan: Scan) -> bool:
        """Whether the digest is known from another repository: no sandbox, no pull."""
        if image.state.name is None:
            return False
        taken = await self._known.find(
            image.state.name.digest, scan.id, cataloger=self._orders.cataloger
        )
        if taken is None:
            return False
        inventory = read(await self._artifacts.get(taken.bom))
        assessment = await self._assessor.assess(scan.id, inventory, least=scan.advisories)
        command = (
            taken if assessment is None else RecordScan(inventory=taken, assessment=assessment)
        )
        handled = await handle(
            self._log, IMAGE, stream, command, _cause("reuse", scan.id, 0), known=image
        )
        await self._dispatch.waiting(handled.state)
        await self._dispatch.news(handled.shard)
        return True

    async def _assess(self, stream: StreamId, scan: Scan, known: Inventory) -> None:
        """The inventory is known: no sandbox, no pull."""
        inventory = read(await self._artifacts.get(known.bom))
        command = await self._assessor.assess(scan.id, inventory, least=scan.advisories)
        if command is None:
            return
        cause = _cause("assess", scan.id, command.advisories_version)
        handled = await handle(self._log, IMAGE, stream, command, cause)
        await self._dispatch.news(handled.shard)

    async def _attempt(self, stream: StreamId, image: Known[Image], scan: Scan) -> bool:
        attempt = scan.attempt + 1
        if not await self._slots.claim(scan.id, attempt, scan.priority):
            return False
        now = datetime.now(UTC)
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
        try:
            await self._sandbox.start(await self._orders.write(name, scan.id, attempt))
        except (RegistryError, SandboxError) as error:
            await self._fail(stream, scan.id, attempt, error)
        await self._dispatch.news(handled.shard)
        return True

    async def _fail(
        self, stream: StreamId, scan: ScanId, attempt: int, error: PratiqueError
    ) -> None:
        denied = isinstance(error, AccessDenied)
        failure = RecordFailure(
            scan=scan,
            attempt=attempt,
            cause=FailureCause.PULL_DENIED if denied else FailureCause.INTERNAL,
            message=str(error)[:500],
            retry_at=datetime.now(UTC) + backoff(attempt),
        )
        await handle(self._log, IMAGE, stream, failure, _cause("not-started", scan, attempt))
        await self._sandbox.stop(scan, attempt)
        await self._slots.release(scan, attempt)


def backoff(attempt: int) -> timedelta:
    """How long to wait after the `attempt`-th failure: 30 seconds, then two minutes, then eight."""
    return timedelta(seconds=30 * 4 ** (attempt - 1))


def _cause(what: str, scan: ScanId, number: int) -> Cause:
    return Cause(command=command_id(what, scan, number), correlation=scan, causation=what)
