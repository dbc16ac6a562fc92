"""The advisories: which compiled database is in force."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.decider import Decider
from core.domain.events import AdvisoriesPublished
from core.domain.values import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The database in force."""

    version: int = 0
    """1, 2, 3 …; 0 before the first."""
    database: Artifact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAdvisories:
    """A database was compiled and stored."""

    database: Artifact
    records: int


def evolve(published: Published, event: AdvisoriesPublished) -> Published:
    """The state after the event."""
    return Published(version=event.version, database=event.database)


def decide(published: Published, command: PublishAdvisories) -> Sequence[AdvisoriesPublished]:
    """A database with the same bytes as the one in force is no news."""
    if published.database == command.database:
        return ()
    return (
        AdvisoriesPublished(
            version=published.version + 1, database=command.database, records=command.records
        ),
    )


ADVISORIES: Decider[Published, PublishAdvisories, AdvisoriesPublished] = Decider(
    kind="advisories",
    schema=1,
    state=Published,
    initial=Published(),
    evolve=evolve,
    decide=decide,
)
"""The aggregate. One stream."""
