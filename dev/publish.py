"""Puts advisories in force in a running stack: `python -m dev.publish <files and folders>`.

The records are compiled here and published as an operator would, through storage alone: the app
finds them in its log. Then the fleet is assessed with them, which the app's own timer would do
within a minute.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from core.domain.advisories import ADVISORIES, Published
from core.domain.ids import advisories_stream
from core.errors import PratiqueError
from core.feeds.byhand import Publication, publish_files
from core.fleet.reassess import Reassessment, Reassessor
from core.fleet.store import open_fleet
from core.log.handle import current
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.processes.dispatch import Dispatch
from core.rules.books import RuleBooks
from core.rules.forecasts import PublishedForecasts
from core.rules.rulings import Rulings
from core.scanning.exploited import KnownExploitation
from core.scanning.published import PublishedAdvisories
from core.storage.account import Account, open_account
from dev.images.catalogue import ADVISORIES as OF_THE_DEMO
from dev.stack.background import RUN, dead, read
from dev.stack.stack import Stack


async def publish_advisories(stack: Stack, paths: Iterable[Path]) -> Publication:
    """Compile these files and folders of OSV records, and put them in force.

    AdvisoriesError when nothing can be read in them.
    """
    return await publish_files(stack.storage_connection, list(paths))


async def reassess(stack: Stack) -> Reassessment | None:
    """Assess the stack's fleet with what is in force, at once; `None` where nothing is."""
    async with _opened(stack) as (account, log):
        artifacts = account.artifacts
        reassessor = Reassessor(
            log,
            await open_fleet(log, account.tables, artifacts),
            PublishedAdvisories(log, artifacts),
            artifacts,
            Rulings(
                RuleBooks(log), PublishedForecasts(KnownExploitation(log, artifacts)), artifacts
            ),
            Dispatch(account.queues),
        )
        return await reassessor.run()


async def publish_first(stack: Stack) -> None:
    """Put the demo's advisories in force where none are, so that every push gives a verdict."""
    if (await in_force(stack)).database is None:
        await publish_advisories(stack, [OF_THE_DEMO])


async def in_force(stack: Stack) -> Published:
    """What is in force in the stack; version 0 where nothing is."""
    async with _opened(stack) as (_, log):
        return await _published(log)


def said_of(publication: Publication) -> str:
    """What was done, for people: one line, and one for each reason to refuse a record."""
    compiled = publication.compiled
    lines = [
        f"{compiled.advisories} advisories for {compiled.packages} packages are in force,"
        f" as version {publication.version}."
    ]
    lines += [f"  not taken: {count} ({reason})" for reason, count in compiled.refused.items()]
    return "\n".join(lines)


def main() -> int:
    """Publish what was asked; 0 when it is in force."""
    parser = argparse.ArgumentParser(prog="dev.publish", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, help="files and folders of OSV records")
    parser.add_argument("--run", type=Path, default=RUN, help="the folder of the stack's files")
    asked = parser.parse_args()
    try:
        stack = read(asked.run.absolute())
        if stack is None or dead(stack):
            print("publish: the stack does not run: `make up` starts it.", file=sys.stderr)
            return 1
        print(said_of(asyncio.run(publish_advisories(stack, asked.paths))))
        if done := asyncio.run(reassess(stack)):
            print(f"{done.looked_at} images were assessed, {done.changed} have another verdict.")
    except PratiqueError as error:
        print(f"publish: {error}", file=sys.stderr)
        return 1
    return 0


@asynccontextmanager
async def _opened(stack: Stack) -> AsyncIterator[tuple[Account, EventLog]]:
    async with open_account(stack.storage_connection) as account:
        yield account, await open_log(await account.tables.open("log"), account.artifacts)


async def _published(log: EventLog) -> Published:
    return await current(log, ADVISORIES, advisories_stream())


if __name__ == "__main__":
    sys.exit(main())
