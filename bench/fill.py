"""Puts a whole fleet into the stack that runs: `python -m bench.fill --images 10000`.

Nothing is pushed or scanned: the images and their findings are made up, and go into the log and
the views as if they had been. The same again adds nothing; more images add what is missing. What
else follows from an event (tags, bills) the app does by itself, a little later.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bench.found_data import FINDINGS, FoundFleet
from bench.found_filling import REGISTRIES, fill
from bench.quick_tables import quickened
from bench.stories import show
from core.errors import ConfigurationError, PratiqueError
from core.fleet.store import open_fleet
from core.projections.runner import Runner
from core.sandbox.local import LocalSandbox
from core.storage.account import Account, open_account
from dev.stack.background import RUN, dead, read
from functions.bootstrap import Services, build
from functions.composition.following import PROJECTIONS
from functions.settings import read_settings


async def fill_storage(
    storage: str, fleet: FoundFleet, *, folder: Path, registries: tuple[str, ...], console: Console
) -> None:
    """Put the fleet into that storage account, with the app's own parts in this process."""
    async with _process(storage, folder) as (services, account):
        began = time.monotonic()
        with console.status("appending to the log"):
            await fill(services.log, account.artifacts, fleet, registries=registries)
        appended = time.monotonic()
        console.print(f"{fleet.images} images are in the log after {appended - began:.0f} s")
        with console.status("bringing all views to the log's end"):
            live = [services.following.views.live(one) for one in PROJECTIONS]
            await show(services.log, Runner(services.log, live))
        console.print(f"and all views show them {time.monotonic() - appended:.0f} s later")


async def follow_storage(storage: str, *, folder: Path, limit: float, console: Console) -> None:
    """Bring whatever follows that account's log to its end, as the app would do by itself, a row at
    a time. ConfigurationError that says what is behind, where that takes longer than `limit` s."""
    async with _process(storage, folder) as (services, account):
        began = time.monotonic()
        fleet = await open_fleet(services.log, account.tables, account.artifacts)
        try:
            async with asyncio.timeout(limit):
                with console.status("bringing whatever else follows the log to its end"):
                    await show(services.log, services.following.runner)
                    await services.following.runner.sweep()
                    await fleet.catch_up()
        except TimeoutError as error:
            behind = [one for one in await services.following.followers.all() if one.lag]
            told = ", ".join(f"{one.name} by {one.lag:,} events" for one in behind)
            raise ConfigurationError(
                f"after {limit:.0f} s what follows the log is still behind: {told or 'nothing'}"
            ) from error
        console.print(
            f"whatever else follows the log is there {time.monotonic() - began:.0f} s later"
        )


@asynccontextmanager
async def _process(storage: str, folder: Path) -> AsyncIterator[tuple[Services, Account]]:
    """The app's parts over that account, writing quickly."""
    settings = replace(read_settings({"AzureWebJobsStorage": storage}), sandbox_folder=folder)
    async with open_account(storage) as slow, quickened(slow, storage) as account:
        yield await build(settings, account, LocalSandbox(folder=folder, tools={})), account


def main() -> int:
    """Fill the stack; 0 when all of it is there."""
    parser = argparse.ArgumentParser(prog="python -m bench.fill", description=__doc__)
    parser.add_argument("--images", type=int, default=1_000, help="how many (default: 1000)")
    parser.add_argument("--findings", type=int, default=FINDINGS, help="of an image (default: 50)")
    parser.add_argument("--registry", action="append", help="login server; may be repeated")
    parser.add_argument("--run", type=Path, default=RUN, help="the folder of the stack's files")
    asked = parser.parse_args()
    try:
        stack = read(asked.run.absolute())
        if stack is None or dead(stack):
            print("fill: the stack does not run: `make up` starts it.", file=sys.stderr)
            return 1
        asyncio.run(
            fill_storage(
                stack.storage_connection,
                FoundFleet(images=asked.images, findings=asked.findings),
                folder=Path(stack.folder) / "filling",
                registries=tuple(asked.registry or REGISTRIES),
                console=Console(),
            )
        )
    except PratiqueError as error:
        print(f"fill: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
