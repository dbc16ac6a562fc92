"""The whole job: fetch what has changed, compile it, put it in force.

A timer and the command line do the same. Every step can be repeated: a run that dies is simply
begun again, and where nothing has changed, nothing is compiled, stored or recorded. A source that
fails leaves what it last gave, says so, and holds up no other.
"""

import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.advisories.compiler import Compiled
from core.counters import Counters
from core.errors import AdvisoriesError, FeedError, InvalidAdvisory
from core.feeds.fetch import Fetched, recall, state_of
from core.feeds.kept import Kept, KeptSources
from core.feeds.refresh import EPSS_NAME, KEV_NAME, Feed, Progress, Refreshed, refresh
from core.feeds.results import Results, Source
from core.feeds.sources import Sources
from core.projections.cells import text

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=6)
"""How often sources are asked."""
AGAIN = timedelta(hours=1)
"""How soon they are asked again when one has failed."""

JOB = "job"
"""Name of the report on the last run."""


@dataclass(slots=True, kw_only=True)
class Publishing:
    """What a run came to."""

    sources: Sequence[Kept] = ()
    """Every source that was asked, and how it fared."""
    version: int = 0
    """Of the advisories in force now; 0 for none."""
    compiled: Compiled | None = None
    """The database, where one had to be compiled."""
    news: bool = False
    """Whether other advisories are in force than before."""
    exploitation: bool = False
    """Whether something else is known of exploitation than before."""
    failures: list[str] = field(default_factory=list)
    """What went wrong, in words."""


class Publisher:
    """Does the job."""

    def __init__(
        self, results: Results, kept: KeptSources, sources: Sources, counters: Counters
    ) -> None:
        self._results = results
        self._kept = kept
        self._sources = sources
        self._counters = counters

    async def run_if_due(self, now: datetime) -> Publishing | None:
        """Do the job if it is time; `None` if it is not, or nothing is configured."""
        if not self._sources.any:
            logger.info("no advisories are fetched: %s", "; ".join(self._sources.off))
            return None
        last = await self._kept.report(JOB)
        ended = text(last, "ended_at")
        pause = AGAIN if last.get("failed") else EVERY
        if ended and now < datetime.fromisoformat(ended) + pause:
            return None
        return await self.run()

    async def run(self, progress: Progress = lambda _, __, ___: None) -> Publishing:
        """Do the job now. Whatever fails is said in the result, and leaves what was in force."""
        before = await self._results.version()
        done = Publishing()
        with tempfile.TemporaryDirectory(prefix="feeds-") as name:
            folder = Path(name)
            wanted = self._sources.feeds(folder)
            done.sources = await self._fetch(wanted, progress)
            for source in done.sources:
                if source.failure:
                    self._fail(done, f"{source.name}: {source.failure}")
            await self._publish(done, wanted, folder, progress)
        done.version = await self._results.version()
        done.news = done.version != before
        ended = datetime.now(UTC).isoformat()
        await self._kept.put_report(JOB, {"ended_at": ended, "failed": bool(done.failures)})
        return done

    def _fail(self, done: Publishing, why: str) -> None:
        done.failures.append(why)
        self._counters.count("advisories-source-failed", why)

    async def _fetch(self, wanted: Sequence[Feed], progress: Progress) -> list[Kept]:
        """Bring each source up to date; what has changed is on disk afterwards."""
        known = await self._kept.all()
        before = [_known(feed, known) for feed in wanted]
        for feed, kept in zip(wanted, before, strict=True):
            recall(feed.download.into, kept.state)
        asked = [replace(feed, download=replace(feed.download, elsewhere=True)) for feed in wanted]
        refreshed = await refresh(asked, progress)
        pairs = zip(before, refreshed, strict=True)
        return [await self._settle(kept, result) for kept, result in pairs]

    async def _settle(self, kept: Kept, result: Refreshed) -> Kept:
        now = datetime.now(UTC)
        match result.fetched:
            case Fetched.UPDATED:
                state = state_of(result.file)
                return await self._kept.keep(kept, result.file, state=state, at=now)
            case Fetched.UNCHANGED:
                return await self._kept.unchanged(kept, at=now)
            case None:
                return await self._kept.failed(kept, result.failure, at=now)

    async def _publish(
        self, done: Publishing, wanted: Sequence[Feed], folder: Path, progress: Progress
    ) -> None:
        """Make what can be made of all that was ever given, each result by itself."""
        given = {
            kept.name: Source(kept=kept, file=feed.download.into)
            for feed, kept in zip(wanted, done.sources, strict=True)
            if kept.artifact is not None
        }
        epss, kev = given.pop(EPSS_NAME, None), given.pop(KEV_NAME, None)
        try:
            if given or self._sources.extra:
                done.compiled = await self._results.advisories(
                    list(given.values()),
                    self._sources.extra,
                    folder,
                    lambda step, count: progress(step, count, None),
                )
        except (AdvisoriesError, FeedError) as error:
            self._fail(done, str(error))
        try:
            if epss or kev:
                done.exploitation = await self._results.exploitation(epss, kev, folder)
        except (AdvisoriesError, FeedError, InvalidAdvisory) as error:
            self._fail(done, str(error))


def _known(feed: Feed, known: Mapping[str, Kept]) -> Kept:
    """What is known of a source. Another address recognises nothing of what one gave."""
    kept = known.get(feed.name, Kept(name=feed.name, url=feed.download.url))
    if kept.url != feed.download.url:
        return replace(kept, url=feed.download.url, state="")
    return kept
