"""Tables whose pages end anywhere, as Azure's may: the first holds nothing, the others one row.

Neither memory nor the emulator ever ends a page before it is full; who takes the first for all is
right with them, and wrong where a table's rows are with several servers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.storage.interface import Page, Row, Rows, Tables, Where, Write

_FIRST = "first"
"""The token behind the empty page."""


@dataclass(frozen=True, slots=True)
class ScatteredRows:
    """One such table."""

    inner: Rows

    async def get(self, partition: str, key: str) -> Row | None:
        return await self.inner.get(partition, key)

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        return await self.inner.range(partition, first, last, limit=limit)

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = 1000, token: str | None = None
    ) -> Page:
        if token is None:
            return Page(rows=(), token=_FIRST)
        behind = None if token == _FIRST else token
        return await self.inner.scan(where, limit=1, token=behind)

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        return await self.inner.commit(partition, writes)


@dataclass(frozen=True, slots=True)
class ScatteredTables:
    """An account's tables."""

    inner: Tables

    async def open(self, name: str) -> Rows:
        return ScatteredRows(await self.inner.open(name))

    async def drop(self, name: str) -> None:
        await self.inner.drop(name)
