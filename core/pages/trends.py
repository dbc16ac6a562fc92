"""The fleet over time: curves of findings and of the score, and the table that says the same."""

from dataclasses import dataclass

from core.answers.catalogue import DayTotals, Trend
from core.pages.charts import Curves, by_severity, trend

_DRAWN = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPage:
    """What the curves show."""

    days: tuple[DayTotals, ...]
    findings: Curves
    score: Curves
    maximum: int = 6
    """Points of the score."""

    @property
    def flat(self) -> bool:
        """Whether there was no image on any of the days."""
        return not any(one.images for one in self.days)


def trend_page(answer: Trend) -> TrendPage:
    """The curves of some days. A day before the first image has no point."""
    days = answer.value
    there = [one.images > 0 for one in days]
    return TrendPage(
        days=tuple(days),
        findings=trend(
            {
                name: [
                    float(by_severity(one.findings)[name]) if is_there else None
                    for one, is_there in zip(days, there, strict=True)
                ]
                for name in reversed(_DRAWN)
            }
        ),
        score=trend({"score": [one.score for one in days]}, top=6.2),
    )
