"""The bill: what a subscription owes for one digest, once, ever; and why it owes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.decider import Decider
from core.domain.events import BillEvent, ImageBilled, ImageNotBilled
from core.domain.values import ImageName, NotBilledReason, ScanId

MAX_ELSEWHERE = 100
"""Other places of a billed digest that are written down; whoever may push can make any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Whether the digest was charged."""

    scan: ScanId | None = None
    """The scan that it was charged for."""
    image: ImageName | None = None
    """Where the digest was when it was charged."""
    declined: tuple[NotBilledReason, str] | None = None
    """Why it was not charged the last time that it came up, and what that is made of."""
    elsewhere: tuple[ImageName, ...] = ()
    """Where else it was found, after it was charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeImage:
    """A scan of the digest was completed while the plan was on."""

    subscription: str
    image: ImageName
    scan: ScanId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineCharge:
    """A scan of the digest came to an end that is not charged."""

    subscription: str
    image: ImageName
    scan: ScanId
    reason: NotBilledReason
    cause: str
    at: datetime


type BillCommand = ChargeImage | DeclineCharge


def evolve(bill: Bill, event: BillEvent) -> Bill:
    """The state after the event."""
    match event:
        case ImageBilled():
            return replace(bill, scan=event.scan, image=event.image, declined=None)
        case ImageNotBilled(reason=NotBilledReason.BILLED_BEFORE):
            return replace(bill, elsewhere=(*bill.elsewhere, event.image))
        case ImageNotBilled():
            return replace(bill, declined=(event.reason, event.cause))


def decide(bill: Bill, command: BillCommand) -> Sequence[BillEvent]:
    """The first completed scan bills; every other is free."""
    match command:
        case ChargeImage():
            return _charge(bill, command)
        case DeclineCharge(reason=NotBilledReason.BILLED_BEFORE):
            known = command.image in (bill.image, *bill.elsewhere)
            return () if known else (_declined(command),)
        case DeclineCharge(reason=reason, cause=cause):
            known = bill.scan is not None or bill.declined == (reason, cause)
            return () if known else (_declined(command),)


def _charge(bill: Bill, command: ChargeImage) -> Sequence[BillEvent]:
    if bill.scan is None:
        return (
            ImageBilled(
                subscription=command.subscription,
                image=command.image,
                scan=command.scan,
                billed_at=command.at,
            ),
        )
    if len(bill.elsewhere) >= MAX_ELSEWHERE:
        return ()
    elsewhere = DeclineCharge(
        subscription=command.subscription,
        image=command.image,
        scan=command.scan,
        reason=NotBilledReason.BILLED_BEFORE,
        cause=str(bill.image),
        at=command.at,
    )
    return decide(bill, elsewhere)


def _declined(command: DeclineCharge) -> ImageNotBilled:
    return ImageNotBilled(
        subscription=command.subscription,
        image=command.image,
        scan=command.scan,
        reason=command.reason,
        cause=command.cause,
        decided_at=command.at,
    )


BILL: Decider[Bill, BillCommand, BillEvent] = Decider(
    kind="bill", schema=2, state=Bill, initial=Bill(), evolve=evolve, decide=decide
)
"""The aggregate. Stream: subscription + digest."""
