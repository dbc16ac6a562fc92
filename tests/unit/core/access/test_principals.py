"""What App Service authentication tells is read, and what it does not tell opens nothing."""

import base64

import msgspec
import pytest

from core.access.identities import Identity, Unproven
from core.access.principals import HEADER, PlatformPrincipals
from core.access.roles import Role

TENANT = "00000000-0000-4000-8000-00000000aaaa"
LONG = "http://schemas.microsoft.com"


def claim(typ: str, val: str) -> dict[str, str]:
    return {"typ": typ, "val": val}


def header(*claims: dict[str, str], role_typ: str = "roles") -> str:
    told = {"auth_typ": "aad", "name_typ": "name", "role_typ": role_typ, "claims": list(claims)}
    return base64.b64encode(msgspec.json.encode(told)).decode()


async def read(shown: str) -> Identity | Unproven:
    return await PlatformPrincipals(TENANT).identify({HEADER: shown})


ROLE = f"{LONG}/ws/2008/06/identity/claims/role"


@pytest.mark.parametrize(
    "shown",
    [
        header(
            claim("tid", TENANT),
            claim("oid", "ada's"),
            claim("roles", Role.READER),
            claim("groups", "g1"),
            claim("preferred_username", "ada@example.com"),
        ),
        header(
            claim(f"{LONG}/identity/claims/tenantid", TENANT.upper()),
            claim(f"{LONG}/identity/claims/objectidentifier", "ada's"),
            claim(ROLE, Role.READER),
            claim("groups", "g1"),
            claim("name", "ada@example.com"),
            role_typ=ROLE,
        ),
    ],
)
async def test_who_is_signed_in_is_known_by_either_kind_of_name(shown: str) -> None:
    found = await read(shown)
    assert isinstance(found, Identity)
    assert found.subject == "ada's"
    assert (set(found.roles), set(found.groups)) == ({str(Role.READER)}, {"g1"})
    assert found.signature == "ada@example.com (ada's)"


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "x",
        "é",
        base64.b64encode(b"[" * 20_000).decode(),
        base64.b64encode(b"{}").decode(),
        header(),
        header(claim("tid", TENANT)),
        header(claim("oid", "ada's"), claim("roles", Role.READER)),
        header(claim("tid", "another"), claim("oid", "ada's"), claim("roles", Role.READER)),
        "a" * 100_000,
    ],
    ids=range(10),
)
async def test_anything_else_is_nobody(shown: str) -> None:
    assert isinstance(await read(shown), Unproven)
