"""The first completed scan of a digest bills it, if the plan was on; every other end says why not.

Whether the plan was on is asked of its history, for the moment at which the scan was completed: so
the bill is the same however late, and how often, the process comes to write it.
"""

from collections.abc import Iterable

from core.domain import events as e
from core.domain.bill import BILL, BillCommand, ChargeImage, DeclineCharge
from core.domain.ids import bill_stream, plan_stream
from core.domain.image import Image
from core.domain.plan import PLAN
from core.domain.recorded import Recorded
from core.domain.values import ImageName, NotBilledReason, ScanId
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog
from core.processes.states import ImageStates

type _End = e.ScanCompleted | e.ScanFailed | e.ImageNotApplicable | e.IndexRead


class BillProcess:
    """Follows the ends of scans; see `core/processes/follower.py`."""

    name = "bills"

    def __init__(self, log: EventLog, images: ImageStates) -> None:
        self._log = log
        self._images = images

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        match recorded.event:
            case e.ScanFailed(retry_at=None) | e.ImageNotApplicable() | e.IndexRead() as end:
                return await self._settle(recorded, end, cause)
            case e.ScanCompleted() as end:
                return await self._settle(recorded, end, cause)
            case _:
                return None

    async def _settle(self, recorded: Recorded, end: _End, cause: Cause) -> Iterable[int] | None:
        image = await self._images.behind(recorded)
        if image.name is None:
            return None
        command = await self._command(recorded, end, image, image.name)
        stream = bill_stream(image.subscription, image.name.digest)
        return {(await handle(self._log, BILL, stream, command, cause)).shard}

    async def _command(
        self, recorded: Recorded, end: _End, image: Image, name: ImageName
    ) -> BillCommand:
        match end:
            case e.ScanCompleted(scan=scan):
                return await self._completed(recorded, image, name, scan)
            case e.ScanFailed(cause=cause):
                reason, why = NotBilledReason.FAILED, str(cause)
            case e.ImageNotApplicable(cause=cause):
                reason, why = NotBilledReason.NOT_APPLICABLE, str(cause)
            case e.IndexRead():
                reason, why = NotBilledReason.INDEX, ""
        return _declined(recorded, image, name, end.scan, reason, why)

    async def _completed(
        self, recorded: Recorded, image: Image, name: ImageName, scan: ScanId
    ) -> BillCommand:
        plan = await current(self._log, PLAN, plan_stream(image.subscription))
        if not plan.on_at(recorded.at):
            return _declined(recorded, image, name, scan, NotBilledReason.PLAN_OFF, "")
        return ChargeImage(subscription=image.subscription, image=name, scan=scan, at=recorded.at)


def _declined(
    recorded: Recorded,
    image: Image,
    name: ImageName,
    scan: ScanId,
    reason: NotBilledReason,
    cause: str,
) -> DeclineCharge:
    return DeclineCharge(
        subscription=image.subscription,
        image=name,
        scan=scan,
        reason=reason,
        cause=cause,
        at=recorded.at,
    )
