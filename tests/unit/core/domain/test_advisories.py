"""Databases of advisories get versions 1, 2, 3 … in the order in which they came into force."""

from core.domain.advisories import (
    ADVISORIES,
    Assessed,
    PublishAdvisories,
    Published,
    PublishExploitation,
    RecordFleetAssessment,
)
from core.domain.events import AdvisoriesPublished, ExploitationPublished, FleetAssessed
from tests.support.samples import artifact, at


def publish(number: int) -> PublishAdvisories:
    """One of many databases was compiled."""
    return PublishAdvisories(database=artifact(number), records=number)


def given(*numbers: int) -> Published:
    """What is in force after those were published."""
    published = ADVISORIES.initial
    for number in numbers:
        published = ADVISORIES.fold(published, ADVISORIES.decide(published, publish(number)))
    return published


def test_the_first_database_is_version_1() -> None:
    assert ADVISORIES.decide(Published(), publish(7)) == (
        AdvisoriesPublished(version=1, database=artifact(7), records=7),
    )


def test_every_other_database_is_the_next_version() -> None:
    assert given(7, 8) == Published(version=2, database=artifact(8))


def test_the_database_in_force_is_no_news() -> None:
    assert ADVISORIES.decide(given(7, 8), publish(8)) == ()


def test_an_earlier_database_comes_into_force_again_as_a_new_version() -> None:
    assert given(7, 8, 7) == Published(version=3, database=artifact(7))


def assess(version: int, *positions: int) -> RecordFleetAssessment:
    """The fleet was assessed with a version, as of those positions."""
    return RecordFleetAssessment(
        version=version,
        database=artifact(version),
        positions=tuple(positions),
        assessed_at=at(version),
    )


def covered(*commands: RecordFleetAssessment) -> Assessed | None:
    """What is known to be assessed after those."""
    published = given(1, 2, 3)
    for command in commands:
        published = ADVISORIES.fold(published, ADVISORIES.decide(published, command))
    return published.assessed


def test_that_the_fleet_was_assessed_is_recorded_with_every_shards_position() -> None:
    assert ADVISORIES.decide(given(1), assess(1, 5, 0)) == (
        FleetAssessed(version=1, database=artifact(1), positions=(5, 0), assessed_at=at(1)),
    )
    known = covered(assess(1, 5, 0))
    assert known == Assessed(version=1, database=artifact(1), positions=(5, 0), assessed_at=at(1))
    assert (known.covers(0, 5), known.covers(0, 6), known.covers(1, 1), known.covers(2, 1)) == (
        True,
        False,
        False,
        False,
    )


def test_an_assessment_with_the_same_version_only_ever_covers_more() -> None:
    known = covered(assess(2, 5, 3), assess(2, 4, 9))
    assert known is not None
    assert known.positions == (5, 9)
    assert covered(assess(2, 5, 3), assess(2, 4, 3)) == covered(assess(2, 5, 3))


def test_a_newer_version_begins_anew_and_an_older_one_comes_too_late() -> None:
    newer = covered(assess(1, 9, 9), assess(2, 5, 3))
    assert newer == Assessed(version=2, database=artifact(2), positions=(5, 3), assessed_at=at(2))
    assert covered(assess(2, 5, 3), assess(1, 9, 9)) == newer


def test_publishing_leaves_what_was_assessed_known() -> None:
    published = ADVISORIES.fold(given(1), ADVISORIES.decide(given(1), assess(1, 5)))
    after = ADVISORIES.fold(published, ADVISORIES.decide(published, publish(2)))
    assert after.assessed == published.assessed


def test_what_is_exploited_is_news_once_and_leaves_the_version_alone() -> None:
    command = PublishExploitation(known=artifact(9), probabilities=2, exploited=1)
    (event,) = ADVISORIES.decide(given(7), command)
    assert event == ExploitationPublished(known=artifact(9), probabilities=2, exploited=1)
    published = ADVISORIES.fold(given(7), [event])
    assert published == Published(version=1, database=artifact(7), exploitation=artifact(9))
    assert ADVISORIES.decide(published, command) == ()
