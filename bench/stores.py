"""Where benches keep a fleet: Azurite's blobs and queues, beside tables that find a row by its key.

`BENCH_TABLES=azurite` takes the emulator's own tables instead, which take hours to be filled with
10,000 images. `BENCH_DELAY=<milliseconds>` lets each answer of tables wait, as Azure's do.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.table_server import start_tables
from dev.stack.azurite import start_azurite
from dev.stack.process import stop


def told() -> str:
    """What tables the figures are of, as half a sentence."""
    if _of_azurite():
        return "Azurite's tables, which look at every row for every question"
    return f"tables that find a row by its key and answer {_delay() * 1000:g} ms late"


@asynccontextmanager
async def tables(folder: Path) -> AsyncIterator[str | None]:
    """The URL of tables to use instead of the emulator's, if there are any."""
    if _of_azurite():
        yield None
        return
    async with start_tables(folder, delay=_delay()) as url:
        yield url


@asynccontextmanager
async def storage(folder: Path) -> AsyncIterator[str]:
    """The connection string of an account with nothing in it."""
    async with tables(folder) as url:
        azurite = await start_azurite(folder, tables=url)
        try:
            yield azurite.connection_string
        finally:
            await stop(azurite.process)


def _of_azurite() -> bool:
    return os.environ.get("BENCH_TABLES") == "azurite"


def _delay() -> float:
    return float(os.environ.get("BENCH_DELAY", "0")) / 1000
