"""Everything that is asked of the past, over one storage account."""

from collections.abc import Callable
from dataclasses import dataclass

from core.log.cold import ColdLog
from core.log.freezing import Freezer
from core.log.interface import EventLog
from core.log.segments import EVENTS, Segments
from core.log.segments import TABLE as SEGMENTS
from core.past.archivist import EVERY, Archivist
from core.past.days import TABLE as DAYS
from core.past.days import Days
from core.past.seals import TABLE as SEALS
from core.past.seals import Seals
from core.past.shards import PastShards
from core.projections.skips import LoggedSkips
from core.storage.interface import Artifacts, Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Whoever reads the past, and whoever keeps it quick to read."""

    log: ColdLog
    """The log itself, for whoever may begin far back."""
    segments: Segments
    shards: PastShards
    days: Days
    archivist: Archivist


async def open_past(
    log: EventLog,
    tables: Tables,
    artifacts: Artifacts,
    alarm: Callable[[str, str], None],
    *,
    segment: int = EVENTS,
    every: int = EVERY,
) -> Past:
    """The past of the log in the table `log`; `segment` and `every` say how many events lie between
    two segments, and between two seals."""
    segments = Segments(await tables.open(SEGMENTS))
    cold = ColdLog(log, artifacts, segments, alarm)
    seals = Seals(await tables.open(SEALS), artifacts, alarm, LoggedSkips(log))
    freezer = Freezer(log, await tables.open("log"), artifacts, segments, events=segment)
    shards = PastShards(cold, seals)
    days = Days(await tables.open(DAYS), shards)
    return Past(
        log=cold,
        segments=segments,
        shards=shards,
        days=days,
        archivist=Archivist(cold, freezer, seals, days, every=every),
    )
