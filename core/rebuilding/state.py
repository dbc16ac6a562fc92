"""A rebuild's row: how far it is, so that whoever comes next goes on from there.

It stands beside the row that says which table counts, in the view's own partition: one transaction
moves both. What is folded already needs no note: the new table's own checkpoints say that.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from core.errors import CorruptLog
from core.projections.active import TABLE
from core.projections.cells import long_text, put_long_text
from core.storage.interface import Cell, Insert, Replace, Row, Rows, Tables, Where, Write
from core.storage.reading import every

REBUILD = "rebuild"
"""Row key, in the projection's own partition."""


class Phase(StrEnum):
    """What is being done."""

    FOLDING = "folding"
    """The new table is brought to the log's end."""
    COMPARING = "comparing"
    """It is compared with the one that is read."""
    RETIRING = "retiring"
    """It is read; the old one is still there for whoever has not heard of it."""
    DONE = "done"
    """The old one is gone."""
    CANCELLING = "cancelling"
    """It was called off; the new table is still there for whoever has not heard of that."""
    CANCELLED = "cancelled"
    """The new table is gone, and the old one is read as ever."""


ENDS = (Phase.DONE, Phase.CANCELLED)
"""Nothing is left to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that is not the same in both tables."""

    shard: int
    key: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What comparing the tables, shard by shard, has shown so far."""

    shards: int = 0
    """Shards that were compared."""
    equal: int = 0
    differing: int = 0
    lost: int = 0
    """Rows of the old table that the new one has not."""
    gained: int = 0
    """Rows of the new table that the old one had not."""
    uneven: tuple[int, ...] = ()
    """Shards whose tables stood at different positions, so that differences are to be expected."""
    examples: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """One rebuild of one view."""

    projection: str
    phase: Phase
    version: int
    generation: int
    table: str
    """The new one."""
    old_version: int
    old_table: str
    by: str
    reason: str
    asked_at: datetime
    moved_at: datetime
    """When somebody last worked on it."""
    flipped_at: datetime | None = None
    """When the new table became the one that is read."""
    cancelled_at: datetime | None = None
    """When it was called off."""
    cancelled_by: str = ""
    cancelled_because: str = ""
    report: Report = field(default_factory=Report)
    error: str = ""
    """Why the last try did not come to its end, if so."""
    etag: str | None = None
    """The row's; `None` before it is written."""

    @property
    def running(self) -> bool:
        """Whether something is left to be done."""
        return self.phase not in ENDS

    def idle(self, now: datetime, patience: timedelta) -> bool:
        """Whether nobody seems to work on it."""
        return self.running and now - self.moved_at >= patience


class Rebuilds:
    """Reads and writes the rows of rebuilds."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def latest(self, projection: str) -> Rebuild | None:
        """The view's last rebuild."""
        row = await (await self._rows()).get(projection, REBUILD)
        return None if row is None else _rebuild_of(row)

    async def running(self) -> list[Rebuild]:
        """Every rebuild that has something left to do."""
        under_way = [
            Where("RowKey", "eq", REBUILD),
            *(Where("phase", "ne", phase.value) for phase in ENDS),
        ]
        return [_rebuild_of(row) async for row in every(await self._rows(), under_way)]

    async def write(self, rebuild: Rebuild, *more: Write) -> Rebuild:
        """Write the rebuild over the one that was read, with `more` rows of its partition.

        RowConflict when somebody else has moved any of them.
        """
        cells: dict[str, Cell] = {"phase": rebuild.phase.value}
        body = msgspec.json.encode(replace(rebuild, etag=None))
        put_long_text(cells, "rebuild", body.decode())
        write: Write = (
            Insert(REBUILD, cells)
            if rebuild.etag is None
            else Replace(REBUILD, cells, rebuild.etag)
        )
        etags = await (await self._rows()).commit(rebuild.projection, [write, *more])
        return replace(rebuild, etag=etags[REBUILD])

    async def _rows(self) -> Rows:
        return await self._tables.open(TABLE)


def _rebuild_of(row: Row) -> Rebuild:
    try:
        rebuild = msgspec.json.decode(long_text(row.cells, "rebuild"), type=Rebuild)
    except msgspec.MsgspecError as error:
        raise CorruptLog(f"the row of {row.partition}'s rebuild: {error}") from error
    return replace(rebuild, etag=row.etag)
