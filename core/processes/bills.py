"""The first completed scan of a digest bills it, if the plan was on; every other end says why not.

Whether the plan was on is asked of its history, for the moment at which the scan was completed: so
the bill is the same however late, and how often, the process comes to write it.
"""

import asyncio
from collections.abc import Iterable, Sequence

from core.domain import events as e
from core.domain.bill import BILL, BillCommand, ChargeImage, DeclineCharge
from core.domain.ids import bill_stream, plan_stream
from core.domain.image import Image
from core.domain.plan import PLAN, Plan
from core.domain.recorded import Recorded
from core.domain.values import ImageName, NotBilledReason, ScanId
from core.log.bulk import TOGETHER, Asked, handle_many
from core.log.handle import Cause, current
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
        return await self.react_together([(recorded, cause)])

    async def react_together(self, news: Sequence[tuple[Recorded, Cause]]) -> Iterable[int] | None:
        ends = [
            (recorded, end, cause) for recorded, cause in news if (end := _end_of(recorded.event))
        ]
        asked: list[Asked[BillCommand]] = []
        for first in range(0, len(ends), TOGETHER):
            some = ends[first : first + TOGETHER]
            images = await asyncio.gather(*(self._owned(one) for one, _, _ in some))
            plans = await self._plans({image.subscription for image in images})
            for (recorded, end, cause), image in zip(some, images, strict=True):
                if image.name is None:
                    continue
                command = _command(recorded, end, image, image.name, plans[image.subscription])
                stream = bill_stream(image.subscription, image.name.digest)
                asked.append(Asked(stream=stream, command=command, cause=cause))
        if not asked:
            return None
        return {one.shard for one in await handle_many(self._log, BILL, asked)}

    async def _owned(self, recorded: Recorded) -> Image:
        """The image in the subscription that it was in then. By now it may be in another, which
        owes nothing for this scan however late, or often, it is followed."""
        image = await self._images.behind(recorded)
        return await self._images.at(recorded) if image.moved else image

    async def _plans(self, subscriptions: Iterable[str]) -> dict[str, Plan]:
        streams = {one: plan_stream(one) for one in subscriptions}
        plans = await asyncio.gather(
            *(current(self._log, PLAN, stream) for stream in streams.values())
        )
        return dict(zip(streams, plans, strict=True))


def _end_of(event: object) -> _End | None:
    match event:
        case e.ScanFailed(retry_at=None) | e.ImageNotApplicable() | e.IndexRead() as end:
            return end
        case e.ScanCompleted() as end:
            return end
        case _:
            return None


def _command(
    recorded: Recorded, end: _End, image: Image, name: ImageName, plan: Plan
) -> BillCommand:
    match end:
        case e.ScanCompleted(scan=scan) if plan.on_at(recorded.at):
            return ChargeImage(
                subscription=image.subscription, image=name, scan=scan, at=recorded.at
            )
        case e.ScanCompleted():
            reason, why = NotBilledReason.PLAN_OFF, ""
        case e.ScanFailed(cause=cause):
            reason, why = NotBilledReason.FAILED, str(cause)
        case e.ImageNotApplicable(cause=cause):
            reason, why = NotBilledReason.NOT_APPLICABLE, str(cause)
        case e.IndexRead():
            reason, why = NotBilledReason.INDEX, ""
    return _declined(recorded, image, name, end.scan, reason, why)


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
