"""Who asks, as App Service authentication tells the app, where it signs people in.

The platform takes the header off whatever comes from outside and sets it itself: it is worth just
as much as the setting that says so. Source:
https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities.
"""

import base64
from collections.abc import Mapping

import msgspec

from core.access.identities import Identity, Unproven

HEADER = "x-ms-client-principal"
"""What it tells, as JSON in base64."""

_LONGEST = 64 * 1024
_CLAIMS = "http://schemas.microsoft.com/identity/claims"
_NONE = Unproven(reason="sign in: App Service authentication says of this request no name")


class _Claim(msgspec.Struct, frozen=True):
    """One thing that is said of somebody."""

    typ: str
    val: str


class _Principal(msgspec.Struct, frozen=True):
    """What the header holds."""

    claims: list[_Claim]
    role_typ: str = "roles"
    name_typ: str = "name"

    def all(self, *names: str) -> list[str]:
        """What is said by any of these names."""
        return [one.val for one in self.claims if one.typ in names]

    def first(self, *names: str) -> str:
        """What is said by the first of these names that says anything."""
        return next((value for name in names for value in self.all(name)), "")


class PlatformPrincipals:
    """Knows people and applications by what the platform says of them."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    async def identify(self, headers: Mapping[str, str]) -> Identity | Unproven:
        """Whom the platform has signed in."""
        shown = headers.get(HEADER, "")
        if not shown or len(shown) > _LONGEST:
            return _NONE
        try:
            decoded = base64.b64decode(shown, validate=True)
            told = msgspec.json.decode(decoded, type=_Principal)
        except (ValueError, msgspec.MsgspecError, RecursionError):
            return _NONE
        return self._identity(told)

    def _identity(self, told: _Principal) -> Identity | Unproven:
        if told.first("tid", f"{_CLAIMS}/tenantid").lower() != self._tenant:
            return Unproven(reason="who signed in is of another tenant")
        subject = told.first("oid", f"{_CLAIMS}/objectidentifier")
        if not subject:
            return _NONE
        return Identity(
            subject=subject,
            name=told.first("preferred_username", "upn", told.name_typ, "name"),
            application=told.first("azp", "appid"),
            roles=frozenset(told.all("roles", told.role_typ)),
            groups=frozenset(told.all("groups")),
        )
