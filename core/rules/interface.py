"""What rules need to know that is no rule: how likely a vulnerability is to be exploited."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

type Probability = Callable[[Iterable[str]], float | None]
"""The probability of exploitation of the most likely of some CVEs, where known."""


def unknown(cves: Iterable[str]) -> float | None:
    """Nothing is known of any CVE."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Probabilities of exploitation, as they were published together."""

    name: str = ""
    """Hash of what was published; empty where nothing was."""
    probability: Probability = unknown


class Forecasts(Protocol):
    """Knows the forecast in force."""

    async def current(self) -> Forecast:
        """The newest one."""


class NoForecasts:
    """Knows nothing."""

    async def current(self) -> Forecast:
        return Forecast()
