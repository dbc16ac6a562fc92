"""The slots: as many sandboxes may run at a time as there are rows to claim.

A slot is a row that exists while it is taken. It is claimed by inserting it, which one of any
number of rivals achieves, and freed only when the sandbox is confirmed gone; so the cap holds
however many instances of the app there are. The lowest slots are kept for pushes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain.events import Priority
from core.domain.values import ScanId
from core.errors import RowConflict
from core.log import layout
from core.storage.interface import Delete, Insert, Row, Rows

_PARTITION = "slots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A slot that is taken."""

    slot: int
    scan: ScanId
    attempt: int
    since: datetime


class Slots:
    """The bounded set of sandboxes."""

    def __init__(self, rows: Rows, *, total: int, reserved: int) -> None:
        """`reserved` of the `total` slots serve nothing but pushes."""
        self._rows = rows
        self._total = total
        self._reserved = reserved

    async def claim(self, scan: ScanId, attempt: int, priority: Priority) -> bool:
        """Take a slot for that attempt, or find that it has one; False when none is free."""
        taken = await self.taken()
        if any((one.scan, one.attempt) == (scan, attempt) for one in taken):
            return True
        lowest = 0 if priority is Priority.PUSH else self._reserved
        occupied = {one.slot for one in taken}
        for slot in range(self._total - 1, lowest - 1, -1):
            if slot not in occupied and await self._insert(slot, scan, attempt):
                return True
        return False

    async def release(self, scan: ScanId, attempt: int) -> None:
        """Free the slot of that attempt, whose sandbox is gone. Nothing happens if it has none."""
        for row in await self._all():
            claim = _claim(row)
            if (claim.scan, claim.attempt) == (scan, attempt):
                try:
                    await self._rows.commit(_PARTITION, [Delete(row.key, row.etag)])
                except RowConflict:
                    return  # somebody else has freed it just now

    async def taken(self) -> list[Claim]:
        """The slots that are taken."""
        return [_claim(row) for row in await self._all()]

    async def _all(self) -> list[Row]:
        return await self._rows.range(_PARTITION, "000", "999", limit=1000)

    async def _insert(self, slot: int, scan: ScanId, attempt: int) -> bool:
        since = layout.stamp(datetime.now(UTC))
        row = Insert(f"{slot:03d}", {"scan": scan, "attempt": attempt, "since": since})
        try:
            await self._rows.commit(_PARTITION, [row])
        except RowConflict:
            return False
        return True


def _claim(row: Row) -> Claim:
    return Claim(
        slot=int(row.key),
        scan=ScanId(str(row.cells["scan"])),
        attempt=layout.integer(row.cells, "attempt"),
        since=layout.moment(str(row.cells["since"])),
    )
