"""Durations in .NET's form."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.host.timespan import parse_timespan


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:00.100", 0.1),
        ("00:00:00.1", 0.1),
        ("00:00:05", 5),
        ("01:30", 5400),
        ("2.00:00:00", 172_800),
        ("00:00:00.0001234", 0.000123),
    ],
)
def test_reads_what_host_json_writes(text: str, seconds: float) -> None:
    assert parse_timespan(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "100", "5s", "24:00:00", "00:60:00", "-00:00:01", "1:2:3:4"])
def test_refuses_what_is_no_duration_a_bare_number_above_all(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        parse_timespan(text)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9999)))
def test_reads_any_duration_back(duration: timedelta) -> None:
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{duration.days}.{hours:02}:{minutes:02}:{seconds:02}.{duration.microseconds:06}"
    assert parse_timespan(text) == duration
