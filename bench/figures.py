"""Numbers made readable: medians, worst cases and ratios.

Machines differ, and one machine differs from hour to hour; what is measured here is compared with
something measured in the same run, and printed as a ratio of the two.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Several measurements of one thing."""

    median: float
    worst: float


def spread(values: Iterable[float]) -> Spread:
    """The median and the largest of them; ValueError when there are none."""
    measured = list(values)
    if not measured:
        raise ValueError("nothing was measured")
    return Spread(median=median(measured), worst=max(measured))


def seconds(value: float) -> str:
    """A time, with as many digits as mean anything."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def ratio(measured: float, reference: float) -> str:
    """How many times the reference was measured: `1.3 x`; `-` where there is nothing to compare."""
    return f"{measured / reference:.2f} x" if reference > 0 else "-"


def share(part: float, whole: float) -> str:
    """A part of a whole, in per cent; `-` of nothing."""
    return f"{part / whole:.0%}" if whole > 0 else "-"
