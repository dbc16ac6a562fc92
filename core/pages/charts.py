"""Charts as plain SVG: shapes only, for a table beside each of them says the numbers.

Geometry is computed here and drawn by templates, with classes rather than colours, so that light
and dark are the style's business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import pi

from core.domain.values import SeverityCounts

SEVERITIES = ("critical", "high", "medium", "low", "negligible", "unknown")
"""Worst first: the order in which everything lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a bar or a ring."""

    name: str
    count: int
    start: float
    length: float
    """Of the whole, as the chart measures it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One curve."""

    name: str
    points: str
    """As SVG's polylines want them."""
    area: str
    """The same with the ground below it."""
    last: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Curves over the same days."""

    width: float
    height: float
    top: float
    """What the upper edge stands for."""
    lines: tuple[Line, ...]


RADIUS = 42.0
"""Of a ring in a box of 100 by 100."""


def by_severity(counts: SeverityCounts) -> Mapping[str, int]:
    """Numbers of findings, worst first."""
    return asdict(counts)


def stack(counts: Mapping[str, int], whole: float = 100.0) -> tuple[Piece, ...]:
    """A bar of pieces, each as long as its share; what there is any of can be seen."""
    there = [(name, count) for name, count in counts.items() if count > 0]
    total = sum(count for _, count in there)
    least = whole * 0.015
    lengths = [max(least, whole * count / total) for _, count in there]
    scale = whole / sum(lengths) if lengths else 1.0
    pieces: list[Piece] = []
    start = 0.0
    for (name, count), length in zip(there, lengths, strict=True):
        scaled = length * scale
        pieces.append(Piece(name=name, count=count, start=round(start, 3), length=round(scaled, 3)))
        start += scaled
    return tuple(pieces)


def donut(counts: Mapping[str, int]) -> tuple[Piece, ...]:
    """The same as a ring, measured along its circumference."""
    return stack(counts, 2 * pi * RADIUS)


def trend(
    series: Mapping[str, Sequence[float | None]],
    *,
    width: float = 600,
    height: float = 120,
    top: float | None = None,
) -> Curves:
    """Curves of equally long series, on one scale; a gap where nothing is known is left out."""
    known = [value for values in series.values() for value in values if value is not None]
    ceiling = top if top is not None else max([1.0, *known]) * 1.08
    return Curves(
        width=width,
        height=height,
        top=ceiling,
        lines=tuple(
            line
            for name, values in series.items()
            if (line := _line(name, values, width, height, ceiling)) is not None
        ),
    )


def _line(
    name: str, values: Sequence[float | None], width: float, height: float, ceiling: float
) -> Line | None:
    step = width / max(1, len(values) - 1)
    points = [
        (round(place * step, 1), round(height - height * value / ceiling, 1))
        for place, value in enumerate(values)
        if value is not None
    ]
    if not points:
        return None
    drawn = " ".join(f"{x},{y}" for x, y in points)
    first, last = points[0], points[-1]
    return Line(
        name=name,
        points=drawn,
        area=f"{first[0]},{height} {drawn} {last[0]},{height}",
        last=last,
    )
