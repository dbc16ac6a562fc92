"""An operator's instruments, in memory: every number that was told."""

from dataclasses import dataclass, field

from core.telemetry.interface import Metric


@dataclass(slots=True)
class Instruments:
    """A Telemetry that keeps everything."""

    told: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """By the metric's name, without what all begin with, and its series."""
    listening: bool = True

    def tell(self, metric: Metric, value: float, label: str = "") -> None:
        assert bool(label) == bool(metric.label)
        key = (metric.name.removeprefix("pratique."), label)
        self.told.setdefault(key, []).append(value)

    def last(self, name: str, label: str = "") -> float:
        """The last number of a series."""
        return self.told[name, label][-1]

    def total(self, name: str, label: str = "") -> float:
        """All numbers of a series, added up."""
        return sum(self.told.get((name, label), []))
