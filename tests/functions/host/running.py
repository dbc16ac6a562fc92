"""A host that runs the sample app in a process of its own, and what tests ask of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aiohttp
from azure.storage.queue.aio import QueueClient

from dev.stack.functions_host import FunctionsHost, start_host
from dev.stack.process import stop

SAMPLE = Path(__file__).parent / "sample"

NEVER = "0 0 0 1 1 *"
"""A schedule that does not come while a test runs, but on one night of the year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The sample app, served."""

    host: FunctionsHost
    session: aiohttp.ClientSession
    connection_string: str
    queue: str
    """Name of the queue that `on_message` reads; names of others start with it."""

    def url(self, path: str) -> str:
        return f"{self.host.state.http}{path}"

    async def journal(self, kind: str) -> list[list[object]]:
        """What functions of that kind were given so far."""
        async with self.session.get(self.url("/v1/journal")) as response:
            entries: list[list[object]] = await response.json()
        return [entry[1:] for entry in entries if entry[0] == kind]

    async def told(self, kind: str, entry: list[object]) -> None:
        """Wait until a function of that kind was given just this."""
        for _ in range(500):
            if entry in await self.journal(kind):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"never saw {entry}; only {await self.journal(kind)}")

    def queue_client(self, suffix: str = "") -> QueueClient:
        return QueueClient.from_connection_string(self.connection_string, self.queue + suffix)

    def log(self) -> str:
        return Path(self.host.process.log).read_text()

    async def logged(self, text: str) -> None:
        """Wait until the host has logged it."""
        await logged(Path(self.host.process.log), text)


async def logged(log: Path, text: str) -> None:
    """Wait until a log file holds that text."""
    for _ in range(500):
        if text in log.read_text():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{text!r} was never logged:\n{log.read_text()}")


def write_settings(folder: Path, connection_string: str, queue: str, schedule: str) -> Path:
    """The sample app's local.settings.json, in that folder."""
    values = {
        "AzureWebJobsStorage": connection_string,
        "Queue": queue,
        "Schedule": schedule,
        "Greeting": "hello",
    }
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"IsEncrypted": False, "Values": values}))
    return settings


@asynccontextmanager
async def sample_app(
    folder: Path, connection_string: str, *, schedule: str = NEVER
) -> AsyncIterator[Running]:
    """Serve the sample app, and stop it at the end."""
    queue = f"host-{uuid4().hex[:12]}"
    settings = write_settings(folder, connection_string, queue, schedule)
    host = await start_host(folder, app=SAMPLE, settings=settings, state=folder / "state.json")
    try:
        async with aiohttp.ClientSession() as session:
            yield Running(
                host=host, session=session, connection_string=connection_string, queue=queue
            )
    finally:
        await stop(host.process)
