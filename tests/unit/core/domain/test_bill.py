"""A digest is billed once to a subscription, whatever is scanned how often (B1)."""

from collections.abc import Sequence
from dataclasses import replace

from core.domain.bill import BILL, MAX_ELSEWHERE, Bill, BillCommand, ChargeImage, DeclineCharge
from core.domain.events import BillEvent, ImageBilled, ImageNotBilled
from core.domain.values import NotBilledReason, ScanId
from tests.support.samples import SUBSCRIPTION, at, image_name


def charge(scan: str, minute: int = 0, *, repository: str = "team/app") -> ChargeImage:
    """A scan of the digest was completed."""
    image = replace(image_name(), repository=repository)
    return ChargeImage(subscription=SUBSCRIPTION, image=image, scan=ScanId(scan), at=at(minute))


def decline(
    reason: NotBilledReason = NotBilledReason.FAILED, cause: str = "timeout"
) -> BillCommand:
    """A scan of the digest ended in something that is not charged."""
    return DeclineCharge(
        subscription=SUBSCRIPTION,
        image=image_name(),
        scan=ScanId("scan-1"),
        reason=reason,
        cause=cause,
        at=at(0),
    )


def given(*commands: BillCommand) -> Bill:
    """A bill to which that happened."""
    bill = BILL.initial
    for command in commands:
        bill = BILL.fold(bill, BILL.decide(bill, command))
    return bill


def reasons(events: Sequence[BillEvent]) -> list[str]:
    """Why nothing was charged."""
    return [event.reason for event in events if isinstance(event, ImageNotBilled)]


def test_the_first_completed_scan_is_billed() -> None:
    assert BILL.decide(Bill(), charge("scan-1", 5)) == (
        ImageBilled(
            subscription=SUBSCRIPTION,
            image=image_name(),
            scan=ScanId("scan-1"),
            billed_at=at(5),
        ),
    )


def test_every_other_scan_is_free() -> None:
    bill = given(charge("scan-1"))
    assert bill == Bill(scan=ScanId("scan-1"), image=image_name())
    assert BILL.decide(bill, charge("scan-2")) == ()
    assert BILL.decide(bill, charge("scan-1")) == ()


def test_what_is_not_charged_is_written_down_once_for_each_reason() -> None:
    assert reasons(BILL.decide(Bill(), decline())) == ["failed"]
    bill = given(decline())
    assert BILL.decide(bill, decline()) == ()
    assert reasons(BILL.decide(bill, decline(NotBilledReason.PLAN_OFF, ""))) == ["plan-off"]


def test_what_was_declined_can_be_charged_and_then_never_be_declined() -> None:
    bill = given(decline(), charge("scan-2"))
    assert bill.scan == "scan-2"
    assert BILL.decide(bill, decline()) == ()


def test_a_digest_elsewhere_is_not_charged_again_and_says_where_it_was() -> None:
    bill = given(charge("scan-1"))
    (event,) = BILL.decide(bill, charge("scan-9", repository="other/app"))
    assert isinstance(event, ImageNotBilled)
    assert (event.reason, event.cause) == ("billed-before", str(image_name()))
    assert BILL.decide(BILL.evolve(bill, event), charge("scan-10", repository="other/app")) == ()


def test_a_digest_in_very_many_places_is_written_down_for_some() -> None:
    many = [charge("scan", repository=f"r{number}") for number in range(MAX_ELSEWHERE + 2)]
    assert len(given(*many).elsewhere) == MAX_ELSEWHERE
