"""The overview: how the fleet is, and what needs somebody first."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.answers.fleet import RegistryTotals, Score, Summary
from core.pages.charts import Piece, by_severity, donut


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the overview shows."""

    summary: Summary
    score: Score
    verdicts: Mapping[str, int]
    """Images by verdict, the one to act on first."""
    ring: tuple[Piece, ...]
    severities: Mapping[str, int]
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
        "Unhealthy": health.unhealthy,
        "Healthy": health.healthy,
        "Unscanned": health.unscanned,
        "NotApplicable": health.not_applicable,
    }
    return Overview(
        summary=summary,
        score=score,
        verdicts=verdicts,
        ring=donut(verdicts),
        severities=by_severity(summary.findings),
        registries=tuple(
            sorted(summary.registries, key=lambda one: (-one.health.unhealthy, one.registry))
        ),
    )
