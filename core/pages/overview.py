"""The overview: how the fleet is, and what needs somebody first."""

from dataclasses import dataclass

from core.pages.charts import Piece, donut
from core.pages.shapes import Counts, Image, RegistryTotals, Score, Summary, Wire


class Urgent(Wire, frozen=True):
    """An image that needs somebody."""

    image: Image
    exploited: list[str]
    epss: float | None


class Attention(Wire, frozen=True):
    """`GET /api/attention`."""

    value: list[Urgent]
    in_use: int
    unhealthy: int
    exploited: int
    read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the overview shows."""

    summary: Summary
    score: Score
    verdicts: dict[str, int]
    """Images by verdict, the one to act on first."""
    ring: tuple[Piece, ...]
    severities: Counts
    registries: tuple[RegistryTotals, ...]
    """The worst first."""

    @property
    def empty(self) -> bool:
        """Whether there is no image at all."""
        return self.summary.images == 0


def overview_of(summary: Summary, score: Score) -> Overview:
    """What the overview shows of the fleet's numbers."""
    health = summary.health
    verdicts = {
        "Unhealthy": health.Unhealthy,
        "Healthy": health.Healthy,
        "Unscanned": health.Unscanned,
        "NotApplicable": health.NotApplicable,
    }
    return Overview(
        summary=summary,
        score=score,
        verdicts=verdicts,
        ring=donut(verdicts),
        severities=summary.findings,
        registries=tuple(
            sorted(summary.registries, key=lambda one: (-one.health.Unhealthy, one.registry))
        ),
    )
