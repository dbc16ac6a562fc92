"""The advisories: which compiled database is in force, and with which the fleet was assessed.

What is known of exploitation stands beside it. It changes daily and no verdict depends on it, so it
has no part in the version; what it was on a day is what had been published by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from core.domain.decider import Decider
from core.domain.events import (
    AdvisoriesEvent,
    AdvisoriesPublished,
    ExploitationPublished,
    FleetAssessed,
)
from core.domain.values import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """How far the whole fleet was assessed, and with which database."""

    version: int
    database: Artifact
    positions: tuple[int, ...]
    """One for each shard: what stands in the log up to there was considered."""
    assessed_at: datetime | None = None
    """When; of what was added by and by, the latest."""

    def covers(self, shard: int, position: int) -> bool:
        """Whether the verdict that was last recorded at that position holds for this version."""
        return shard < len(self.positions) and position <= self.positions[shard]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The database in force."""

    version: int = 0
    """1, 2, 3 …; 0 before the first."""
    database: Artifact | None = None
    assessed: Assessed | None = None
    """`None` until the fleet was assessed as a whole."""
    exploitation: Artifact | None = None
    """What is known of exploitation; `None` before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAdvisories:
    """A database was compiled and stored."""

    database: Artifact
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishExploitation:
    """What is known of exploitation was compiled and stored."""

    known: Artifact
    probabilities: int
    exploited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFleetAssessment:
    """Every image's verdict is the one that this database gives, as of these positions."""

    version: int
    database: Artifact
    positions: tuple[int, ...]
    assessed_at: datetime


type AdvisoriesCommand = PublishAdvisories | PublishExploitation | RecordFleetAssessment


def evolve(published: Published, event: AdvisoriesEvent) -> Published:
    """The state after the event."""
    match event:
        case AdvisoriesPublished():
            return replace(published, version=event.version, database=event.database)
        case ExploitationPublished():
            return replace(published, exploitation=event.known)
        case FleetAssessed():
            return replace(published, assessed=_assessed(published.assessed, event))


def decide(published: Published, command: AdvisoriesCommand) -> Sequence[AdvisoriesEvent]:
    """What is known already is no news: the bytes in force, positions that were covered before."""
    match command:
        case PublishAdvisories():
            return _publish(published, command)
        case PublishExploitation():
            return _publish_exploitation(published, command)
        case RecordFleetAssessment():
            return _assess(published, command)


def _publish(published: Published, command: PublishAdvisories) -> Sequence[AdvisoriesEvent]:
    if published.database == command.database:
        return ()
    return (
        AdvisoriesPublished(
            version=published.version + 1, database=command.database, records=command.records
        ),
    )


def _publish_exploitation(
    published: Published, command: PublishExploitation
) -> Sequence[AdvisoriesEvent]:
    if published.exploitation == command.known:
        return ()
    return (
        ExploitationPublished(
            known=command.known,
            probabilities=command.probabilities,
            exploited=command.exploited,
        ),
    )


def _assess(published: Published, command: RecordFleetAssessment) -> Sequence[AdvisoriesEvent]:
    assessed = FleetAssessed(
        version=command.version,
        database=command.database,
        positions=command.positions,
        assessed_at=command.assessed_at,
    )
    known = published.assessed
    if known is None:
        return (assessed,)
    then = _assessed(known, assessed)
    news = (then.version, then.database, then.positions) != (
        known.version,
        known.database,
        known.positions,
    )
    return (assessed,) if news and command.version >= known.version else ()


def _assessed(known: Assessed | None, event: FleetAssessed) -> Assessed:
    """What is known after the event. What was covered by the same version stays so."""
    before = known.positions if known is not None and known.version == event.version else ()
    pairs = zip_longest(before, event.positions, fillvalue=0)
    return Assessed(
        version=event.version,
        database=event.database,
        positions=tuple(max(pair) for pair in pairs),
        assessed_at=event.assessed_at,
    )


ADVISORIES: Decider[Published, AdvisoriesCommand, AdvisoriesEvent] = Decider(
    kind="advisories",
    schema=4,
    state=Published,
    initial=Published(),
    evolve=evolve,
    decide=decide,
)
"""The aggregate. One stream."""
