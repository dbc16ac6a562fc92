"""Whose turn it is: the open scans for which something can be done now.

Read from the view of open scans, which may be a moment behind the log: an image's own stream has
the last word on each. Pushes come before everything else however much else waits, and the oldest
comes first. No more than a page is looked at: the others' turn comes as these go.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.events import Priority
from core.domain.values import ScanId
from core.log import layout
from core.projections.cells import text
from core.projections.scans import QUEUED, queue_key
from core.storage.interface import Row, Rows, Where

PAGE = 200
"""Open scans that are looked at, at a time: more than there are slots."""
_COUNTED = 1000
"""Scans that wait for advisories and are counted, at most."""
_QUEUED = 1_000_000
"""Scans of a shard that wait for a sandbox: more than there are."""
_PAGES = 20
"""Pages that one question reads at most: a page may be empty and yet not be the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """An attempt that should have ended."""

    scan: ScanId
    attempt: int
    since: datetime
    """Its deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One of the two queues, as long and as old as it is."""

    length: int
    oldest: datetime | None
    """When the oldest scan in it was requested; `None` while nobody waits."""


class Waiting:
    """Asks the view of open scans."""

    def __init__(self, open_scans: Rows, shards: int, *, page: int = PAGE) -> None:
        self._open_scans = open_scans
        self._shards = shards
        self._page = page

    async def for_a_sandbox(self, now: datetime) -> list[ScanId]:
        """The scans whose next attempt may start, first come first."""
        where = [Where("stage", "eq", "waiting"), Where("retry_at", "le", layout.stamp(now))]
        rows = await self._rows(where)
        if len(rows) >= self._page:  # a page of any: so the queues are asked who is the oldest
            rows = await self._oldest(Priority.PUSH, now) + await self._oldest(Priority.RESCAN, now)
        return _in_turn(rows)[: self._page]

    async def for_advisories(self, version: int) -> list[ScanId]:
        """The scans whose packages are known and which advisories of that version satisfy."""
        where = [Where("stage", "eq", "inventoried"), Where("advisories", "le", version)]
        return _in_turn(await self._rows(where))

    async def overdue(self, now: datetime) -> list[Overdue]:
        """The attempts whose deadline has passed."""
        where = [Where("stage", "eq", "running"), Where("deadline", "lt", layout.stamp(now))]
        return [
            Overdue(
                scan=ScanId(str(row.cells["scan"])),
                attempt=layout.integer(row.cells, "attempt"),
                since=layout.moment(str(row.cells["deadline"])),
            )
            for row in await self._rows(where)
        ]

    async def queues(self) -> dict[Priority, Queue]:
        """Who waits for a sandbox, those whose next attempt is not due yet included."""
        shards = map(layout.partition, range(self._shards))
        read = (self._open_scans.range(one, QUEUED, f"{QUEUED}~", limit=_QUEUED) for one in shards)
        places = [row for rows in await asyncio.gather(*read) for row in rows]
        return {
            one: _queue([row for row in places if row.key.startswith(queue_key(one))])
            for one in Priority
        }

    async def inventoried(self) -> int:
        """How many scans wait for nothing but advisories."""
        return len(await self._rows([Where("stage", "eq", "inventoried")], limit=_COUNTED))

    async def _oldest(self, priority: Priority, now: datetime) -> list[Row]:
        """The first of a queue, as many of each shard as might be the first of all."""
        first = queue_key(priority)
        partitions = map(layout.partition, range(self._shards))
        queues = await asyncio.gather(
            *(
                self._open_scans.range(one, first, f"{first}~", limit=self._page)
                for one in partitions
            )
        )
        due = layout.stamp(now)
        return [row for queue in queues for row in queue if text(row.cells, "retry_at") <= due]

    async def _rows(self, where: Sequence[Where], *, limit: int | None = None) -> list[Row]:
        most = limit or self._page
        found: list[Row] = []
        token: str | None = None
        for _ in range(_PAGES):
            page = await self._open_scans.scan(where, limit=most - len(found), token=token)
            found += page.rows
            token = page.token
            if token is None or len(found) >= most:
                break
        return found


def _queue(places: Sequence[Row]) -> Queue:
    since = min((text(row.cells, "requested_at") for row in places), default=None)
    return Queue(length=len(places), oldest=None if since is None else layout.moment(since))


def _in_turn(rows: Sequence[Row]) -> list[ScanId]:
    def turn(row: Row) -> tuple[bool, str]:
        since = max(text(row.cells, "requested_at"), text(row.cells, "retry_at"))
        return row.cells["priority"] != Priority.PUSH, since

    return list(dict.fromkeys(ScanId(str(row.cells["scan"])) for row in sorted(rows, key=turn)))
