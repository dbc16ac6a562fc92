"""A table that passes all on: who counts, keeps or disturbs one kind of call overrides it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.storage.interface import Page, Row, Rows, Where, Write


@dataclass(slots=True)
class PassingRows:
    """`Rows` that are another table's."""

    inner: Rows

    async def get(self, partition: str, key: str) -> Row | None:
        return await self.inner.get(partition, key)

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        return await self.inner.range(partition, first, last, limit=limit)

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = 1000, token: str | None = None
    ) -> Page:
        return await self.inner.scan(where, limit=limit, token=token)

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        return await self.inner.commit(partition, writes)
