"""What was published of vulnerabilities, and with which of it the fleet was assessed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.domain.values import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoriesPublished:
    """A new compiled database of advisories is in force."""

    schema: ClassVar[int] = 1
    version: int
    database: Artifact
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploitationPublished:
    """What is known of exploitation is other than it was. No verdict depends on it."""

    schema: ClassVar[int] = 1
    known: Artifact
    """EPSS probabilities and the catalogue of exploited vulnerabilities, compiled."""
    probabilities: int
    """CVEs with an EPSS probability."""
    exploited: int
    """CVEs that are known to be exploited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAssessed:
    """Every image's verdict is the one that this database gives, as of these positions.

    So an image whose findings did not change needs no event of its own: what was last recorded of
    it, if it stands at or before its shard's position, holds for this version too.
    """

    schema: ClassVar[int] = 2
    version: int
    """Of the advisories."""
    database: Artifact
    positions: tuple[int, ...]
    """One for each shard, in the shards' order."""
    assessed_at: datetime | None = None
    """When it was so; `None` in what was recorded before this was."""
