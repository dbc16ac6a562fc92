"""The ledger."""

from msgspec import UNSET, UnsetType

from core.answers.base import Answer, Count, Decimals, Moment, Page


class BillLine(Answer, frozen=True, kw_only=True):
    """What became of a digest: billed once, ever, or why not."""

    subscription: str
    registry: str
    repository: str
    digest: str
    scan: str
    decided_at: Moment
    billed: bool
    amount: Decimals
    currency: str
    reason: str
    cause: str | None
    also_in: tuple[str, ...]


class BillTotals(Answer, frozen=True, kw_only=True, rename="kebab"):
    """What a subscription's month adds up to, by reason; a reason that never was is left out."""

    subscription: str
    amount: Decimals
    billed: Count | UnsetType = UNSET
    not_applicable: Count | UnsetType = UNSET
    index: Count | UnsetType = UNSET
    failed: Count | UnsetType = UNSET
    plan_off: Count | UnsetType = UNSET
    billed_before: Count | UnsetType = UNSET


class Bills(Page, frozen=True, kw_only=True):
    """A page of a month's lines, and what the month adds up to."""

    month: str
    price: Decimals
    currency: str
    totals: list[BillTotals]
    value: list[BillLine]


class BillOfDigest(Answer, frozen=True, kw_only=True):
    """The line that there is of a digest, if there is one."""

    value: list[BillLine]
