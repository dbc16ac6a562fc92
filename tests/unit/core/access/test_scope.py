"""Scopes hold what they name, and nothing beside it."""

import pytest

from core.access.roles import Role
from core.access.scope import EVERYWHERE, Place, Scope

TEAM = Scope(places=(Place(registry="demo.azurecr.io", repository="team/*"),))


@pytest.mark.parametrize(
    ("registry", "repository", "held"),
    [
        ("demo.azurecr.io", "team/app", True),
        ("demo.azurecr.io", "team/app/worker", True),
        ("demo.azurecr.io", "team", False),
        ("demo.azurecr.io", "teams/app", False),
        ("demo.azurecr.io", "other/team/app", False),
        ("other.azurecr.io", "team/app", False),
    ],
)
def test_a_scope_holds_what_its_places_name(registry: str, repository: str, held: bool) -> None:
    assert TEAM.holds(registry, repository) is held


def test_a_scope_without_places_holds_nothing_and_the_whole_holds_all() -> None:
    assert not Scope(places=()).holds("demo.azurecr.io", "team/app")
    assert EVERYWHERE.holds("demo.azurecr.io", "team/app")
    assert EVERYWHERE.whole
    assert not TEAM.whole


def test_a_scope_touches_a_registry_of_which_it_holds_a_part() -> None:
    assert TEAM.touches("demo.azurecr.io")
    assert not TEAM.touches("other.azurecr.io")
    assert EVERYWHERE.touches("other.azurecr.io")


def test_an_administrator_may_do_what_a_reader_may_and_not_the_other_way_round() -> None:
    assert Role.ADMINISTRATOR.covers(Role.READER)
    assert Role.READER.covers(Role.READER)
    assert not Role.READER.covers(Role.ADMINISTRATOR)
