"""A process that does the app's work until it is killed.

It hears of pushes as Event Grid tells of them, again until they are taken, and says so; it empties
the queues as the host does, and looks around as the timers do, all at the same time. What it has
taken out of a queue when it dies is lost, which is harsher than the host.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from azure.storage.queue.aio import QueueServiceClient

from core.errors import StorageUnavailable
from core.storage.account import open_account
from dev.inprocess import AzureMailbox, InProcess
from functions.bootstrap import Services, build
from tests.faults.rig import Anything, Repeatable, take
from tests.support.desk import app_settings

PAUSE = 0.05
"""Seconds between two looks around."""


def run(storage: str, numbers: Sequence[int], taken: "Connection[int, int]") -> None:
    """The whole life of a process."""
    asyncio.run(work(storage, numbers, taken))


async def work(storage: str, numbers: Sequence[int], taken: "Connection[int, int]") -> None:
    """Take the pushes of those images, and do whatever there is to do, for ever."""
    async with (
        open_account(storage) as account,
        QueueServiceClient.from_connection_string(storage) as queues,
    ):
        services = await build(app_settings(), account, Repeatable(Anything()))
        app = InProcess(services=services, mailbox=AzureMailbox(queues))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_hear(services, numbers, taken))
            tasks.create_task(_for_ever(app.step))
            tasks.create_task(_for_ever(services.following.runner.sweep))
            tasks.create_task(_for_ever(services.scanning.watchdog.look))


async def _hear(services: Services, numbers: Sequence[int], taken: "Connection[int, int]") -> None:
    """Every push is told of twice, and acknowledged once it is taken."""
    for number in numbers:
        for _ in range(2):
            await take(services, number)
        taken.send(number)


async def _for_ever(do: Callable[[], Awaitable[object]]) -> None:
    while True:
        with suppress(StorageUnavailable, ExceptionGroup):  # a rival was quicker: look again
            await do()
        await asyncio.sleep(PAUSE)
