"""The fleet in numbers, and its secure score."""

from core.answers.base import Answer, Count, Moment
from core.domain.values import SeverityCounts


class HealthCounts(Answer, frozen=True, kw_only=True, rename="pascal"):
    """Images by health."""

    healthy: Count
    unhealthy: Count
    not_applicable: Count
    unscanned: Count


class Totals(Answer, frozen=True, kw_only=True):
    """What some images add up to."""

    images: Count
    health: HealthCounts
    findings: SeverityCounts
    disabled: SeverityCounts
    waiting: Count
    failed: Count
    stale: Count | None
    """Counted a while ago, but for registries that nobody looks after; `null` where nobody has
    counted."""


class RegistryTotals(Totals, frozen=True, kw_only=True):
    """The totals of one registry."""

    subscription: str
    registry: str


class Summary(Totals, frozen=True, kw_only=True):
    """The totals of everything."""

    stale_counted_at: Moment | None
    registries: list[RegistryTotals]


class Score(Answer, frozen=True, kw_only=True):
    """The score of some images; points and shares are `null` where nothing counts."""

    max: int
    current: float | None
    percentage: float | None
    healthy: Count
    unhealthy: Count
    not_applicable: Count
    unscanned: Count
    coverage: float | None


class RegistryScore(Score, frozen=True, kw_only=True):
    """The score of one registry."""

    registry: str


class SubscriptionScore(Score, frozen=True, kw_only=True):
    """The score of one subscription."""

    subscription: str
    registries: list[RegistryScore]


class FleetScore(Score, frozen=True, kw_only=True):
    """The score of everything."""

    subscriptions: list[SubscriptionScore]
