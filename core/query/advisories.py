"""What is in force, what it was made of, and how each source fares."""

import json
from collections.abc import Mapping

from core.domain.advisories import ADVISORIES, Published
from core.domain.ids import advisories_stream
from core.domain.values import Artifact
from core.feeds.kept import Kept, KeptSources
from core.feeds.publish import JOB
from core.feeds.results import DATABASE, EXPLOITATION
from core.feeds.sources import Sources
from core.log.handle import current
from core.log.interface import EventLog
from core.projections.cells import number, text
from core.query.parameters import Parameters
from core.query.shapes import Json
from core.storage.interface import Cells


class AdvisoriesQueries:
    """Answers about the advisories themselves."""

    def __init__(self, log: EventLog, kept: KeptSources, sources: Sources) -> None:
        self._log = log
        self._kept = kept
        self._sources = sources

    async def now(self, given: Mapping[str, str]) -> Json:
        """What is in force now. Counts are known of what was made of the sources, and `null` of
        what somebody has published by hand."""
        Parameters(given, known=frozenset())
        published: Published = await current(self._log, ADVISORIES, advisories_stream())
        assessed = published.assessed
        job = await self._kept.report(JOB)
        return {
            "version": published.version,
            "assessedVersion": assessed.version if assessed else 0,
            "database": _database(published.database, await self._kept.report(DATABASE)),
            "exploitation": _exploitation(
                published.exploitation, await self._kept.report(EXPLOITATION)
            ),
            "lastRun": text(job, "ended_at") or None,
            "sources": [_source(kept) for kept in (await self._kept.all()).values()],
            "off": list[Json](self._sources.off),
        }


def _database(in_force: Artifact | None, report: Cells) -> Json:
    shown = _made(in_force, report, "read", "advisories", "packages")
    if shown is None:
        return None
    skipped = text(report, "skipped") if shown["compiledAt"] else ""
    return {**shown, "skipped": json.loads(skipped) if skipped else None}


def _exploitation(in_force: Artifact | None, report: Cells) -> Json:
    return _made(in_force, report, "probabilities", "exploited", "refused")


def _made(in_force: Artifact | None, report: Cells, *counts: str) -> dict[str, Json] | None:
    """What is in force, with the counts of its report if that is of the same bytes."""
    if in_force is None:
        return None
    ours = text(report, "sha256") == in_force.sha256
    return {
        "sha256": in_force.sha256,
        "size": in_force.size,
        **{name: number(report, name) if ours else None for name in counts},
        "compiledAt": text(report, "compiled_at") if ours else None,
    }


def _source(kept: Kept) -> Json:
    return {
        "name": kept.name,
        "url": kept.url,
        "size": kept.artifact.size if kept.artifact else None,
        "goodSince": kept.good_since or None,
        "askedAt": kept.asked_at or None,
        "failure": kept.failure or None,
        "failingSince": kept.failing_since or None,
    }
