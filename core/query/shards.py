"""Rows of a prefix, from all shards at once."""

import asyncio

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
    first = prefix if after is None else f"{after} "
    last = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    pages = await asyncio.gather(
        *(rows.range(layout.partition(one), first, last, limit=limit) for one in range(shards))
    )
    return sorted((row for page in pages for row in page), key=lambda row: row.key)[:limit]
