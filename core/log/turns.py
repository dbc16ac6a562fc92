"""Turns: within a process, whoever works on a stream keeps others from it for that long."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from core.domain.ids import StreamId


class Turns:
    """A lock for each stream that somebody works on, and none for all others."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[StreamId, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, streams: Iterable[StreamId]) -> AsyncIterator[None]:
        """All of them, always in the same order, so that no two wait for each other."""
        async with AsyncExitStack() as held:
            for stream in sorted(set(streams)):
                lock = self._locks.setdefault(stream, asyncio.Lock())
                await held.enter_async_context(lock)
            yield
