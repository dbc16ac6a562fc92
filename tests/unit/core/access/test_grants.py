"""What somebody may do and see follows from their roles and groups, and is nothing by default."""

import pytest

from core.access.grants import Grant, Grants
from core.access.identities import Identity
from core.access.roles import Role
from core.access.scope import EVERYWHERE, Place

TEAM = Place(registry="demo.azurecr.io", repository="team/*")
OTHER = Place(registry="demo.azurecr.io", repository="other/*")
GRANTS = Grants(
    [
        Grant(who="GROUP-1", place=TEAM),
        Grant(who="ada", place=OTHER),
        Grant(who="Wide", place=OTHER),
    ]
)


def somebody(*roles: str, subject: str = "bob", groups: frozenset[str] = frozenset()) -> Identity:
    return Identity(subject=subject, application="app", roles=frozenset(roles), groups=groups)


@pytest.mark.parametrize("roles", [(), ("Other",), ("pratique.reader",), ("Reader",)])
def test_without_a_role_of_ours_nobody_may_do_anything(roles: tuple[str, ...]) -> None:
    assert Grants(None).caller(somebody(*roles)) is None


def test_the_greater_of_two_roles_counts() -> None:
    caller = Grants(None).caller(somebody(Role.READER, Role.ADMINISTRATOR))
    assert caller is not None
    assert (caller.role, caller.scope) == (Role.ADMINISTRATOR, EVERYWHERE)


@pytest.mark.parametrize(
    ("identity", "places"),
    [
        (somebody(Role.READER), ()),
        (somebody(Role.READER, groups=frozenset({"group-1"})), (TEAM,)),
        (somebody(Role.READER, subject="Ada"), (OTHER,)),
        (somebody(Role.READER, "Wide"), (OTHER,)),
        (somebody(Role.READER, subject="ada", groups=frozenset({"Group-1"})), (TEAM, OTHER)),
        (somebody(Role.ADMINISTRATOR), None),
    ],
)
def test_a_scope_is_all_that_names_somebody(
    identity: Identity, places: tuple[Place, ...] | None
) -> None:
    caller = GRANTS.caller(identity)
    assert caller is not None
    assert caller.scope.places == places


def test_who_is_named_without_a_place_sees_everything() -> None:
    grants = Grants([Grant(who="ada", place=Place()), Grant(who="ada", place=TEAM)])
    caller = grants.caller(somebody(Role.READER, subject="ada"))
    assert caller is not None
    assert caller.scope is EVERYWHERE


def test_where_no_setting_limits_anybody_a_reader_sees_all() -> None:
    caller = Grants(None).caller(somebody(Role.READER))
    assert caller is not None
    assert caller.scope.whole
