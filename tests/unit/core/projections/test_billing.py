"""The ledger has one line for each digest, billed or not, under the month that decided it."""

from dataclasses import replace

from core.domain import events as e
from core.domain.ids import bill_stream
from core.domain.recorded import Recorded
from core.domain.values import NotBilledReason
from core.projections.billing import OUTCOMES, Billing, column, line_key, month_key, total_key
from tests.support.images import HEALTHY, scan
from tests.support.samples import SUBSCRIPTION, at, digest, image_name
from tests.support.views import Shown, fold, history, recorded

NEXT_MONTH = 60 * 24 * 31
STREAM = bill_stream(SUBSCRIPTION, digest(1))
JANUARY = f"{month_key('2026-01', SUBSCRIPTION)}{STREAM}"
FEBRUARY = f"{month_key('2026-02', SUBSCRIPTION)}{STREAM}"


def billed(number: int = 1, minute: int = 0) -> Recorded:
    """A bill for image `number`."""
    event = e.ImageBilled(
        subscription=SUBSCRIPTION,
        image=image_name(number),
        scan=scan(number=number),
        billed_at=at(minute),
    )
    return recorded(event, number, stream=bill_stream(SUBSCRIPTION, digest(number)))


def declined(
    reason: NotBilledReason = NotBilledReason.FAILED,
    cause: str = "timeout",
    *,
    repository: str = "team/app",
    minute: int = 0,
) -> Recorded:
    """Image 1 is not charged."""
    event = e.ImageNotBilled(
        subscription=SUBSCRIPTION,
        image=replace(image_name(), repository=repository),
        scan=scan(),
        reason=reason,
        cause=cause,
        decided_at=at(minute),
    )
    return recorded(event, stream=STREAM)


def totals(shown: Shown, month: str) -> dict[str, object]:
    """What a month's totals count, where it is not nothing."""
    cells = shown.get(total_key(month, SUBSCRIPTION), {})
    return {name: cells[column(name)] for name in OUTCOMES if cells.get(column(name))}


def test_a_bill_is_a_line_under_its_month() -> None:
    shown = fold(Billing(), [billed()])
    assert shown.keys() == {JANUARY, line_key(STREAM), total_key("2026-01", SUBSCRIPTION)}
    assert (
        shown[JANUARY]
        == shown[line_key(STREAM)]
        == {
            "subscription": SUBSCRIPTION,
            "registry": "demo.azurecr.io",
            "repository": "team/app",
            "digest": digest(1),
            "scan": scan(),
            "reason": "billed",
            "cause": "",
            "decided_at": "2026-01-01T00:00:00.000000Z",
        }
    )
    assert totals(shown, "2026-01") == {"billed": 1}


def test_every_digest_has_its_own_line_and_a_repetition_none() -> None:
    shown = fold(Billing(), [billed(1), billed(2, NEXT_MONTH), billed(1)])
    assert sorted(key[:10] for key in shown if key.startswith("b|")) == ["b|2026-01|", "b|2026-02|"]
    assert (totals(shown, "2026-01"), totals(shown, "2026-02")) == ({"billed": 1}, {"billed": 1})


def test_what_is_not_billed_says_why_and_for_what_last() -> None:
    shown = fold(Billing(), [declined(), declined(NotBilledReason.NOT_APPLICABLE, "windows")])
    assert (shown[JANUARY]["reason"], shown[JANUARY]["cause"]) == ("not-applicable", "windows")
    assert totals(shown, "2026-01") == {"not-applicable": 1}


def test_what_is_billed_at_last_moves_to_the_month_of_its_bill() -> None:
    shown = fold(Billing(), [declined(), billed(minute=NEXT_MONTH)])
    assert JANUARY not in shown
    assert shown[FEBRUARY]["reason"] == "billed"
    assert (totals(shown, "2026-01"), totals(shown, "2026-02")) == ({}, {"billed": 1})


def test_a_billed_digest_that_is_found_elsewhere_says_where_and_stays_one_line() -> None:
    before = NotBilledReason.BILLED_BEFORE
    again = declined(before, "demo.azurecr.io/team/app", repository="b", minute=NEXT_MONTH)
    shown = fold(Billing(), [billed(), again, replace(again, position=3)])
    assert FEBRUARY not in shown
    assert (shown[JANUARY]["reason"], shown[JANUARY]["also_in"]) == ("billed", "demo.azurecr.io/b")
    assert totals(shown, "2026-01") == {"billed": 1}


def test_what_is_no_bill_makes_no_line() -> None:
    assert fold(Billing(), history(HEALTHY)) == {}
