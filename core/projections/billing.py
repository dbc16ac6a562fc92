"""The ledger: one line for each digest of a subscription, billed or not, and why.

- `b|<month>|<subscription>|<stream>` is a line, under the month in which it was decided;
- `l|<stream>` is the same line by its digest: a line that is billed at last moves to that month;
- `t|<month>|<subscription>` adds up the lines of that month in this shard, by what became of them.
"""

from collections.abc import Iterable, Mapping, Sequence

from core.domain import events as e
from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.domain.values import NotBilledReason
from core.projections.cells import instant, number, put_words, text, words
from core.projections.interface import Change, Drop, Needs, Set, ViewRows
from core.storage.interface import Cell, Cells

BILLED = "billed"
"""What a line's reason says, and a total's column counts, of a digest that was charged."""

OUTCOMES = (BILLED, *(reason.value for reason in NotBilledReason))
"""What may have become of a digest."""


class Billing:
    """The projection; see `core/projections/interface.py`."""

    name = "billing"
    version = 2

    def keys(self, recorded: Recorded) -> Iterable[str]:
        if not isinstance(recorded.event, e.ImageBilled | e.ImageNotBilled):
            return ()
        return (line_key(recorded.stream),)

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        if not isinstance(recorded.event, e.ImageBilled | e.ImageNotBilled):
            return Needs()
        before = rows.get(line_key(recorded.stream))
        lines = [one for one in (before, _after(before, recorded.event)) if one is not None]
        return Needs(keys=sorted({_total_key(one) for one in lines}))

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        match recorded.event:
            case e.ImageBilled() | e.ImageNotBilled() as event:
                before = rows.get(line_key(recorded.stream))
                after = _after(before, event)
                return (*_line(recorded.stream, before, after), *_totals(rows, before, after))
            case _:
                return ()


def line_key(stream: StreamId) -> str:
    """Row key of a digest's line."""
    return f"l|{stream}"


def month_key(month: str, subscription: str = "") -> str:
    """What the rows of a month (`2026-11`) begin with, all of them or a subscription's."""
    return f"b|{month}|{subscription.lower()}|" if subscription else f"b|{month}|"


def total_key(month: str, subscription: str = "") -> str:
    """What the totals of a month begin with, or are called for one subscription."""
    return f"t|{month}|{subscription.lower()}"


def column(outcome: str) -> str:
    """Name of the totals' column that counts an outcome: storage takes no dashes there."""
    return outcome.replace("-", "_")


def _line(stream: StreamId, before: Cells | None, after: Cells) -> list[Change]:
    key = f"{_month_key(after)}{stream}"
    changes: list[Change] = [Set(line_key(stream), after), Set(key, after)]
    if before is not None and (old := f"{_month_key(before)}{stream}") != key:
        changes.append(Drop(old))
    return changes


def _after(before: Cells | None, event: e.ImageBilled | e.ImageNotBilled) -> Cells:
    """The digest's line after the event."""
    match event:
        case e.ImageBilled(billed_at=at):
            return _decided(event, BILLED, "", instant(at))
        case e.ImageNotBilled(reason=NotBilledReason.BILLED_BEFORE) if before is not None:
            line = dict(before)
            put_words(line, "also_in", {*words(line, "also_in"), _place(event)})
            return line
        case e.ImageNotBilled():
            return _decided(event, event.reason, event.cause, instant(event.decided_at))


def _decided(
    event: e.ImageBilled | e.ImageNotBilled, reason: str, cause: str, at: str
) -> dict[str, Cell]:
    return {
        "subscription": event.subscription,
        "registry": event.image.registry,
        "repository": event.image.repository,
        "digest": event.image.digest,
        "scan": event.scan,
        "reason": reason,
        "cause": cause,
        "decided_at": at,
    }


def _place(event: e.ImageNotBilled) -> str:
    return f"{event.image.registry}/{event.image.repository}"


def _month_key(line: Cells) -> str:
    return month_key(text(line, "decided_at")[:7], text(line, "subscription"))


def _total_key(line: Cells) -> str:
    return total_key(text(line, "decided_at")[:7], text(line, "subscription"))


def _totals(rows: ViewRows, before: Cells | None, after: Cells) -> list[Change]:
    """The totals with one line's share exchanged: two rows where the line moves to another month.

    They move in the transaction that moves the line, so they can be counted up and down.
    """
    changes: list[Change] = []
    for key in sorted({_total_key(one) for one in (before, after) if one is not None}):
        counted = {column(one): number(rows.get(key, {}), column(one)) for one in OUTCOMES}
        for line, share in ((before, -1), (after, 1)):
            if line is not None and _total_key(line) == key:
                counted[column(text(line, "reason"))] += share
        changes.append(Set(key, {"subscription": text(after, "subscription"), **counted}))
    return changes
