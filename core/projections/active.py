"""Which table a view is read from and folded into.

A view can be made anew beside itself, in a table of its own (`core/rebuilding`). One row for each
view says which of its tables counts, and everybody looks at that row again every few seconds: so
readers and writers follow it without a restart. Without a row, it is the first generation's table.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import ConfigurationError
from core.log import layout
from core.projections.interface import Projection, table_name
from core.storage.interface import Cells, Page, Row, Rows, Tables, Where, Write
from core.storage.reading import every

TABLE = "projections"
ACTIVE = "active"
"""Row key, in the projection's own partition."""
FRESH = 3.0
"""Seconds for which an answer is used again."""

type TableName = Callable[[], Awaitable[str]]
"""Names the table that a view is folded into at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """The table that counts."""

    table: str
    version: int
    """Of the projection that folded it."""
    generation: int
    """How many tables the projection has had."""
    etag: str | None = None
    """The row's, or `None` where there is none yet."""


class ActiveTables:
    """Looks the rows up, all of them at once and not more often than every few seconds."""

    def __init__(self, tables: Tables, *, fresh: float = FRESH) -> None:
        self._tables = tables
        self._fresh = fresh
        self._known: Mapping[str, Row] = {}
        self._looked: float | None = None
        self._lock = asyncio.Lock()

    async def of(self, projection: Projection) -> Active:
        """The projection's table that counts now."""
        async with self._lock:
            now = time.monotonic()
            if self._looked is None or now - self._looked >= self._fresh:
                rows = await self._tables.open(TABLE)
                active = every(rows, [Where("RowKey", "eq", ACTIVE)])
                self._known = {row.partition: row async for row in active}
                self._looked = now
        return active_of(projection, self._known.get(projection.name))

    async def to_write(self, projection: Projection) -> str:
        """The same, for whoever folds events into it.

        ConfigurationError when another version of the projection made it: its rows mean something
        else, and wait for the rebuild that comes with a new version.
        """
        active = await self.of(projection)
        if active.version != projection.version:
            raise ConfigurationError(
                f"the view {projection.name} was folded by version {active.version}, and this app"
                f" folds version {projection.version}: it stands still until a rebuild is done"
            )
        return active.table

    def forget(self) -> None:
        """Look again next time: the row was just changed here."""
        self._looked = None


def active_of(projection: Projection, row: Row | None) -> Active:
    """What the row says."""
    if row is None:
        return Active(table=table_name(projection), version=projection.version, generation=1)
    return Active(
        table=str(row.cells["table"]),
        version=layout.integer(row.cells, "version"),
        generation=layout.integer(row.cells, "generation"),
        etag=row.etag,
    )


def active_cells(projection: Projection, generation: int) -> Cells:
    """The row that says: this generation of this version."""
    return {
        "table": table_name(projection, generation),
        "version": projection.version,
        "generation": generation,
    }


class ActiveRows:
    """The rows of a view, from whichever table counts: `Rows`, as storage has it."""

    def __init__(self, projection: Projection, tables: Tables, active: ActiveTables) -> None:
        self._projection = projection
        self._tables = tables
        self._active = active

    async def table(self) -> str:
        """The table that counts at this moment."""
        return (await self._active.of(self._projection)).table

    async def get(self, partition: str, key: str) -> Row | None:
        return await (await self._rows()).get(partition, key)

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        return await (await self._rows()).range(partition, first, last, limit=limit)

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = 1000, token: str | None = None
    ) -> Page:
        return await (await self._rows()).scan(where, limit=limit, token=token)

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        return await (await self._rows()).commit(partition, writes)

    async def _rows(self) -> Rows:
        return await self._tables.open(await self.table())
