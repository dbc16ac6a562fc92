"""A month of the ledger: what it came to, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.answers.billing import BillLine, Bills, BillTotals

REASONS = {
    "billed": "Billed: its first completed scan",
    "not-applicable": "Not applicable",
    "index": "An index: its images are billed",
    "failed": "Its scan failed",
    "plan-off": "Its plan was off",
    "billed-before": "Billed before",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtotal:
    """What one subscription's month came to."""

    subscription: str
    amount: str
    counts: tuple[tuple[str, int], ...]
    """How many digests there are of each reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What the page shows."""

    month: str
    earlier: str
    later: str | None
    """`None` for the current month."""
    price: str
    currency: str
    totals: tuple[Subtotal, ...]
    lines: tuple[BillLine, ...]
    continuation_token: str | None
    reasons: Mapping[str, str]


def month_of(ledger: Bills, today: date) -> Month:
    """What the page shows of a month."""
    first = date.fromisoformat(f"{ledger.month}-01")
    following = (first + timedelta(days=31)).strftime("%Y-%m")
    return Month(
        month=ledger.month,
        earlier=(first - timedelta(days=1)).strftime("%Y-%m"),
        later=following if following <= today.strftime("%Y-%m") else None,
        price=ledger.price,
        currency=ledger.currency,
        totals=tuple(_subtotal(one) for one in ledger.totals),
        lines=tuple(ledger.value),
        continuation_token=ledger.continuation_token or None,
        reasons=REASONS,
    )


def _subtotal(total: BillTotals) -> Subtotal:
    counts = (
        ("billed", total.billed),
        ("not-applicable", total.not_applicable),
        ("index", total.index),
        ("failed", total.failed),
        ("plan-off", total.plan_off),
        ("billed-before", total.billed_before),
    )
    return Subtotal(
        subscription=total.subscription,
        amount=total.amount,
        counts=tuple((reason, count) for reason, count in counts if count),
    )
