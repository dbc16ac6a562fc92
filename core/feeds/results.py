"""What is made of the sources' files: the database, and what is known of exploitation.

Each result has a report that says what it was made of. While that is the same, and the result is
still the one in force, nothing is compiled.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from core.advisories import exploitation, layout
from core.advisories.compiler import Compiled, compile_database
from core.domain.advisories import ADVISORIES, Published
from core.domain.ids import advisories_stream
from core.domain.values import Artifact
from core.errors import AdvisoriesError
from core.feeds.kept import Kept, KeptSources
from core.log.handle import current
from core.log.interface import EventLog
from core.projections.cells import text
from core.scanning.exploited import publish_exploitation
from core.scanning.published import publish
from core.storage.interface import Artifacts, Cell

DATABASE, EXPLOITATION = "database", "exploitation"
"""Names of the reports."""

_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source that has given something, and where its file is or will be."""

    kept: Kept
    file: Path


class Results:
    """Makes them, and puts them in force."""

    def __init__(self, log: EventLog, artifacts: Artifacts, kept: KeptSources) -> None:
        self._log = log
        self._artifacts = artifacts
        self._kept = kept

    async def version(self) -> int:
        """The version of the advisories in force; 0 for none."""
        return (await self._published()).version

    async def advisories(
        self,
        dumps: list[Source],
        extra: Path | None,
        folder: Path,
        progress: Callable[[str, int], None],
    ) -> Compiled | None:
        """Put in force what these dumps and further records compile to; `None` if it is already.

        Raises `AdvisoriesError` if nothing can be read, and `FeedError` if what was kept is lost.
        """
        made_of = f"{layout.FORMAT} {_digest(dumps)} {await asyncio.to_thread(_content, extra)}"
        if await self._is_known(DATABASE, made_of, (await self._published()).database):
            return None
        paths = [await self._on_disk(dump) for dump in dumps] + ([extra] if extra else [])
        out = folder / "advisories.sqlite"
        compiled = await asyncio.to_thread(compile_database, paths, out, progress)
        await publish(self._log, self._artifacts, out, records=compiled.advisories)
        report = _report(compiled, folder)
        await self._kept.put_report(DATABASE, {**report, "made_of": made_of})
        return compiled

    async def exploitation(self, epss: Source | None, kev: Source | None, folder: Path) -> bool:
        """Publish what these documents say; whether that was news.

        Raises `InvalidAdvisory` if one cannot be read, and `FeedError` if what was kept is lost.
        """
        made_of = f"{exploitation.FORMAT} {_digest([one for one in (epss, kev) if one])}"
        if await self._is_known(EXPLOITATION, made_of, (await self._published()).exploitation):
            return False
        out = folder / "exploitation.sqlite"
        counted = await asyncio.to_thread(
            exploitation.compile_exploitation,
            await self._on_disk(epss) if epss else None,
            await self._on_disk(kev) if kev else None,
            out,
        )
        known, news = await publish_exploitation(
            self._log,
            self._artifacts,
            await asyncio.to_thread(out.read_bytes),
            probabilities=counted.probabilities,
            exploited=counted.exploited,
        )
        report: dict[str, Cell] = {
            "sha256": known.sha256,
            "probabilities": counted.probabilities,
            "exploited": counted.exploited,
            "refused": counted.refused,
            "compiled_at": datetime.now(UTC).isoformat(),
            "made_of": made_of,
        }
        await self._kept.put_report(EXPLOITATION, report)
        return news

    async def _published(self) -> Published:
        return await current(self._log, ADVISORIES, advisories_stream())

    async def _is_known(self, name: str, made_of: str, in_force: Artifact | None) -> bool:
        """Whether what is in force was made of the same."""
        report: Mapping[str, Cell] = await self._kept.report(name)
        known = (text(report, "made_of"), text(report, "sha256"))
        return in_force is not None and known == (made_of, in_force.sha256)

    async def _on_disk(self, source: Source) -> Path:
        """The source's file, fetched just now or brought from where it is kept."""
        if not source.file.exists():
            await self._kept.bring(source.kept, source.file)
        return source.file


def _digest(inputs: list[Source]) -> str:
    """What a result is made of, in short."""
    lines = sorted(one.kept.blob for one in inputs)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _content(extra: Path | None) -> str:
    """The same for records that lie on disk. Raises `AdvisoriesError` if there are none."""
    if extra is None:
        return ""
    if not extra.exists():
        raise AdvisoriesError(
            f"There are no advisories at {extra}, where PRATIQUE_ADVISORIES says. Nothing is"
            " published, and what was in force stays."
        )
    content = hashlib.sha256()
    for file in sorted(extra.rglob("*")) if extra.is_dir() else [extra]:
        if file.is_file():
            with file.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
            content.update(f"{file.relative_to(extra)} {digest}\n".encode(errors="replace"))
    return content.hexdigest()


def _report(compiled: Compiled, folder: Path) -> dict[str, Cell]:
    """What a database holds, and what was skipped and why, with examples."""
    skipped = [
        {
            "reason": reason.value,
            "count": count,
            "examples": [
                f"{one.where.removeprefix(f'{folder}/')} {one.detail}".strip()[:200]
                for one in compiled.examples[reason][:_EXAMPLES]
            ],
        }
        for reason, count in compiled.refused.items()
    ]
    return {
        "sha256": compiled.sha256,
        "size": compiled.size,
        "read": compiled.read,
        "advisories": compiled.advisories,
        "packages": compiled.packages,
        "skipped": msgspec.json.encode(skipped).decode(),
        "compiled_at": datetime.now(UTC).isoformat(),
    }
