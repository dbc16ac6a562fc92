"""The forecast that rules ask, out of what is published of exploitation."""

from collections.abc import Iterable

from core.advisories.exploitation import Exploitations
from core.rules.interface import Forecast, Probability
from core.scanning.exploited import KnownExploitation


class PublishedForecasts:
    """Forecasts that come with what is known of exploitation."""

    def __init__(self, exploitation: KnownExploitation) -> None:
        self._exploitation = exploitation

    async def current(self) -> Forecast:
        """The forecast that is published at this moment: rules are applied once for each."""
        published, known = await self._exploitation.at_this_moment()
        if published is None or known is None:
            return Forecast()
        return Forecast(name=published.sha256, probability=_probabilities(known))


def _probabilities(known: Exploitations) -> Probability:
    def probability(cves: Iterable[str]) -> float | None:
        return known.of(cves).epss

    return probability
