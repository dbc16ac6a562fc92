"""What is kept of each source between two runs: its last good file, and how it fared since.

A function app's instances have no disk that lasts. So each source has a row, which names its last
good file by hash and says what its server recognises that version by; the file itself is a blob
under that name. A row is written when its file is there, and the file before it deleted after that:
whenever a process dies, a row names a whole file. At worst a file is left that no row names.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.domain.values import Artifact
from core.errors import ArtifactMissing, FeedError
from core.projections.cells import number, text
from core.storage.interface import Cell, Cells, Files, Put, Rows

PARTITION = "feeds"
_REPORT = "!"
"""How the row of a report begins, and no source's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One source."""

    name: str
    url: str
    """Where it was last asked for."""
    artifact: Artifact | None = None
    """Its last good file; `None` while it never gave one."""
    state: str = ""
    """What the server recognises that file by."""
    good_since: str = ""
    """When that file came."""
    asked_at: str = ""
    """When it was last asked for, whatever came of it."""
    failure: str = ""
    """Why that failed, or empty."""
    failing_since: str = ""
    """When it first failed with nothing good since, or empty."""

    @property
    def blob(self) -> str:
        """What its file is called."""
        if self.artifact is None:
            raise FeedError(f"{self.name}: there is no file yet")
        return f"{self.name}/{self.artifact.sha256}"


class KeptSources:
    """All sources of which anything is known, and reports of what was made of them."""

    def __init__(self, rows: Rows, files: Files) -> None:
        self._rows = rows
        self._files = files

    async def all(self) -> dict[str, Kept]:
        """What is kept, by the sources' names."""
        rows = await self._rows.range(PARTITION, '"', "~", limit=1_000)
        return {row.key: _kept(row.key, row.cells) for row in rows}

    async def keep(self, kept: Kept, file: Path, *, state: str, at: datetime) -> Kept:
        """Keep a file that came just now, in place of the one before it."""
        newer = replace(
            kept,
            artifact=await asyncio.to_thread(hashed, file),
            state=state,
            good_since=at.isoformat(),
            asked_at=at.isoformat(),
            failure="",
            failing_since="",
        )
        await self._files.save(newer.blob, file)
        await self._put(newer)
        if kept.artifact is not None and kept.artifact != newer.artifact:
            await self._files.delete(kept.blob)
        return newer

    async def unchanged(self, kept: Kept, *, at: datetime) -> Kept:
        """The server says that the file is what it was."""
        return await self._put(replace(kept, asked_at=at.isoformat(), failure="", failing_since=""))

    async def failed(self, kept: Kept, why: str, *, at: datetime) -> Kept:
        """Nothing good came; the file from before stays."""
        now = at.isoformat()
        since = kept.failing_since or now
        return await self._put(
            replace(kept, asked_at=now, failure=why[:1_000], failing_since=since)
        )

    async def bring(self, kept: Kept, into: Path) -> None:
        """Write the last good file to disk.

        Raises `FeedError` if it is lost or damaged; then it is fetched anew the next time.
        """
        into.parent.mkdir(parents=True, exist_ok=True)
        try:
            await self._files.load(kept.blob, into)
            damaged = await asyncio.to_thread(hashed, into) != kept.artifact
        except ArtifactMissing:
            damaged = True
        if damaged:
            await self._put(replace(kept, state=""))
            raise FeedError(
                f"what was kept of {kept.name} is lost or damaged: it is fetched anew the next time"
            )

    async def report(self, name: str) -> Cells:
        """What was last said of a result; empty before the first."""
        row = await self._rows.get(PARTITION, _REPORT + name)
        return {} if row is None else row.cells

    async def put_report(self, name: str, cells: Mapping[str, Cell]) -> None:
        """Say something of a result."""
        await self._rows.commit(PARTITION, [Put(_REPORT + name, dict(cells))])

    async def _put(self, kept: Kept) -> Kept:
        cells: dict[str, Cell] = {
            "url": kept.url,
            "state": kept.state,
            "good_since": kept.good_since,
            "asked_at": kept.asked_at,
            "failure": kept.failure,
            "failing_since": kept.failing_since,
        }
        if kept.artifact is not None:
            cells |= {"sha256": kept.artifact.sha256, "size": kept.artifact.size}
        await self._rows.commit(PARTITION, [Put(kept.name, cells)])
        return kept


def hashed(file: Path) -> Artifact:
    """What a file's bytes are called, read in pieces."""
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    return Artifact(sha256=sha256, size=file.stat().st_size)


def _kept(name: str, cells: Cells) -> Kept:
    sha256 = text(cells, "sha256")
    return Kept(
        name=name,
        url=text(cells, "url"),
        artifact=Artifact(sha256=sha256, size=number(cells, "size")) if sha256 else None,
        state=text(cells, "state"),
        good_since=text(cells, "good_since"),
        asked_at=text(cells, "asked_at"),
        failure=text(cells, "failure"),
        failing_since=text(cells, "failing_since"),
    )
