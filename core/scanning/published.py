"""The advisories in force, opened once per process and kept until others are published."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.advisories.database import Advisories
from core.advisories.matching import Matcher
from core.domain.advisories import ADVISORIES, PublishAdvisories, Published
from core.domain.ids import advisories_stream, command_id
from core.domain.values import Artifact
from core.log.handle import Cause, Handled, current, handle
from core.log.interface import EventLog
from core.storage.interface import Artifacts

FRESH = 30.0
"""Seconds for which the version in force is believed without asking again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A published database, open."""

    version: int
    artifact: Artifact
    matcher: Matcher


class PublishedAdvisories:
    """Knows which database is in force, and has it open."""

    def __init__(self, log: EventLog, artifacts: Artifacts) -> None:
        self._log = log
        self._artifacts = artifacts
        self._open: InForce | None = None
        self._asked = -FRESH
        self._lock = asyncio.Lock()

    async def in_force(self, *, least: int = 0) -> InForce | None:
        """The open database, of that version at least; `None` before the first is published, or
        while a version that high is not known."""
        async with self._lock:
            known = self._open.version if self._open else 0
            if known < max(least, 1) or time.monotonic() - self._asked > FRESH:
                await self._refresh()
        return self._open if self._open and self._open.version >= least else None

    async def _refresh(self) -> None:
        published: Published = await current(self._log, ADVISORIES, advisories_stream())
        self._asked = time.monotonic()
        if published.database is None:
            return
        if self._open is None or self._open.artifact != published.database:
            content = await self._artifacts.get(published.database)
            matcher = Matcher(await asyncio.to_thread(opened, content, Advisories.open))
        else:
            matcher = self._open.matcher
        # A database that is replaced is not closed here: an assessment may still read it.
        self._open = InForce(
            version=published.version, artifact=published.database, matcher=matcher
        )


async def publish(log: EventLog, artifacts: Artifacts, path: Path, *, records: int) -> int:
    """Store a compiled database and put it in force; the version that then is."""
    content = await asyncio.to_thread(path.read_bytes)
    artifact = await artifacts.put(content)
    loaded = await log.load(advisories_stream())
    cause = Cause(
        command=command_id("publish-advisories", artifact.sha256, loaded.version),
        correlation=artifact.sha256,
        causation="publish",
    )
    command = PublishAdvisories(database=artifact, records=records)
    handled: Handled[Published] = await handle(log, ADVISORIES, advisories_stream(), command, cause)
    return handled.state.version


def opened[Opened](content: bytes, opening: Callable[[Path], Opened]) -> Opened:
    """Open a database from a file of this process's own; the file goes when nobody has it open."""
    with tempfile.NamedTemporaryFile(prefix="advisories-", suffix=".sqlite") as file:
        file.write(content)
        file.flush()
        return opening(Path(file.name))
