"""When an image is due for a rescan, and when its verdict is too old to be trusted.

Only images that somebody uses are rescanned: pushed or pulled within a window. Each has a turn of
its own within every period, by a hash of its stream, so that a fleet's rescans spread over the
week; what was done since the turn began is not done again in the same period. All of it is a
function of recorded times and of now: an image becomes stale although nothing happens to it.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase

from core.domain.ids import StreamId
from core.domain.values import Freshness, Neglect, StaleCause, Unsupported

GRACE = timedelta(days=1)
"""How much older than its period a verdict may become before it counts as stale: a rescan may wait
for its turn, and for a sandbox."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which images are rescanned, and how often."""

    window: timedelta = timedelta(days=30)
    """How long ago an image may have been used, to be rescanned at all."""
    cadence: timedelta = timedelta(days=7)
    """The period in which it is rescanned once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFor:
    """A policy for some repositories."""

    registry: str = "*"
    """A pattern of login servers: `*` stands for anything, `?` for one character."""
    repository: str = "*"
    """A pattern of repositories; `*` stands for slashes too."""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The first that fits is an image's policy."""

    rules: tuple[PolicyFor, ...] = ()
    usual: Policy = field(default_factory=Policy)

    def of(self, registry: str, repository: str) -> Policy:
        """The policy of a repository."""
        for rule in self.rules:
            if fnmatchcase(registry, rule.registry) and fnmatchcase(repository, rule.repository):
                return rule.policy
        return self.usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What is known of who uses an image."""

    pushed_at: datetime
    """By the registry's clock."""
    pulled_on: date | None
    pulls_known_since: datetime | None
    """From when on the registry's pulls are known; `None` where they are not."""

    @property
    def last(self) -> datetime:
        """Until when it was used, as far as is known: a pull may have been at its day's end."""
        if self.pulled_on is None:
            return self.pushed_at
        pulled = datetime.combine(self.pulled_on, time.max, tzinfo=UTC)
        return max(self.pushed_at, pulled)

    def over(self, now: datetime, window: timedelta) -> bool:
        """Whether nobody has used it within the window. Where pulls are not known for all of it,
        nobody can say so: not known is not the same as not pulled."""
        begun = now - window
        known = self.pulls_known_since is not None and self.pulls_known_since <= begun
        return known and self.last < begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is recorded of an image's last scan."""

    freshness: Freshness
    """As the image's own events have it, whatever the time is: Stale if its scan was withdrawn."""
    settled: bool
    """Whether it is one that can never change: there is nothing to scan in the image."""
    assessed_at: datetime | None
    """When the image's own scan was completed; `None` for an index, which has none of its own."""
    held_at: datetime | None
    """When the whole fleet was last assessed, if the verdict was part of that."""
    neglect: Neglect | None
    """Why nobody looks after its registry now; `None` where somebody does."""

    @property
    def last(self) -> datetime | None:
        """When somebody last looked."""
        return max(filter(None, (self.assessed_at, self.held_at)), default=None)


def freshness(verdict: Verdict, use: Use, policy: Policy, now: datetime) -> Freshness:
    """How far the verdict can be trusted now."""
    if verdict.freshness is not Freshness.CURRENT:
        return verdict.freshness
    cause = stale_cause(verdict, use, policy, now)
    return Freshness.CURRENT if cause is None else Freshness.STALE


def stale_cause(
    verdict: Verdict, use: Use, policy: Policy, now: datetime
) -> StaleCause | Unsupported | None:
    """Why the verdict is Stale now; `None` where it is not. Where nobody looks after the registry,
    nothing is heard of the image any more, whatever else may be said of it."""
    if verdict.freshness in (Freshness.DELAYED, Freshness.FAILED) or verdict.settled:
        return None
    if verdict.neglect is not None:
        return verdict.neglect
    if verdict.freshness is Freshness.STALE:
        return StaleCause.WITHDRAWN
    own, last = verdict.assessed_at, verdict.last
    if use.over(now, policy.window) and (own is None or now - own > policy.cadence):
        return StaleCause.UNUSED
    overdue = own is not None and last is not None and now - last > policy.cadence + GRACE
    return StaleCause.OVERDUE if overdue else None


def turn(stream: StreamId, now: datetime, cadence: timedelta) -> datetime:
    """When the image's turn in the current period began: always the same distance apart."""
    share = int(stream[-16:-8], 16) / 2**32  # not the digits that say which shard it lives in
    begins = _EPOCH + share * cadence
    return begins + (now - begins) // cadence * cadence


def due(stream: StreamId, verdict: Verdict, use: Use, policy: Policy, now: datetime) -> bool:
    """Whether the image is to be rescanned: its turn has come, and nobody has looked since."""
    if verdict.settled or verdict.assessed_at is None or use.over(now, policy.window):
        return False
    if verdict.freshness is Freshness.DELAYED or verdict.last is None:
        return False
    return verdict.last < turn(stream, now, policy.cadence)
