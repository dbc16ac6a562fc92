"""The first completed scan of a digest bills it."""

from collections.abc import Iterable

from core.domain.bill import BILL, ChargeImage
from core.domain.events import ScanCompleted
from core.domain.ids import bill_stream
from core.domain.recorded import Recorded
from core.log.handle import Cause, handle
from core.log.interface import EventLog
from core.processes.states import ImageStates


class BillProcess:
    """Follows completed scans; see `core/processes/follower.py`."""

    name = "bills"

    def __init__(self, log: EventLog, images: ImageStates) -> None:
        self._log = log
        self._images = images

    async def react(self, recorded: Recorded, cause: Cause) -> Iterable[int] | None:
        if not isinstance(recorded.event, ScanCompleted):
            return None
        image = await self._images.behind(recorded)
        if image.name is None:
            return None
        charge = ChargeImage(
            subscription=image.subscription,
            image=image.name,
            scan=recorded.event.scan,
            at=recorded.at,
        )
        stream = bill_stream(image.subscription, image.name.digest)
        return {(await handle(self._log, BILL, stream, charge, cause)).shard}
