"""The ledger has one line for each bill, under the month in which it was made."""

from core.domain import events as e
from core.domain.ids import bill_stream
from core.domain.recorded import Recorded
from core.projections.billing import Billing, month_key
from tests.support.images import HEALTHY, scan
from tests.support.samples import SUBSCRIPTION, at, digest, image_name
from tests.support.views import fold, history, recorded


def billed(number: int, minute: int = 0) -> Recorded:
    """A bill for image `number`."""
    event = e.ImageBilled(
        subscription=SUBSCRIPTION,
        image=image_name(number),
        scan=scan(number=number),
        billed_at=at(minute),
    )
    return recorded(event, number, stream=bill_stream(SUBSCRIPTION, digest(number)))


def test_a_bill_is_a_line_under_its_month() -> None:
    ((key, cells),) = fold(Billing(), [billed(1)]).items()
    assert key == f"{month_key('2026-01')}{bill_stream(SUBSCRIPTION, digest(1))}"
    assert cells == {
        "subscription": SUBSCRIPTION,
        "registry": "demo.azurecr.io",
        "repository": "team/app",
        "digest": digest(1),
        "scan": scan(),
        "billed_at": "2026-01-01T00:00:00.000000Z",
    }


def test_every_bill_has_its_own_line_and_a_repetition_none() -> None:
    told = [billed(1), billed(2, minute=60 * 24 * 31), billed(1)]
    keys = sorted(key[:10] for key in fold(Billing(), told))
    assert keys == ["b|2026-01|", "b|2026-02|"]


def test_what_is_no_bill_makes_no_line() -> None:
    assert fold(Billing(), history(HEALTHY)) == {}
