"""`python -m bench` runs every bench, `python -m bench <name>…` those that are named.

Each is a module of this folder with `measure`, which is given an empty folder and says what it
measured. A new one is a module and a line in `BENCHES`.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from bench import (
    advisories,
    answers,
    burst,
    fairness,
    fleet,
    graph,
    latency,
    log,
    pages,
    past,
    requests,
    scale,
)
from bench.machine import read_machine
from bench.sections import Section, show
from core.errors import PratiqueError

type Bench = Callable[[Path], Awaitable[Sequence[Section]]]

BENCHES: Mapping[str, Bench] = {
    "latency": latency.measure,
    "requests": requests.measure,
    "burst": burst.measure,
    "fairness": fairness.measure,
    "log": log.measure,
    "advisories": advisories.measure,
    "past": past.measure,
    "graph": graph.measure,
    "fleet": fleet.measure,
    "answers": answers.measure,
    "pages": pages.measure,
    "scale": scale.measure,
}

ON_REQUEST = frozenset({"answers", "fleet", "pages"})
"""Those that run only when they are named, because they take long."""


async def run(
    names: Sequence[str], console: Console, benches: Mapping[str, Bench] = BENCHES
) -> int:
    """Measure, one after the other, and print each table as soon as it is there; the number of
    those that came to nothing, which keep no other from its turn."""
    console.print(read_machine(), markup=False, highlight=False)
    failed = 0
    for name in names:
        began = time.monotonic()
        with (
            tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder,
            console.status(f"measuring: {name}"),
        ):
            try:
                sections = await benches[name](Path(folder))
            except PratiqueError as error:
                console.print(f"\n{name}: {error}", markup=False)
                failed += 1
                continue
        for section in sections:
            show(section, console)
        console.print(f"({name} took {time.monotonic() - began:.0f} s)", style="dim")
    return failed


def chosen(arguments: Sequence[str]) -> list[str]:
    """The benches that the command line names, or all that need not be asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, and print.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(BENCHES)}; or most")
    names: list[str] = parser.parse_args(arguments).names
    if unknown := sorted(set(names) - set(BENCHES)):
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    return names or [name for name in BENCHES if name not in ON_REQUEST]


def main() -> int:
    """Measure what was asked for, or everything; 0 when all of it could be measured."""
    return min(1, asyncio.run(run(chosen(sys.argv[1:]), Console())))


if __name__ == "__main__":
    sys.exit(main())
