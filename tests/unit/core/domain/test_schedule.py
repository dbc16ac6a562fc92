"""When an image is due, and when its verdict is stale: recorded times, and what the time is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.ids import StreamId, image_stream
from core.domain.schedule import (
    GRACE,
    Policies,
    Policy,
    PolicyFor,
    Use,
    Verdict,
    due,
    freshness,
    stale_cause,
    turn,
)
from core.domain.values import Freshness, StaleCause, Unsupported
from tests.support.samples import image_name

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
USUAL = Policy()
STREAM = image_stream(image_name(1))
KNOWN = NOW - 400 * DAY

USED = Use(pushed_at=NOW - 2 * DAY, pulled_on=None, pulls_known_since=KNOWN)
UNUSED = Use(pushed_at=NOW - 90 * DAY, pulled_on=None, pulls_known_since=KNOWN)
LOOKED_AT = Verdict(
    freshness=Freshness.CURRENT, settled=False, assessed_at=NOW - DAY, held_at=None, neglect=None
)
OLD = replace(LOOKED_AT, assessed_at=NOW - 30 * DAY)


def ago(days: float) -> datetime:
    return NOW - days * DAY


@pytest.mark.parametrize(
    ("use", "over"),
    [
        (USED, False),
        (UNUSED, True),
        (replace(UNUSED, pulled_on=date(2026, 5, 20)), False),
        (replace(UNUSED, pulled_on=date(2026, 5, 2)), False),
        (replace(UNUSED, pulled_on=date(2026, 5, 1)), True),
        (replace(UNUSED, pulls_known_since=None), False),
        (replace(UNUSED, pulls_known_since=ago(29)), False),
        (replace(UNUSED, pulls_known_since=ago(31)), True),
    ],
)
def test_an_image_is_out_of_use_only_where_pulls_are_known_for_the_whole_window(
    use: Use, over: bool
) -> None:
    assert use.over(NOW, USUAL.window) is over


@pytest.mark.parametrize(
    ("verdict", "use", "expected"),
    [
        (LOOKED_AT, USED, Freshness.CURRENT),
        (LOOKED_AT, UNUSED, Freshness.CURRENT),
        (OLD, UNUSED, Freshness.STALE),
        (replace(OLD, held_at=ago(1)), UNUSED, Freshness.STALE),
        (replace(OLD, held_at=ago(1)), USED, Freshness.CURRENT),
        (replace(OLD, held_at=ago(9)), USED, Freshness.STALE),
        (OLD, USED, Freshness.STALE),
        (replace(OLD, assessed_at=NOW - 7 * DAY - GRACE), USED, Freshness.CURRENT),
        (replace(OLD, freshness=Freshness.DELAYED), UNUSED, Freshness.DELAYED),
        (replace(OLD, freshness=Freshness.FAILED), UNUSED, Freshness.FAILED),
        (replace(OLD, settled=True), UNUSED, Freshness.CURRENT),
        (replace(OLD, assessed_at=None), USED, Freshness.CURRENT),
        (replace(OLD, assessed_at=None), UNUSED, Freshness.STALE),
        (replace(LOOKED_AT, assessed_at=NOW + DAY), USED, Freshness.CURRENT),
    ],
)
def test_a_verdict_is_stale_where_nobody_looked_for_too_long(
    verdict: Verdict, use: Use, expected: Freshness
) -> None:
    assert freshness(verdict, use, USUAL, NOW) is expected


@pytest.mark.parametrize(
    ("verdict", "use", "expected"),
    [
        (LOOKED_AT, UNUSED, None),
        (OLD, UNUSED, StaleCause.UNUSED),
        (OLD, USED, StaleCause.OVERDUE),
        (replace(LOOKED_AT, freshness=Freshness.STALE), USED, StaleCause.WITHDRAWN),
        (replace(LOOKED_AT, neglect=StaleCause.PLAN_OFF), USED, StaleCause.PLAN_OFF),
        (replace(OLD, neglect=Unsupported.FIREWALLED), UNUSED, Unsupported.FIREWALLED),
        (replace(OLD, neglect=StaleCause.PLAN_OFF, settled=True), USED, None),
        (replace(OLD, neglect=StaleCause.PLAN_OFF, freshness=Freshness.FAILED), USED, None),
        (replace(OLD, neglect=StaleCause.PLAN_OFF, freshness=Freshness.DELAYED), USED, None),
    ],
)
def test_a_stale_verdict_says_why_and_neglect_comes_first(
    verdict: Verdict, use: Use, expected: StaleCause | Unsupported | None
) -> None:
    assert stale_cause(verdict, use, USUAL, NOW) is expected
    if expected is not None:
        assert freshness(verdict, use, USUAL, NOW) is Freshness.STALE


@pytest.mark.parametrize(
    ("verdict", "use", "expected"),
    [
        (OLD, USED, True),
        (replace(OLD, freshness=Freshness.FAILED), USED, True),
        (replace(OLD, held_at=NOW), USED, False),
        (replace(LOOKED_AT, assessed_at=NOW), USED, False),
        (replace(OLD, freshness=Freshness.DELAYED), USED, False),
        (replace(OLD, settled=True), USED, False),
        (replace(OLD, assessed_at=None), USED, False),
        (OLD, UNUSED, False),
        (OLD, replace(UNUSED, pulls_known_since=None), True),
    ],
)
def test_what_is_used_and_was_not_looked_at_in_its_turn_is_due(
    verdict: Verdict, use: Use, expected: bool
) -> None:
    assert due(STREAM, verdict, use, USUAL, NOW) is expected


@given(
    number=st.integers(1, 10_000),
    hours=st.integers(-5_000, 5_000),
    days=st.integers(1, 30),
)
def test_turns_are_a_period_apart_and_one_has_always_begun(
    number: int, hours: int, days: int
) -> None:
    stream, cadence = image_stream(image_name(number)), timedelta(days=days)
    now = NOW + timedelta(hours=hours)
    began = turn(stream, now, cadence)
    assert began <= now < began + cadence
    assert turn(stream, began, cadence) == began
    assert turn(stream, began + cadence, cadence) == began + cadence


@given(number=st.integers(1, 1_000), hours=st.lists(st.integers(0, 700), max_size=60))
def test_whenever_it_is_looked_at_no_image_is_due_twice_in_its_week(
    number: int, hours: list[int]
) -> None:
    stream, verdict, asked = image_stream(image_name(number)), OLD, list[datetime]()
    for hour in sorted(hours):
        now = NOW + timedelta(hours=hour)
        use = replace(USED, pushed_at=now)
        if due(stream, verdict, use, USUAL, now):
            asked.append(turn(stream, now, USUAL.cadence))
            verdict = replace(verdict, assessed_at=now)
    assert len(set(asked)) == len(asked)


def test_the_turns_of_a_fleet_spread_over_the_week_and_within_every_shard() -> None:
    streams = [image_stream(image_name(number)) for number in range(1, 4_001)]
    for some in (streams, [one for one in streams if int(one[-1], 16) == 3]):
        days = [(NOW - turn(StreamId(one), NOW, USUAL.cadence)).days for one in some]
        assert set(days) == set(range(7))
        assert max(days.count(day) for day in range(7)) < 2 * len(some) / 7


def test_the_first_policy_that_fits_is_the_one() -> None:
    weekly, daily = Policy(), Policy(cadence=DAY)
    policies = Policies(
        rules=(
            PolicyFor(repository="team/*", policy=daily),
            PolicyFor(registry="test?.azurecr.io", policy=Policy(window=DAY)),
            PolicyFor(repository="*", policy=Policy(window=2 * DAY)),
        )
    )
    assert policies.of("demo.azurecr.io", "team/deep/app") == daily
    assert policies.of("test1.azurecr.io", "app") == Policy(window=DAY)
    assert policies.of("test12.azurecr.io", "app") == Policy(window=2 * DAY)
    assert Policies().of("demo.azurecr.io", "app") == weekly
