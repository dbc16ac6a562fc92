"""Numbers are printed with as many digits as mean anything, and never divided by nothing."""

import pytest

from bench.figures import Spread, ratio, seconds, share, spread


def test_a_spread_is_the_median_and_the_worst() -> None:
    assert spread([3.0, 1.0, 10.0, 2.0]) == Spread(median=2.5, worst=10.0)


def test_nothing_measured_has_no_spread() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])


@pytest.mark.parametrize(
    ("value", "text"), [(0.0004, "0 ms"), (0.0456, "46 ms"), (1.234, "1.23 s"), (75.0, "75.00 s")]
)
def test_times_change_their_unit_at_a_second(value: float, text: str) -> None:
    assert seconds(value) == text


def test_ratios_and_shares_are_of_the_reference() -> None:
    assert ratio(3.0, 2.0) == "1.50 x"
    assert share(1.0, 4.0) == "25%"


def test_nothing_is_compared_with_nothing() -> None:
    assert (ratio(1.0, 0.0), share(1.0, 0.0)) == ("-", "-")
