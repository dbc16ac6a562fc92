"""The evaluation of ranges, case by case as the OSV specification describes them."""

import pytest

from core.advisories.osv import Event
from core.advisories.ranges import (
    Contradictory,
    Incomparable,
    Line,
    contains,
    evaluate,
    fix_for,
    fixes,
    union,
)
from core.advisories.versions import scheme

LINE = Line(scheme("npm"), [f"{major}.{minor}.0" for major in range(4) for minor in range(4)])
"""The bounds 0.0.0, 0.1.0 … 3.3.0."""


def introduced(version: str) -> Event:
    return Event(introduced=version)


def fixed(version: str) -> Event:
    return Event(fixed=version)


def last(version: str) -> Event:
    return Event(last_affected=version)


def limit(version: str) -> Event:
    return Event(limit=version)


def _affected(*events: Event) -> list[str]:
    toggles = evaluate(events, LINE)
    return [
        f"{bound[:3]}{'+' if between else ''}"
        for index, bound in enumerate(LINE.bounds)
        for between in (0, 1)
        if contains(toggles, 2 * index + 1 + between)
    ]


def test_a_fix_ends_what_was_introduced() -> None:
    assert _affected(introduced("1.1.0"), fixed("1.3.0")) == ["1.1", "1.1+", "1.2", "1.2+"]


def test_introduced_at_zero_is_before_every_version() -> None:
    toggles = evaluate([introduced("0"), fixed("0.1.0")], LINE)

    assert contains(toggles, 0)
    assert _affected(introduced("0"), fixed("0.1.0")) == ["0.0", "0.0+"]


def test_what_is_never_fixed_stays_affected() -> None:
    assert _affected(introduced("3.2.0")) == ["3.2", "3.2+", "3.3", "3.3+"]


def test_the_last_affected_version_is_affected_and_none_above_it() -> None:
    assert _affected(introduced("1.1.0"), last("1.2.0")) == ["1.1", "1.1+", "1.2"]


def test_several_fixes_make_several_ranges() -> None:
    events = (introduced("1.0.0"), fixed("1.1.0"), introduced("2.0.0"), fixed("2.1.0"))

    assert _affected(*events) == ["1.0", "1.0+", "2.0", "2.0+"]


def test_events_out_of_order_are_sorted() -> None:
    events = (fixed("2.1.0"), introduced("2.0.0"), fixed("1.1.0"), introduced("1.0.0"))

    assert _affected(*events) == ["1.0", "1.0+", "2.0", "2.0+"]


def test_versions_at_and_above_the_limit_are_not_affected() -> None:
    assert _affected(introduced("1.0.0"), limit("1.1.0")) == ["1.0", "1.0+"]


def test_the_highest_of_several_limits_counts_and_a_star_limits_nothing() -> None:
    events = (introduced("3.2.0"), limit("3.2.0"), limit("3.3.0"))

    assert _affected(*events) == ["3.2", "3.2+"]
    assert _affected(*events, limit("*")) == ["3.2", "3.2+", "3.3", "3.3+"]


def test_a_limit_below_everything_leaves_nothing() -> None:
    assert _affected(introduced("2.0.0"), limit("1.0.0")) == []


def test_a_fix_at_the_version_that_introduces_leaves_nothing() -> None:
    assert _affected(introduced("1.0.0"), fixed("1.0.0")) == []


def test_of_events_at_one_version_the_later_in_the_record_decides() -> None:
    events = (introduced("1.0.0"), fixed("1.1.0"), introduced("1.1.0"), fixed("1.2.0"))

    assert _affected(*events) == ["1.0", "1.0+", "1.1", "1.1+"]


def test_an_event_with_two_fields_means_both() -> None:
    assert _affected(Event(introduced="1.0.0", fixed="1.1.0")) == ["1.0", "1.0+"]


@pytest.mark.parametrize(
    "events",
    [
        [],
        [fixed("1.0.0")],
        [introduced("2.0.0"), fixed("1.0.0")],
        [introduced("2.0.0"), last("1.0.0")],
        [limit("1.0.0")],
    ],
)
def test_events_that_contradict_each_other_are_no_range(events: list[Event]) -> None:
    with pytest.raises(Contradictory):
        evaluate(events, LINE)


def test_an_event_that_cannot_be_ordered_is_no_range() -> None:
    line = Line(scheme("npm"), ["1.0.0", "latest"])

    with pytest.raises(Incomparable, match="latest"):
        evaluate([introduced("0"), fixed("latest")], line)


def test_equal_versions_share_a_bound() -> None:
    line = Line(scheme("PyPI"), ["1.0.0", "1.0", "2"])

    assert line.bounds == ["1.0", "2"]
    assert line.place("1.0.0") == line.place("1.0") == 1


def test_a_union_joins_what_touches_and_keeps_what_does_not() -> None:
    assert union([[1, 3], [3, 5], [9, 11], [10, 12]]) == [1, 5, 9, 12]
    assert union([[1, 3], [2]]) == [1]
    assert union([]) == []


def test_the_fix_of_a_version_is_the_least_above_it_that_is_not_affected() -> None:
    toggles = union([[1, 5], [7, 11], [9, 15]])
    ways_out = fixes(toggles, [5, 11, 15, 21])

    assert ways_out == [5, 15]
    assert fix_for(toggles, ways_out, 3) == 5
    assert fix_for(toggles, ways_out, 7) == 15


def test_what_is_affected_for_ever_has_no_fix() -> None:
    assert fix_for([3], [], 4) is None


def test_after_the_last_affected_version_the_next_fix_resolves() -> None:
    toggles = union([evaluate([introduced("0"), last("1.0.0")], LINE)])
    place = LINE.place("2.0.0")
    assert isinstance(place, int)

    assert fixes(toggles, [place]) == [place]
    assert fixes(toggles, []) == []
