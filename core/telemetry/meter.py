"""Telemetry over OpenTelemetry's metrics.

A gauge is exported once for each time that it was told: the interface's own gauges repeat their
last number for ever, and of several instances only the one whose timer ran knows how things stand.
"""

from collections.abc import Callable, Iterable, Mapping

from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader

from core.telemetry.interface import Kind, Metric
from core.telemetry.metrics import METRICS

SCOPE = "pratique"

type _Tell = Callable[[float, Mapping[str, str]], None]


class OpenTelemetry:
    """A Telemetry whose numbers a reader collects. It lives for as long as the process."""

    listening = True

    def __init__(self, reader: MetricReader) -> None:
        self._provider = MeterProvider([reader], shutdown_on_exit=True)
        meter = self._provider.get_meter(SCOPE)
        self._instruments: Mapping[str, _Tell] = {
            metric.name: _instrument(meter, metric) for metric in METRICS
        }

    def tell(self, metric: Metric, value: float, label: str = "") -> None:
        """The reader has it with its next collection."""
        self._instruments[metric.name](value, {metric.label: label} if metric.label else {})

    def close(self) -> None:
        """Deliver what is left."""
        self._provider.shutdown()


class _Told:
    """What a gauge was told since it was last collected, which another thread does."""

    def __init__(self) -> None:
        self._told: dict[str, Observation] = {}

    def tell(self, value: float, labels: Mapping[str, str]) -> None:
        """How it stands now."""
        self._told["".join(labels.values())] = Observation(value, labels)

    def collect(self, options: CallbackOptions) -> Iterable[Observation]:
        """Everything, once."""
        told, self._told = self._told, {}
        return list(told.values())


def _instrument(meter: Meter, metric: Metric) -> _Tell:
    match metric.kind:
        case Kind.COUNTER:
            return meter.create_counter(metric.name, metric.unit, metric.meaning).add
        case Kind.HISTOGRAM:
            return meter.create_histogram(
                metric.name,
                metric.unit,
                metric.meaning,
                explicit_bucket_boundaries_advisory=metric.bounds,
            ).record
        case Kind.GAUGE:
            told = _Told()
            meter.create_observable_gauge(metric.name, [told.collect], metric.unit, metric.meaning)
            return told.tell
