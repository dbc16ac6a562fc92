"""Brings tables of a view to the log's end, several shards at a time, until the time is up."""

import asyncio
import time

from core.log import layout
from core.log.interface import LogReader
from core.log.tail import read_tail
from core.projections.partition import CHECKPOINT
from core.projections.view import View
from core.storage.interface import Rows

BATCH = 1000
"""Events that are read at a time: a page of the table."""
AT_A_TIME = 4
"""Shards that are folded at a time: while one waits for storage, another is folded."""


async def fold(log: LogReader, view: View, end: float) -> bool:
    """Bring every shard to the log's end; False if the (monotonic) time was up before.

    Raises what went wrong in the first of the shards, once the others are done.
    """
    turn = asyncio.Semaphore(AT_A_TIME)

    async def one(shard: int) -> bool:
        async with turn:
            return await fold_shard(log, view, shard, end)

    done = await asyncio.gather(*map(one, range(log.shards)), return_exceptions=True)
    for error in done:
        if isinstance(error, BaseException):
            raise error
    return all(done)


async def fold_shard(log: LogReader, view: View, shard: int, end: float) -> bool:
    """The same for one shard. UnreadableEvent at one that cannot be read, and nobody gave up."""
    while True:
        tail = await read_tail(log, shard, after=await view.position(shard), limit=BATCH)
        await view.follow(shard, tail.events)
        if tail.unreadable is not None:
            await view.stumble(shard, tail.unreadable)
        elif len(tail.events) < BATCH:
            await view.settle(shard)
            return True
        if time.monotonic() > end:
            return False


async def checkpoint_of(rows: Rows, shard: int) -> tuple[int, str]:
    """How far a table is in a shard, and what changes with every write to it."""
    row = await rows.get(layout.partition(shard), CHECKPOINT)
    return (layout.integer(row.cells, "position"), row.etag) if row is not None else (0, "")
