"""`python -m tests.soak [--seconds 600] [--seed N]`: voyages, one after the other."""

import argparse
import asyncio
import logging
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.soak.checker import check
from tests.soak.voyage import embark

STEPS = 6_000
"""Of one voyage: so that the log that is checked at its end stays of a readable length."""


async def run(console: Console, seconds: float, seed: int) -> Counter[str]:
    """Voyages until the time is up; what they met and what was found, added up."""
    total: Counter[str] = Counter()
    began = time.monotonic()
    while not total or time.monotonic() - began < seconds:
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            voyage = await embark(seed, Path(folder))
            for _ in range(STEPS):
                await voyage.sail()
            await voyage.arrive()
            found = await check(voyage)
        total += Counter({"voyages": 1, "steps": STEPS, **found})
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
        console.print(f"seed {seed}: {STEPS} steps, {found['events']} events, all as it must be")
        seed += 1
    return total


def main() -> None:
    """`make soak`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long (default: 600)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the first voyage's")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)  # what goes wrong on purpose is counted
    console = Console()
    total = asyncio.run(run(console, asked.seconds, asked.seed))
    table = Table("what", "how often", box=None)
    for what, count in total.items():
        table.add_row(what, f"{count:,}")
    console.print(table)


if __name__ == "__main__":
    main()
