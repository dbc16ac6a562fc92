"""What is in force, what it was made of, and how each source fares."""

from collections.abc import Mapping

import msgspec

from core.answers.operations import (
    AdvisoriesInForce,
    DatabaseInForce,
    ExploitationInForce,
    SkippedRecords,
    SourceStanding,
)
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
from core.storage.interface import Cells

_SKIPPED = msgspec.json.Decoder(list[SkippedRecords])


class AdvisoriesQueries:
    """Answers about the advisories themselves."""

    def __init__(self, log: EventLog, kept: KeptSources, sources: Sources) -> None:
        self._log = log
        self._kept = kept
        self._sources = sources

    async def now(self, given: Mapping[str, str]) -> AdvisoriesInForce:
        """What is in force now. Counts are known of what was made of the sources, and `null` of
        what somebody has published by hand."""
        Parameters(given, known=frozenset())
        published: Published = await current(self._log, ADVISORIES, advisories_stream())
        assessed = published.assessed
        job = await self._kept.report(JOB)
        return AdvisoriesInForce(
            version=published.version,
            assessed_version=assessed.version if assessed else 0,
            database=_database(published.database, await self._kept.report(DATABASE)),
            exploitation=_exploitation(
                published.exploitation, await self._kept.report(EXPLOITATION)
            ),
            last_run=text(job, "ended_at") or None,
            sources=[_source(kept) for kept in (await self._kept.all()).values()],
            off=list(self._sources.off),
        )


def _database(in_force: Artifact | None, report: Cells) -> DatabaseInForce | None:
    if in_force is None:
        return None
    made = _made(in_force, report)
    skipped = text(made, "skipped")
    return DatabaseInForce(
        sha256=in_force.sha256,
        size=in_force.size,
        read=_count(made, "read"),
        advisories=_count(made, "advisories"),
        packages=_count(made, "packages"),
        compiled_at=text(made, "compiled_at") or None,
        skipped=_SKIPPED.decode(skipped) if skipped else None,
    )


def _exploitation(in_force: Artifact | None, report: Cells) -> ExploitationInForce | None:
    if in_force is None:
        return None
    made = _made(in_force, report)
    return ExploitationInForce(
        sha256=in_force.sha256,
        size=in_force.size,
        probabilities=_count(made, "probabilities"),
        exploited=_count(made, "exploited"),
        refused=_count(made, "refused"),
        compiled_at=text(made, "compiled_at") or None,
    )


def _made(in_force: Artifact, report: Cells) -> Cells:
    """The report of what is in force, empty where it is of other bytes."""
    return report if text(report, "sha256") == in_force.sha256 else {}


def _count(made: Cells, name: str) -> int | None:
    return number(made, name) if made else None


def _source(kept: Kept) -> SourceStanding:
    return SourceStanding(
        name=kept.name,
        url=kept.url,
        size=kept.artifact.size if kept.artifact else None,
        good_since=kept.good_since or None,
        asked_at=kept.asked_at or None,
        failure=kept.failure or None,
        failing_since=kept.failing_since or None,
    )
