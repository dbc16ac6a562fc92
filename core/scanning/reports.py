"""Takes a sandbox's report: looks the outcome up, believes what holds, and records it.

The message only names an attempt. What is true about it stands in its outcome blob, and even that
is hostile input: it must be of that attempt and of that image, its inventory as long as it says,
and readable within limits. What fails there is a failed attempt, never a crash.
"""

from datetime import UTC, datetime

from core.counters import Counters
from core.domain import events as e
from core.domain.ids import StreamId, command_id, stream_of_scan
from core.domain.image import IMAGE, Command, Image
from core.domain.image import commands as c
from core.domain.image.awaiting import served
from core.domain.values import Artifact, FailureCause, NotApplicableCause, Platform, ScanId
from core.errors import InvalidInventory, InvalidReport
from core.inventory.packages import Inventory
from core.inventory.reader import read
from core.log.handle import Cause, handle, load_state
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.sandbox.interface import ChildKind, Limits, Outcome, Presence, Sandbox, Status
from core.sandbox.orders import outcome_path, sbom_path
from core.sandbox.outcomes import MAX_MESSAGE, MAX_OUTCOME_BYTES, clean, decode_outcome
from core.sandbox.reports import Report, decode_report
from core.scanning.assessment import Assessor
from core.scanning.known import KnownInventories
from core.scanning.launching import backoff
from core.scanning.slots import Slots
from core.scanning.stacks import Stacks
from core.storage.interface import Artifacts, Inbox, artifact_of


