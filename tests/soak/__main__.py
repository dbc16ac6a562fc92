"""`python -m tests.soak [--seconds 600] [--seed N] [--storage azurite]`: voyages, one after the
other."""

import argparse
import asyncio
import logging
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from core.storage.account import Account, open_account
from dev.stack.azurite import start_azurite
from dev.stack.process import stop
from tests.soak.checker import check
from tests.soak.voyage import embark

STEPS = {"memory": 6_000, "azurite": 300}
"""Of one voyage: so that the log that is checked at its end stays of a readable length."""


async def run(console: Console, seconds: float, seed: int, storage: str) -> Counter[str]:
    """Voyages until the time is up; what they met and what was found, added up."""
    total: Counter[str] = Counter()
    began, steps = time.monotonic(), STEPS[storage]
    while not total or time.monotonic() - began < seconds:
        async with AsyncExitStack() as ending:
            folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
            account = (
                await ending.enter_async_context(opened(folder)) if storage == "azurite" else None
            )
            voyage = await ending.enter_async_context(embark(seed, folder, storage=account))
            for _ in range(steps):
                await voyage.sail()
            await voyage.arrive()
            found = await check(voyage)
        total += Counter({"voyages": 1, "steps": steps, **found})
        total += Counter({f"did {what}": count for what, count in voyage.done.items()})
        total += Counter({f"met {what}": count for what, count in voyage.troubles.items()})
        post = voyage.post
        total += Counter(
            {
                "calls lost": sum(storm.lost for storm in voyage.storms),
                "messages dropped": post.dropped,
                "messages doubled": post.doubled,
                "messages put aside": post.poisoned,
            }
        )
        console.print(f"seed {seed}: {steps} steps, {found['events']} events, all as it must be")
        seed += 1
    return total


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Account]:
    """An empty account of an Azurite that runs no longer than the voyage."""
    azurite = await start_azurite(folder)
    try:
        async with open_account(azurite.connection_string) as account:
            yield account
    finally:
        await stop(azurite.process)


def main() -> None:
    """`make soak`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long (default: 600)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the first voyage's")
    parser.add_argument(
        "--storage", choices=STEPS, default="memory", help="where tables and blobs are"
    )
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)  # what goes wrong on purpose is counted
    console = Console()
    total = asyncio.run(run(console, asked.seconds, asked.seed, asked.storage))
    table = Table("what", "how often", box=None)
    for what, count in total.items():
        table.add_row(what, f"{count:,}")
    console.print(table)


if __name__ == "__main__":
    main()
