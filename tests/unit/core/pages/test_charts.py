"""Charts are geometry: shares add up, and what there is any of can be seen."""

from math import isclose, pi

from core.pages.charts import RADIUS, donut, stack, trend


def test_a_bar_is_as_long_as_its_pieces_together() -> None:
    pieces = stack({"critical": 1, "high": 0, "medium": 3})
    assert [(one.name, one.length) for one in pieces] == [("critical", 25.0), ("medium", 75.0)]
    assert stack({"critical": 0}) == ()


def test_one_of_ten_thousand_can_still_be_seen() -> None:
    small, large = stack({"critical": 1, "low": 10_000})
    assert small.length > 1
    assert isclose(small.length + large.length, 100, abs_tol=0.01)


def test_a_ring_closes() -> None:
    pieces = donut({"Unhealthy": 2, "Healthy": 5})
    assert isclose(sum(one.length for one in pieces), 2 * pi * RADIUS, abs_tol=0.01)


def test_curves_share_a_scale_and_leave_out_what_is_not_known() -> None:
    curves = trend({"critical": [None, 0, 10], "low": [None, None, None]}, width=100, height=50)
    (line,) = curves.lines
    assert line.points.split()[0] == "50.0,50.0"
    assert line.last[0] == 100.0
    assert line.last[1] > 0
