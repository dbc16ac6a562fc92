"""Rows of a prefix, from all shards at once."""

import asyncio
from math import ceil, sqrt

from core.errors import InvalidInput
from core.log import layout
from core.storage.interface import Row, RowReader
from core.storage.limits import MAX_KEY


async def from_shards(
    rows: RowReader, shards: int, prefix: str, *, limit: int, after: str | None
) -> list[Row]:
    """The first rows of a prefix, or those behind a key of it, in the order of their keys.

    A key ends in its stream, and a stream lives in one shard: so keys are unique across shards.
    """
    if after is not None and not (after.startswith(prefix) and len(after) <= MAX_KEY):
        raise InvalidInput("continuationToken is not one that was given out")
    merge = _Merge(
        rows, shards, prefix, limit=limit, first=prefix if after is None else f"{after} "
    )
    while merge.waiting:
        await merge.read()
    return merge.first()


class _Merge:
    """The first rows of all shards, of each no more than may be among them.

    Streams are hashed to shards, so each has about as many of the first rows as any other. Reading
    all that one alone could have would be sixteen times the rows; so each is asked for its share
    and a little more, and again only while it may still have rows that belong before others.
    """

    def __init__(
        self, rows: RowReader, shards: int, prefix: str, *, limit: int, first: str
    ) -> None:
        self._rows = rows
        self._limit = limit
        self._share = min(limit, _share(limit / shards))
        self._start = first
        self._end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        self._found: list[list[Row]] = [[] for _ in range(shards)]
        self.waiting = list(range(shards))
        """Shards that may have more of the first rows."""

    async def read(self) -> None:
        """Ask those that wait for some more."""
        pages = await asyncio.gather(*map(self._more, self.waiting))
        for shard, page in zip(self.waiting, pages, strict=True):
            self._found[shard] += page
        first = self.first()
        last = first[-1].key if len(first) == self._limit else None
        self.waiting = [
            shard
            for shard, page in zip(self.waiting, pages, strict=True)
            if len(page) == self._share and (last is None or page[-1].key < last)
        ]

    def first(self) -> list[Row]:
        """The first of the rows that were read, in the order of their keys."""
        rows = (row for found in self._found for row in found)
        return sorted(rows, key=lambda row: row.key)[: self._limit]

    async def _more(self, shard: int) -> list[Row]:
        found = self._found[shard]
        start = f"{found[-1].key} " if found else self._start
        return await self._rows.range(layout.partition(shard), start, self._end, limit=self._share)


def _share(usual: float) -> int:
    """Rows that hold a shard's part of the first ones almost always, where `usual` are usual."""
    return ceil(usual + 3 * sqrt(usual)) + 1
