"""Puts records in force that somebody has at hand, whatever the sources say.

They stay in force until somebody publishes others, or the sources' turn comes.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.accounts import Meant, open_meant
from core.advisories.compiler import Compiled, compile_database
from core.domain.advisories import ADVISORIES, Published
from core.domain.ids import advisories_stream
from core.feeds.refresh import Progress
from core.log.handle import current
from core.log.sharded import open_log
from core.scanning.published import publish


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What was put in force."""

    before: int
    """The version that was in force; 0 for none."""
    version: int
    """The version that is; the same when the database is the same, byte for byte."""
    compiled: Compiled


async def publish_files(
    storage: Meant, paths: Sequence[Path], progress: Progress = lambda _, __, ___: None
) -> Publication:
    """Compile these files and folders of OSV records, and put them in force in that storage
    account.

    Raises `AdvisoriesError` when nothing can be read in them, before storage is asked anything.
    """
    with tempfile.TemporaryDirectory(prefix="publish-") as folder:
        out = Path(folder, "advisories.sqlite")
        compiled = await asyncio.to_thread(
            compile_database, paths, out, lambda step, count: progress(step, count, None)
        )
        async with open_meant(storage) as account:
            log = await open_log(await account.tables.open("log"), account.artifacts)
            before: Published = await current(log, ADVISORIES, advisories_stream())
            version = await publish(log, account.artifacts, out, records=compiled.advisories)
    return Publication(before=before.version, version=version, compiled=compiled)
