"""Tables whose pages end anywhere, as Azure's may: the first holds nothing, the others one row.

Neither memory nor the emulator ever ends a page before it is full; who takes the first for all is
right with them, and wrong where a table's rows are with several servers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.storage.interface import Page, Rows, Tables, Where
from dev.passing import PassingRows

_FIRST = "first"
"""The token behind the empty page."""


@dataclass(slots=True)
class ScatteredRows(PassingRows):
    """One such table."""

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = 1000, token: str | None = None
    ) -> Page:
        if token is None:
            return Page(rows=(), token=_FIRST)
        behind = None if token == _FIRST else token
        return await self.inner.scan(where, limit=1, token=behind)


@dataclass(frozen=True, slots=True)
class ScatteredTables:
    """An account's tables."""

    inner: Tables

    async def open(self, name: str) -> Rows:
        return ScatteredRows(await self.inner.open(name))

    async def drop(self, name: str) -> None:
        await self.inner.drop(name)
