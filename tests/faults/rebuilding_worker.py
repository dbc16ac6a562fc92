"""A process that works on a rebuild until it is killed. Its clock stands: the last step, for which
everybody must have heard, is left to whoever comes next."""

import asyncio
from contextlib import suppress
from multiprocessing.connection import Connection

from core.errors import StorageUnavailable
from core.storage.account import open_account
from tests.support.rebuilding import Own, Site


def run(storage: str, prefix: str, begun: "Connection[int, int]") -> None:
    """The whole life of a process."""
    asyncio.run(work(storage, prefix, begun))


async def work(storage: str, prefix: str, begun: "Connection[int, int]") -> None:
    """Work on the rebuild, and look around as the timer does, for ever."""
    async with open_account(storage) as account:
        process = await Site(tables=Own(account.tables, prefix)).process()
        begun.send(1)
        while True:
            with suppress(StorageUnavailable, ExceptionGroup):  # a rival was quicker: look again
                await process.rebuilder.work(process.projection)
                await process.sweep.tick()
