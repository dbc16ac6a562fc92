"""The port to an operator's instruments.

Numbers go out while the work goes on, so nothing here waits, and nothing here fails: what cannot be
delivered is lost, and what must last stands in the event log. A label is one of few words, never a
name that somebody outside chose, since every value of it is a series of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """How a metric's numbers add up."""

    COUNTER = "counter"
    """Occurrences, added up."""
    GAUGE = "gauge"
    """How something stands: the last number counts."""
    HISTOGRAM = "histogram"
    """How long something took, each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One thing that is measured."""

    name: str
    kind: Kind
    unit: str
    """As UCUM writes it: `s`, `1`, and counted things in braces."""
    meaning: str
    """For people."""
    label: str = ""
    """What its series are told apart by; empty where there is one."""
    bounds: Sequence[float] | None = None
    """Of a histogram's buckets."""


class Telemetry(Protocol):
    """Where numbers go."""

    @property
    def listening(self) -> bool:
        """Whether anybody wants them: nothing that costs requests is measured for nobody."""

    def tell(self, metric: Metric, value: float, label: str = "") -> None:
        """One more number, of that series. Never waits, and never raises."""


class Silence:
    """A Telemetry for an app that nobody watches."""

    listening = False

    def tell(self, metric: Metric, value: float, label: str = "") -> None:
        """It goes nowhere."""
