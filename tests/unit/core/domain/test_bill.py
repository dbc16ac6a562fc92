"""A digest is billed once to a subscription, whatever is scanned how often (B1)."""

from core.domain.bill import BILL, Bill, ChargeImage
from core.domain.events import ImageBilled
from core.domain.values import ScanId
from tests.support.samples import SUBSCRIPTION, at, image_name


def charge(scan: str, minute: int = 0) -> ChargeImage:
    """A scan of the digest was completed."""
    return ChargeImage(
        subscription=SUBSCRIPTION, image=image_name(), scan=ScanId(scan), at=at(minute)
    )


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
    bill = BILL.fold(Bill(), BILL.decide(Bill(), charge("scan-1")))
    assert bill == Bill(scan=ScanId("scan-1"))
    assert BILL.decide(bill, charge("scan-2")) == ()
    assert BILL.decide(bill, charge("scan-1")) == ()
