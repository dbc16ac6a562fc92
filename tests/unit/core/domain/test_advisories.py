"""Databases of advisories get versions 1, 2, 3 … in the order in which they came into force."""

from core.domain.advisories import ADVISORIES, PublishAdvisories, Published
from core.domain.events import AdvisoriesPublished
from tests.support.samples import artifact


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
