"""How many container groups may be created now: Azure counts, and so do we, before it says no.

A region lets a subscription create so many groups in five minutes, and so many in an hour. One
row, changed under its ETag, counts the creations of all instances of the app by the minute; so a
backlog waits for its turn, where it would otherwise use up attempts on refusals. Where Azure says
no all the same (its count, its capacity), the row says until when nobody need ask.
"""

from datetime import UTC, datetime, timedelta

import msgspec

from core.domain.events import Priority
from core.errors import RowConflict, StorageUnavailable
from core.storage.interface import Insert, Replace, Row, Rows

PER_HOUR = 300
"""What a region allows a subscription by default, and a third of it in five minutes."""

_SPARE = 5
"""Creations that are left to chance: two instances may look at the same moment."""

_PARTITION = "creations"
_KEY = "creations"
_TRIES = 20


class _Count(msgspec.Struct, frozen=True, kw_only=True):
    """What the row says."""

    minutes: dict[int, int] = {}
    """Creations by minute, since 1970."""
    blocked_until: float = 0
    """Seconds since 1970."""

    def left(self, now: datetime, per_hour: int) -> int:
        if now.timestamp() < self.blocked_until:
            return 0
        lately = per_hour // 3 - sum(self._since(now, minutes=5).values())
        return max(0, min(lately, per_hour - sum(self.recent(now).values())) - _SPARE)

    def recent(self, now: datetime) -> dict[int, int]:
        return self._since(now, minutes=60)

    def _since(self, now: datetime, *, minutes: int) -> dict[int, int]:
        """Minutes that have begun before count whole: rather one too many than one too few."""
        first = int(now.timestamp()) // 60 - minutes
        return {minute: count for minute, count in self.minutes.items() if minute >= first}


class Creations:
    """The count of creations, shared by all instances of the app."""

    def __init__(self, rows: Rows, per_hour: int = PER_HOUR) -> None:
        """`per_hour` is what Azure allows, which is more where it was asked to."""
        self._rows = rows
        self._per_hour = per_hour

    async def left(self, priority: Priority = Priority.PUSH, now: datetime | None = None) -> int:
        """How many groups may be created now. Rescans leave a fifth of them to pushes, which would
        otherwise wait an hour behind a backlog that has used up the hour's."""
        count, _ = await self._read()
        share = self._per_hour if priority is Priority.PUSH else self._per_hour * 4 // 5
        return count.left(now or datetime.now(UTC), share)

    async def take(self, now: datetime | None = None) -> bool:
        """Count one more; False, and nothing counted, when it would be one too many."""
        now = now or datetime.now(UTC)
        for _ in range(_TRIES):
            count, row = await self._read()
            if count.left(now, self._per_hour) < 1:
                return False
            minute = int(now.timestamp()) // 60
            minutes = count.recent(now)
            minutes[minute] = minutes.get(minute, 0) + 1
            if await self._write(msgspec.structs.replace(count, minutes=minutes), row):
                return True
        raise StorageUnavailable("the count of created container groups is too much in demand")

    async def block(self, wait: timedelta, now: datetime | None = None) -> None:
        """Create none for a while, because Azure said so. A longer wait stays."""
        until = ((now or datetime.now(UTC)) + wait).timestamp()
        for _ in range(_TRIES):
            count, row = await self._read()
            if until <= count.blocked_until:
                return
            if await self._write(msgspec.structs.replace(count, blocked_until=until), row):
                return

    async def _read(self) -> tuple[_Count, Row | None]:
        row = await self._rows.get(_PARTITION, _KEY)
        if row is None:
            return _Count(), None
        return msgspec.json.decode(str(row.cells["count"]), type=_Count), row

    async def _write(self, count: _Count, row: Row | None) -> bool:
        """False when somebody else was faster."""
        cells = {"count": msgspec.json.encode(count).decode()}
        write = Insert(_KEY, cells) if row is None else Replace(_KEY, cells, row.etag)
        try:
            await self._rows.commit(_PARTITION, [write])
        except RowConflict:
            return False
        return True
