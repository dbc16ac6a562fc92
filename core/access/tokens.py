"""Bearer tokens of Microsoft Entra, which prove who asks.

Checked are the signature (by keys that the issuer publishes, with one algorithm), the issuer and
its tenant, the audience, and the times. Entra issues tokens of two versions, whatever the endpoint
at which they were asked for: each has names of its own for a few things. An ID token says who
signed in to an application, not that this application may ask in their name: it is refused.
Source: https://learn.microsoft.com/entra/identity-platform/access-tokens.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import jwt
import msgspec

from core.access.identities import Identity, Unproven
from core.access.published import ALGORITHM, PublishedKeys

LEEWAY = 60
"""Seconds by which clocks may differ."""
_LONGEST = 16 * 1024
"""Characters of a token; Entra's own have a few thousand."""
_NEEDED = ["exp", "nbf", "iat", "iss", "aud"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose tokens are believed."""

    tenant: str
    """Id of the tenant, in lower case."""
    issuers: tuple[str, ...]
    audiences: tuple[str, ...]
    """What the app is called in tokens for it."""


class _Claims(msgspec.Struct, frozen=True):
    """What a token says, as far as we read it."""

    tid: str
    oid: str
    azp: str = ""
    """The application that asks, in tokens of version 2."""
    appid: str = ""
    """The same, of version 1."""
    preferred_username: str = ""
    upn: str = ""
    unique_name: str = ""
    app_displayname: str = ""
    roles: list[str] = []
    groups: list[str] = []


class BearerTokens:
    """Knows people and applications by the tokens that they show."""

    def __init__(self, trust: Trust, keys: PublishedKeys) -> None:
        self._trust = trust
        self._keys = keys

    async def identify(self, headers: Mapping[str, str]) -> Identity | Unproven:
        """Who shows the token in `Authorization`."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return Unproven(reason="send a token of Microsoft Entra: Authorization: Bearer …")
        if len(token) > _LONGEST or not token.isascii():
            return Unproven(reason=f"a token has at most {_LONGEST} characters, all of ASCII")
        try:
            name = jwt.get_unverified_header(token).get("kid")
        except (jwt.PyJWTError, RecursionError):
            return Unproven(reason="the token is none that can be read")
        key = await self._keys.find(name) if isinstance(name, str) else None
        if key is None:
            return Unproven(reason="the token is signed with no key of the tenant's issuer")
        return self._read(token, key)

    def _read(self, token: str, key: jwt.PyJWK) -> Identity | Unproven:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._trust.audiences,
                issuer=self._trust.issuers,
                leeway=LEEWAY,
                options={"require": _NEEDED, "enforce_minimum_key_length": True},
            )
            return self._identity(msgspec.convert(claims, _Claims))
        except (jwt.PyJWTError, msgspec.ValidationError, RecursionError) as error:
            return Unproven(reason=f"the token is not accepted: {_said(error)}")

    def _identity(self, claims: _Claims) -> Identity | Unproven:
        if claims.tid.lower() != self._trust.tenant:
            return Unproven(reason="the token is not accepted: it is of another tenant")
        application = claims.azp or claims.appid
        if not application or not claims.oid:
            return Unproven(reason="the token is not accepted: it is no access token")
        return Identity(
            subject=claims.oid,
            name=claims.preferred_username
            or claims.upn
            or claims.unique_name
            or claims.app_displayname,
            application=application,
            roles=frozenset(claims.roles),
            groups=frozenset(claims.groups),
        )


def _said(error: Exception) -> str:
    """What is wrong, for whoever sent it; nothing of what the token says comes back."""
    match error:
        case jwt.ExpiredSignatureError():
            return "it has expired; ask for another"
        case jwt.ImmatureSignatureError():
            return "it is not valid yet"
        case jwt.InvalidAudienceError():
            return "it is for another audience"
        case jwt.InvalidIssuerError():
            return "it is of another issuer"
        case jwt.InvalidAlgorithmError():
            return f"it is not signed by {ALGORITHM}"
        case jwt.InvalidSignatureError():
            return "its signature is wrong"
        case _:
            return "it lacks what a token must say"
