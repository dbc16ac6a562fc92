"""When timers fire."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dev.host.ncrontab import parse_schedule


def next_after(schedule: str, moment: str) -> str | None:
    found = parse_schedule(schedule).next_after(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    return None if found is None else found.strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("schedule", "moment", "expected"),
    [
        ("0 */5 * * * *", "2026-11-21 10:02:30", "2026-11-21 10:05:00"),
        ("0 */5 * * * *", "2026-11-21 10:05:00", "2026-11-21 10:10:00"),
        ("*/5 * * * * *", "2026-11-21 10:02:58.4", "2026-11-21 10:03:00"),
        ("30 0 9-17 * * MON-FRI", "2026-11-20 17:00:30", "2026-11-23 09:00:30"),
        ("0 0 0 1 JAN,jul *", "2026-01-01 00:00:00", "2026-07-01 00:00:00"),
        ("0 0 6 * * sunday", "2026-11-21 12:00:00", "2026-11-22 06:00:00"),
        ("0 5/20 * * * *", "2026-11-21 10:46:00", "2026-11-21 11:05:00"),
        ("0 10-30/10 * * * *", "2026-11-21 10:10:00", "2026-11-21 10:20:00"),
        ("*/15 * * * *", "2026-11-21 10:46:00", "2026-11-21 11:00:00"),
        ("0 0 12 29 2 *", "2026-03-01 00:00:00", "2028-02-29 12:00:00"),
        ("0 0 0 31 12 *", "2026-12-31 00:00:00", "2027-12-31 00:00:00"),
        ("59 59 23 * * *", "2026-12-31 23:59:59", "2027-01-01 23:59:59"),
        ("00:05:00", "2026-11-21 10:02:30", "2026-11-21 10:07:30"),
    ],
)
def test_fires_when_the_schedule_says(schedule: str, moment: str, expected: str) -> None:
    assert next_after(schedule, moment) == expected


def test_day_and_day_of_the_week_must_both_agree() -> None:
    friday_the_13th = "0 0 0 13 * FRI"
    assert next_after(friday_the_13th, "2026-11-21 00:00:00") == "2027-08-13 00:00:00"


def test_a_range_written_backwards_is_turned_round_as_in_azure() -> None:
    assert parse_schedule("0 0 0 * * FRI-MON") == parse_schedule("0 0 0 * * MON-FRI")


def test_a_date_that_never_comes_never_fires() -> None:
    assert next_after("0 0 0 30 2 *", "2026-01-01 00:00:00") is None


@pytest.mark.parametrize(
    ("schedule", "wrong"),
    [
        ("", "six fields"),
        ("* * * *", "six fields"),
        ("* * * * * * *", "six fields"),
        ("60 * * * * *", "second"),
        ("* * 24 * * *", "hour"),
        ("* * * 0 * *", "day"),
        ("* * * * 13 *", "month"),
        ("* * * * * 7", "day of the week"),
        ("* * * * * MO", "day of the week"),
        ("* * * * ju *", "month"),
        ("*/0 * * * * *", "step"),
        ("*/x * * * * *", "step"),
        ("1,,2 * * * * *", "second"),
        ("-5 * * * * *", "second"),
        ("00:00:00", "every"),
        ("25:00:00", "no duration"),
    ],
)
def test_says_what_is_wrong_with_a_schedule(schedule: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        parse_schedule(schedule)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    value = st.integers(low, high)
    spans = st.tuples(value, value).map(lambda pair: f"{min(pair)}-{max(pair)}")
    stepped = st.tuples(st.just("*") | spans, st.integers(1, high)).map(lambda p: f"{p[0]}/{p[1]}")
    part = st.just("*") | value.map(str) | spans | stepped
    return st.lists(part, min_size=1, max_size=3).map(",".join)


SCHEDULES = st.tuples(
    field(0, 59), field(0, 59), field(0, 23), field(1, 28), field(1, 12), st.just("*")
).map(" ".join)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def allowed(text: str, value: int, low: int, high: int) -> bool:
    """The meaning of a field, said in another way: does it name this value?"""
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = low if span == "*" else int(first)
        end = high if span == "*" or (step and not last) else int(last or first)
        if begin <= value <= end and (value - begin) % int(step or 1) == 0:
            return True
    return False


def fits(schedule: str, moment: datetime) -> bool:
    second, minute, hour, day, month, _ = schedule.split()
    return (
        allowed(second, moment.second, 0, 59)
        and allowed(minute, moment.minute, 0, 59)
        and allowed(hour, moment.hour, 0, 23)
        and allowed(day, moment.day, 1, 31)
        and allowed(month, moment.month, 1, 12)
    )


@settings(deadline=None)
@given(SCHEDULES, MOMENTS)
def test_the_next_time_is_later_and_fits(schedule: str, moment: datetime) -> None:
    found = parse_schedule(schedule).next_after(moment)
    assert found is not None
    assert found > moment
    assert fits(schedule, found)


@settings(deadline=None)
@given(SCHEDULES, MOMENTS, st.floats(0, 1))
def test_no_time_in_between_fits(schedule: str, moment: datetime, share: float) -> None:
    found = parse_schedule(schedule).next_after(moment)
    assert found is not None
    between = (moment + (found - moment) * share).replace(microsecond=0)
    if moment < between < found:
        assert not fits(schedule, between)


@settings(deadline=None)
@given(SCHEDULES, MOMENTS)
def test_the_second_before_it_leads_to_the_same_time(schedule: str, moment: datetime) -> None:
    parsed = parse_schedule(schedule)
    found = parsed.next_after(moment)
    assert found is not None
    assert parsed.next_after(found - timedelta(seconds=1)) == found
