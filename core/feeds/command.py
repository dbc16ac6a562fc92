"""The job from a command line: fetch into a folder, or publish into a storage account.

A bar shows what is under way, on a terminal only; what came of it is said in lines.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from core.accounts import Meant, open_meant
from core.advisories.compiler import Compiled
from core.counters import Counters
from core.feeds import refresh as fetching
from core.feeds.byhand import publish_files
from core.feeds.kept import KeptSources
from core.feeds.publish import Publisher, Publishing
from core.feeds.results import Results
from core.feeds.sources import Sources
from core.log.sharded import open_log
from core.storage.account import Account


class Bars:
    """One bar for each thing that is under way; takes what `Progress` callbacks say."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, name: str, done: int, total: int | None) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._shown.add_task(name, total=total)
        self._shown.update(self._tasks[name], completed=done, total=total)


@contextmanager
def bars(err: TextIO) -> Iterator[Bars]:
    """Bars on a terminal, and nothing where nobody looks."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    console = Console(file=err, markup=False)
    with Progress(*columns, console=console, disable=not err.isatty(), transient=True) as shown:
        yield Bars(shown)


def refresh(sources: Sources, folder: Path, err: TextIO) -> bool:
    """Fetch what has changed into a folder, and say what came of each source; whether all gave
    what they should."""
    with bars(err) as shown:
        refreshed = asyncio.run(fetching.refresh(sources.feeds(folder), shown))
    for one in refreshed:
        since = f"{one.good_since:%Y-%m-%d %H:%M} UTC" if one.good_since else "never"
        said = f"failed: {one.failure}; last good: {since}" if one.failure else str(one.fetched)
        print(f"{one.name}: {said}", file=err)
    for words in sources.off:
        print(f"off: {words}", file=err)
    return not any(one.failure for one in refreshed)


def publish(storage: Meant, sources: Sources, paths: Sequence[Path], err: TextIO) -> bool:
    """Publish these records, or without any what the sources give; whether all went well."""
    with bars(err) as shown:
        done = asyncio.run(_publish(storage, sources, paths, shown))
    if done.compiled:
        for line in said_of(done.compiled):
            print(line, file=err)
    for why in done.failures:
        print(f"failed: {why}", file=err)
    if not paths:
        for words in sources.off:
            print(f"off: {words}", file=err)
    print(_in_force(done), file=err)
    return not done.failures


def said_of(compiled: Compiled) -> Iterator[str]:
    """What a database holds, and a line for each reason to skip something."""
    yield f"{compiled.advisories:,} advisories on {compiled.packages:,} packages were compiled."
    for reason, count in compiled.refused.items():
        yield f"not taken, {count:,}: {reason}"


def _in_force(done: Publishing) -> str:
    if done.version == 0:
        return "No advisories are in force."
    if done.news:
        return f"They are in force, as version {done.version}."
    return f"Version {done.version} stays in force: nothing has changed."


async def _publish(
    storage: Meant, sources: Sources, paths: Sequence[Path], shown: Bars
) -> Publishing:
    if paths:
        done = await publish_files(storage, paths, shown)
        news = done.version != done.before
        return Publishing(version=done.version, compiled=done.compiled, news=news)
    async with open_meant(storage) as account:
        return await (await _publisher(account, sources)).run(shown)


async def _publisher(account: Account, sources: Sources) -> Publisher:
    """The job over a storage account."""
    log = await open_log(await account.tables.open("log"), account.artifacts)
    kept = KeptSources(await account.tables.open("feeds"), account.feeds)
    return Publisher(Results(log, account.artifacts, kept), kept, sources, Counters())