class Reports:
    """The desk where reports come in."""

    def __init__(
        self,
        log: EventLog,
        inbox: Inbox,
        artifacts: Artifacts,
        assessor: Assessor,
        known: KnownInventories,
        stacks: Stacks,
        slots: Slots,
        sandbox: Sandbox,
        dispatch: Dispatch,
        counters: Counters,
        limits: Limits,
    ) -> None:
        self._log = log
        self._inbox = inbox
        self._artifacts = artifacts
        self._assessor = assessor
        self._known = known
        self._stacks = stacks
        self._slots = slots
        self._sandbox = sandbox
        self._dispatch = dispatch
        self._counters = counters
        self._limits = limits

    async def take(self, message: bytes) -> None:
        """Act on one message; drop and count it when it says nothing that can be looked up."""
        try:
            report = decode_report(message)
        except InvalidReport as error:
            self._counters.count("report-malformed", str(error))
            return
        if not await self.conclude(report.scan, report.attempt):
            self._counters.count("report-unfounded", f"{report.scan} attempt {report.attempt}")

    async def conclude(self, scan: ScanId, attempt: int) -> bool:
        """Record how an attempt ended, and free its slot, whether or not anybody still waits for
        it; False when it has left no outcome."""
        stream = stream_of_scan(scan)
        if stream is None:
            return False
        report = Report(scan=scan, attempt=attempt)
        outcome = await self._outcome(report)
        if outcome is None:
            return False
        state = await self._record(stream, report, outcome)
        await self._dispatch.news(self._log.shard_of(stream))
        if await self._sandbox.stop(scan, attempt) is Presence.GONE:
            await self._slots.release(scan, attempt)
        await self._dispatch.waiting(state)
        return True

    async def _outcome(self, report: Report) -> Outcome | InvalidReport | None:
        """What the sandbox has left, or why that cannot be read; `None` when it left nothing."""
        path = outcome_path(report.scan, report.attempt)
        try:
            content = await self._inbox.read(path, limit=MAX_OUTCOME_BYTES)
            return None if content is None else decode_outcome(content)
        except InvalidReport as error:
            return error

    async def _record(
        self, stream: StreamId, report: Report, outcome: Outcome | InvalidReport
    ) -> Image:
        """Record what it amounts to, if the image still waits for it; the image then."""
        image = await load_state(self._log, IMAGE, stream)
        if served(image.state, report.scan, report.attempt) is None:
            return image.state
        command = await self._command(image.state, report, outcome)
        cause = Cause(
            command=command_id("report", report.scan, report.attempt, type(command).__name__),
            correlation=report.scan,
            causation=f"{report.scan}/{report.attempt}",
        )
        return (await handle(self._log, IMAGE, stream, command, cause, known=image)).state

    async def _command(
        self, image: Image, report: Report, outcome: Outcome | InvalidReport
    ) -> Command:
        try:
            if isinstance(outcome, InvalidReport):
                raise outcome
            if (outcome.scan, outcome.attempt) != (report.scan, report.attempt):
                raise InvalidReport("the outcome names another attempt")
            if outcome.image != image.name:
                raise InvalidReport("the outcome names another image")
            return await self._believe(image, outcome)
        except (InvalidReport, InvalidInventory) as error:
            return self._failed(report, FailureCause.REPORT_INVALID, str(error))

    async def _believe(self, image: Image, outcome: Outcome) -> Command:
        match outcome:
            case Outcome(status=Status.INVENTORIED, sbom=Artifact() as sbom):
                return await self._inventoried(image, outcome, sbom)
            case Outcome(status=Status.INDEX):
                return _index(image, outcome)
            case Outcome(status=Status.NOT_APPLICABLE, cause=NotApplicableCause() as cause):
                return c.RecordNotApplicable(
                    scan=outcome.scan,
                    attempt=outcome.attempt,
                    cause=cause,
                    platform=_platform(outcome),
                    message=outcome.message,
                )
            case Outcome(status=Status.FAILED, cause=FailureCause() as cause):
                report = Report(scan=outcome.scan, attempt=outcome.attempt)
                return self._failed(report, cause, outcome.message)
            case _:
                raise InvalidReport("the outcome's parts do not belong together")

    async def _inventoried(self, image: Image, outcome: Outcome, sbom: Artifact) -> Command:
        path = sbom_path(outcome.scan, outcome.attempt)
        content = await self._inbox.read(path, limit=self._limits.sbom_bytes)
        if content is None or artifact_of(content) != sbom:
            raise InvalidReport("the inventory is not the one that the outcome names")
        inventory = read(content)
        if inventory.brought and inventory.tool != outcome.cataloger:
            raise InvalidReport("the inventory brings findings of another tool than its cataloger")
        await self._artifacts.put(content)
        taken = _inventory(outcome, sbom, inventory)
        await self._known.remember(outcome.image.digest, taken)
        await self._stacks.remember(outcome.image, taken)
        least = image.scan.advisories if image.scan else 0
        assessment = await self._assessor.assess(image, outcome.scan, inventory, least=least)
        return taken if assessment is None else c.RecordScan(inventory=taken, assessment=assessment)

    def _failed(self, report: Report, cause: FailureCause, message: str) -> c.RecordFailure:
        return c.RecordFailure(
            scan=report.scan,
            attempt=report.attempt,
            cause=cause,
            message=clean(message, MAX_MESSAGE),
            retry_at=datetime.now(UTC) + backoff(report.attempt),
        )


def _inventory(outcome: Outcome, bom: Artifact, inventory: Inventory) -> c.RecordInventory:
    os = inventory.os
    return c.RecordInventory(
        scan=outcome.scan,
        attempt=outcome.attempt,
        bom=bom,
        platform=_platform(outcome),
        distribution=str(os) if os else None,
        cataloger=f"{outcome.cataloger} {outcome.cataloger_version}".strip(),
        packages=len(inventory.packages),
        unidentified=inventory.unidentified,
        origin=outcome.origin,
    )


def _index(image: Image, outcome: Outcome) -> c.RecordIndex:
    """The children. No digest can be inside of what it is the digest of: whoever says so lies, and
    verdicts would go round in circles."""
    images = [one for one in outcome.children if one.kind in (ChildKind.IMAGE, ChildKind.INDEX)]
    above = {outcome.image.digest, *image.parents}
    if any(child.digest in above for child in images):
        raise InvalidReport("the index lists itself, or an index that lists it")
    return c.RecordIndex(
        scan=outcome.scan,
        attempt=outcome.attempt,
        children=tuple(
            e.Child(
                digest=child.digest,
                media_type=child.media_type,
                platform=Platform(
                    os=child.os, architecture=child.architecture, variant=child.variant or None
                ),
            )
            for child in images
        ),
    )


def _platform(outcome: Outcome) -> Platform:
    return Platform(
        os=outcome.os, architecture=outcome.architecture, variant=outcome.variant or None
    )
