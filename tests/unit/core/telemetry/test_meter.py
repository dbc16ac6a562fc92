"""Numbers reach OpenTelemetry's readers: counts add up, and how things stand is said once."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.metrics.export import (
    HistogramDataPoint,
    InMemoryMetricReader,
    NumberDataPoint,
)

from core.telemetry import metrics as m
from core.telemetry.interface import Metric
from core.telemetry.meter import OpenTelemetry

type Point = NumberDataPoint | HistogramDataPoint


@pytest.fixture
def reader() -> InMemoryMetricReader:
    return InMemoryMetricReader()


@pytest.fixture
def telemetry(reader: InMemoryMetricReader) -> Iterator[OpenTelemetry]:
    telemetry = OpenTelemetry(reader)
    yield telemetry
    telemetry.close()


def points(reader: InMemoryMetricReader, name: str) -> list[Point]:
    """What a collection finds of that metric."""
    data = reader.get_metrics_data()
    if data is None:
        return []
    return [
        point
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == name
        for point in metric.data.data_points
        if isinstance(point, NumberDataPoint | HistogramDataPoint)
    ]


def values(reader: InMemoryMetricReader, name: str) -> dict[str, float]:
    """The numbers of a collection, by series."""
    found = [one for one in points(reader, name) if isinstance(one, NumberDataPoint)]
    return {"".join(map(str, (one.attributes or {}).values())): one.value for one in found}


def test_counts_add_up_by_series(telemetry: OpenTelemetry, reader: InMemoryMetricReader) -> None:
    for label in ("one", "two", "one"):
        telemetry.tell(m.REFUSED, 1, label)
    (first, _) = points(reader, m.REFUSED.name)
    assert first.attributes == {"kind": "one"}
    assert values(reader, m.REFUSED.name) == {"one": 2, "two": 1}


def test_how_things_stand_is_said_once_and_never_repeated(
    telemetry: OpenTelemetry, reader: InMemoryMetricReader
) -> None:
    telemetry.tell(m.BACKLOG, 7, "push")
    telemetry.tell(m.BACKLOG, 3, "push")
    telemetry.tell(m.BACKLOG, 0, "rescan")
    assert values(reader, m.BACKLOG.name) == {"push": 3, "rescan": 0}
    assert values(reader, m.BACKLOG.name) == {}
    telemetry.tell(m.BACKLOG, 4, "push")
    assert values(reader, m.BACKLOG.name) == {"push": 4}


def test_a_duration_falls_into_its_bucket(
    telemetry: OpenTelemetry, reader: InMemoryMetricReader
) -> None:
    for seconds in (4, 100, 100):
        telemetry.tell(m.PUSH_TO_FINDINGS, seconds)
    (point,) = points(reader, m.PUSH_TO_FINDINGS.name)
    assert isinstance(point, HistogramDataPoint)
    assert tuple(point.explicit_bounds) == m.PUSH_TO_FINDINGS.bounds
    assert (point.count, point.sum, point.bucket_counts[0], point.bucket_counts[6]) == (
        3,
        204,
        1,
        2,
    )


@pytest.mark.parametrize("metric", m.METRICS, ids=lambda metric: metric.name)
def test_every_metric_can_be_told(
    telemetry: OpenTelemetry, reader: InMemoryMetricReader, metric: Metric
) -> None:
    telemetry.tell(metric, 1, "x" if metric.label else "")
    assert len(points(reader, metric.name)) == 1
