"""Answers from the ledger: a month's lines with why each is billed or not, and what they add up to;
as it stands, or as it stood at a moment.

Amounts follow the price that the settings name now: the ledger counts, and never converts.
"""

from collections.abc import AsyncIterator, Mapping

import msgspec

from core.answers.base import token
from core.answers.billing import BillLine, BillOfDigest, Bills, BillTotals
from core.domain.ids import bill_stream
from core.errors import InvalidInput
from core.log import layout
from core.projections.billing import (
    BILLED,
    OUTCOMES,
    Billing,
    column,
    line_key,
    month_key,
    total_key,
)
from core.projections.cells import number, text, words
from core.query.documents import Document, sheet
from core.query.parameters import AS_OF, Parameters, known
from core.query.prices import Price
from core.query.scoped import ScopedLedger
from core.query.shards import from_shards
from core.query.standing import Standings
from core.storage.interface import Cells, Row, RowReader

MAX_LINES = 100_000
"""Lines of one CSV document."""
_PAGE = 500
_OUTCOMES = {outcome: outcome for outcome in OUTCOMES}
_COLUMNS = (
    *("subscription", "registry", "repository", "digest", "scan", "decidedAt"),
    *("billed", "amount", "currency", "reason", "cause", "alsoIn"),
)


class BillingQueries:
    """The ledger."""

    def __init__(self, standings: Standings, billing: RowReader, price: Price) -> None:
        """`billing` is the view of now."""
        self._standings = standings
        self._billing = billing
        self._price = price

    async def month(self, given: Mapping[str, str]) -> Bills | BillOfDigest:
        """A page of a month's lines, in a stable order, and the month's totals; or, by `digest` and
        `subscription`, the one line that there is of it, whatever its month."""
        asked = Parameters(
            given, known=known("month", "subscription", "reason", "digest", "format", AS_OF)
        )
        ledger = self._ledger(asked)
        if asked.text("digest") is not None:
            return await self._digest(ledger, asked)
        month, paging = asked.month("month"), asked.paging()
        rows: list[Row] = []
        async for row in self._lines(ledger, asked, month, paging.token):
            rows.append(row)
            if len(rows) > paging.limit:
                break
        page = rows[: paging.limit]
        return Bills(
            month=month,
            price=str(self._price.amount),
            currency=self._price.currency,
            totals=await self._totals(ledger, month, asked.text("subscription") or ""),
            value=[self._line(row.cells) for row in page],
            continuation_token=token(
                asked.seal(page[-1].key) if len(rows) > paging.limit else None
            ),
        )

    async def sheet(self, given: Mapping[str, str]) -> Document:
        """All of a month's lines as CSV."""
        names = frozenset({"month", "subscription", "reason", "format", AS_OF})
        asked = Parameters(given, known=names)
        month = asked.month("month")
        lines: list[list[str]] = []
        async for row in self._lines(self._ledger(asked), asked, month, None):
            if len(lines) >= MAX_LINES:
                raise InvalidInput(
                    f"{month} has more than {MAX_LINES} lines: ask for one subscription, or reason"
                )
            line = msgspec.to_builtins(self._line(row.cells))
            lines.append([_cell(line[name]) for name in _COLUMNS])
        return sheet(_COLUMNS, lines, f"pratique-billing-{month}.csv")

    def _ledger(self, asked: Parameters) -> RowReader:
        rows = self._standings.rows(asked, Billing(), self._billing)
        scope = self._standings.scope
        return rows if scope.whole else ScopedLedger(rows, scope)

    async def _digest(self, ledger: RowReader, asked: Parameters) -> BillOfDigest:
        digest, subscription = asked.text("digest") or "", asked.text("subscription")
        if subscription is None:
            raise InvalidInput("digest needs a subscription beside it")
        stream = bill_stream(subscription, digest)
        shard = layout.partition(self._standings.shard_of(stream))
        row = await ledger.get(shard, line_key(stream))
        return BillOfDigest(value=[] if row is None else [self._line(row.cells)])

    async def _lines(
        self, ledger: RowReader, asked: Parameters, month: str, after: str | None
    ) -> AsyncIterator[Row]:
        prefix = month_key(month, asked.text("subscription") or "")
        reason = asked.choice("reason", _OUTCOMES)
        while True:
            rows = await from_shards(
                ledger, self._standings.shards, prefix, limit=_PAGE, after=after
            )
            for row in rows:
                if reason is None or text(row.cells, "reason") == reason:
                    yield row
            if len(rows) < _PAGE:
                return
            after = rows[-1].key

    async def _totals(self, ledger: RowReader, month: str, subscription: str) -> list[BillTotals]:
        rows = await from_shards(
            ledger,
            self._standings.shards,
            total_key(month, subscription),
            limit=10_000,
            after=None,
        )
        totals: dict[str, dict[str, int]] = {}
        for row in rows:
            counts = totals.setdefault(text(row.cells, "subscription"), dict.fromkeys(OUTCOMES, 0))
            for outcome in OUTCOMES:
                counts[outcome] += number(row.cells, column(outcome))
        return [
            BillTotals(
                subscription=name,
                amount=self._price.of(counts[BILLED]),
                **{column(outcome): count for outcome, count in counts.items() if count},
            )
            for name, counts in sorted(totals.items())
            if any(counts.values())
        ]

    def _line(self, cells: Cells) -> BillLine:
        billed = text(cells, "reason") == BILLED
        return BillLine(
            subscription=text(cells, "subscription"),
            registry=text(cells, "registry"),
            repository=text(cells, "repository"),
            digest=text(cells, "digest"),
            scan=text(cells, "scan"),
            decided_at=text(cells, "decided_at"),
            billed=billed,
            amount=self._price.of(int(billed)),
            currency=self._price.currency,
            reason=text(cells, "reason"),
            cause=text(cells, "cause") or None,
            also_in=tuple(words(cells, "also_in")),
        )


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple() | list():
            return " ".join(str(item) for item in value)
        case _:
            return str(value)
