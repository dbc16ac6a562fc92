"""The bill: what a subscription owes for one digest. Once, ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.decider import Decider
from core.domain.events import ImageBilled
from core.domain.values import ImageName, ScanId


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Whether the digest was charged."""

    scan: ScanId | None = None
    """The scan that it was charged for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeImage:
    """A scan of the digest was completed."""

    subscription: str
    image: ImageName
    scan: ScanId
    at: datetime


def evolve(bill: Bill, event: ImageBilled) -> Bill:
    """The state after the event."""
    return Bill(scan=event.scan)


def decide(bill: Bill, command: ChargeImage) -> Sequence[ImageBilled]:
    """The first completed scan bills; every other is free."""
    if bill.scan is not None:
        return ()
    return (
        ImageBilled(
            subscription=command.subscription,
            image=command.image,
            scan=command.scan,
            billed_at=command.at,
        ),
    )


BILL: Decider[Bill, ChargeImage, ImageBilled] = Decider(
    kind="bill", schema=1, state=Bill, initial=Bill(), evolve=evolve, decide=decide
)
"""The aggregate. Stream: subscription + digest."""
