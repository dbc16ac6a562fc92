"""The slots: as many sandboxes may run at a time as there are rows to claim.

A slot is a row that exists while it is taken. It is claimed by inserting it together with a row
that names the attempt, which one of any number of rivals achieves; so an attempt has one slot, and
the cap holds, however many instances of the app there are. It is freed only when the sandbox is
confirmed gone. The lowest slots are kept for pushes.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain.events import Priority
from core.domain.values import ScanId
from core.errors import RowConflict
from core.log import layout
from core.storage.interface import Cells, Delete, Insert, Row, Rows

_PARTITION = "slots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A slot that is taken."""

    slot: int
    scan: ScanId
    attempt: int
    since: datetime


@dataclass(frozen=True, slots=True)
class _Own:
    """A claim of this process."""

    attempt: tuple[ScanId, int]
    etag: str


class Slots:
    """The bounded set of sandboxes."""

    def __init__(self, rows: Rows, *, total: int, reserved: int) -> None:
        """`reserved` of the `total` slots serve nothing but pushes."""
        self._rows = rows
        self.total = total
        """How many sandboxes may run at a time."""
        self.reserved = reserved
        """How many of these serve nothing but pushes."""
        self._turn = asyncio.Lock()
        """Claims of one process take turns: all would want the same free slot."""
        self._own: dict[int, _Own] = {}
        """Slots that this process has claimed, by number. Others may have freed one since, so this
        only saves looks: the rows have the last word."""

    async def claim(self, scan: ScanId, attempt: int, priority: Priority) -> bool:
        """Take a slot for that attempt, or find that it has one; False when none is free."""
        usable = range(0 if priority is Priority.PUSH else self.reserved, self.total)
        async with self._turn:
            perhaps_free = [slot for slot in usable if slot not in self._own]
            if perhaps_free and await self._insert(perhaps_free[-1], scan, attempt):
                return True
            while True:
                taken = await self.taken()
                if any((one.scan, one.attempt) == (scan, attempt) for one in taken):
                    return True
                occupied = {one.slot for one in taken}
                free = [slot for slot in usable if slot not in occupied]
                if not free:
                    return False
                if await self._insert(free[-1], scan, attempt):
                    return True

    async def release(self, scan: ScanId, attempt: int) -> None:
        """Free the slot of that attempt, whose sandbox is gone. Nothing happens if it has none."""
        own = [slot for slot, one in self._own.items() if one.attempt == (scan, attempt)]
        for slot in own:
            if await self._free(slot, self._own.pop(slot).etag, scan, attempt):
                return
        for row in await self._all():
            claim = _claim(row)
            if (claim.scan, claim.attempt) == (scan, attempt):
                await self._free(claim.slot, row.etag, scan, attempt)

    async def taken(self) -> list[Claim]:
        """The slots that are taken."""
        return [_claim(row) for row in await self._all()]

    async def _all(self) -> list[Row]:
        return await self._rows.range(_PARTITION, "000", "999", limit=1000)

    async def _insert(self, slot: int, scan: ScanId, attempt: int) -> bool:
        cells: Cells = {
            "scan": scan,
            "attempt": attempt,
            "since": layout.stamp(datetime.now(UTC)),
        }
        rows = [Insert(_key(slot), cells), Insert(_marker(scan, attempt), {"slot": slot})]
        try:
            etags = await self._rows.commit(_PARTITION, rows)
        except RowConflict:
            return False
        self._own[slot] = _Own((scan, attempt), etags[_key(slot)])
        return True

    async def _free(self, slot: int, etag: str, scan: ScanId, attempt: int) -> bool:
        """False when somebody else has freed it meanwhile."""
        gone = [Delete(_key(slot), etag), Delete(_marker(scan, attempt))]
        try:
            await self._rows.commit(_PARTITION, gone)
        except RowConflict:
            return False
        return True


def _key(slot: int) -> str:
    return f"{slot:03d}"


def _marker(scan: ScanId, attempt: int) -> str:
    """Row key that makes an attempt's slot unique."""
    return f"m|{scan}|{attempt}"


def _claim(row: Row) -> Claim:
    return Claim(
        slot=int(row.key),
        scan=ScanId(str(row.cells["scan"])),
        attempt=layout.integer(row.cells, "attempt"),
        since=layout.moment(str(row.cells["since"])),
    )
