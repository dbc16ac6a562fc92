"""The settings that say who may ask. Without any, nobody may."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec

from core.access.grants import Grant
from core.access.scope import Place
from core.clouds import CloudName, cloud_named
from core.errors import ConfigurationError

PER_MINUTE = 1200
"""Requests that a caller may make of an instance within a minute, unless a setting says else."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LOCAL = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}")
_PATTERN = r"^[a-z0-9._/*?-]{1,255}$"
_NUMBER = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)


class SignInKind(StrEnum):
    """How people and scripts sign in."""

    TOKENS = "tokens"
    """With a token of Microsoft Entra, which the app checks by itself."""
    PLATFORM = "platform"
    """By App Service authentication, which tells the app who they are."""
    KEYS = "keys"
    """With a function key, which names nobody."""


class _Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of PRATIQUE_SCOPES."""

    who: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    registry: Annotated[str, msgspec.Meta(pattern=_PATTERN)] = "*"
    repository: Annotated[str, msgspec.Meta(pattern=_PATTERN)] = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """What the app is told about who may ask."""

    sign_in: SignInKind
    """PRATIQUE_SIGN_IN: `tokens` (the default), `platform` or `keys`."""
    tenant: str
    """PRATIQUE_TENANT: id of the tenant whose people and applications may sign in; empty: none."""
    audiences: tuple[str, ...]
    """PRATIQUE_AUDIENCE: what tokens call the app, with commas between: its client id, which also
    stands for `api://` and that id."""
    authority: str
    """PRATIQUE_AUTHORITY: URL of a local issuer of tokens, in place of the cloud's own."""
    issuers: tuple[str, ...]
    """Who may have issued a token."""
    grants: tuple[Grant, ...] | None
    """PRATIQUE_SCOPES: a JSON array of {who, registry, repository}; `None` limits nobody."""
    per_minute: int
    """PRATIQUE_REQUESTS_PER_MINUTE: requests of one caller that an instance answers."""

    @property
    def metadata(self) -> str:
        """URL at which the issuer says where its keys are."""
        return f"{self.authority}/{self.tenant}/v2.0/.well-known/openid-configuration"


def read_access_settings(given: Mapping[str, str]) -> AccessSettings:
    """Those settings in a mapping, usually the environment."""
    cloud = cloud_named(given.get("PRATIQUE_CLOUD", CloudName.PUBLIC))
    tenant = given.get("PRATIQUE_TENANT", "").lower()
    if tenant and not _GUID.fullmatch(tenant):
        raise ConfigurationError("PRATIQUE_TENANT must be a tenant's id, a GUID")
    local = given.get("PRATIQUE_AUTHORITY", "")
    if local and not _LOCAL.fullmatch(local):
        raise ConfigurationError(
            "PRATIQUE_AUTHORITY is for an issuer on this machine, http://127.0.0.1:<port>; a cloud"
            " is chosen by PRATIQUE_CLOUD"
        )
    issuers = (f"{local}/{{}}/v2.0",) if local else cloud.issuers
    return AccessSettings(
        sign_in=_sign_in(given.get("PRATIQUE_SIGN_IN", SignInKind.TOKENS)),
        tenant=tenant,
        audiences=_audiences(given.get("PRATIQUE_AUDIENCE", "")),
        authority=local or f"https://{cloud.authority}",
        issuers=tuple(one.format(tenant) for one in issuers),
        grants=_grants(given.get("PRATIQUE_SCOPES", "")),
        per_minute=_per_minute(given.get("PRATIQUE_REQUESTS_PER_MINUTE", str(PER_MINUTE))),
    )


def _sign_in(text: str) -> SignInKind:
    try:
        return SignInKind(text)
    except ValueError as error:
        known = ", ".join(SignInKind)
        raise ConfigurationError(f"PRATIQUE_SIGN_IN must be one of {known}") from error


def _audiences(text: str) -> tuple[str, ...]:
    named = [one.strip() for one in text.split(",") if one.strip()]
    known = [(one, f"api://{one}") if _GUID.fullmatch(one.lower()) else (one,) for one in named]
    return tuple(one for names in known for one in names)


def _grants(text: str) -> tuple[Grant, ...] | None:
    if not text:
        return None
    try:
        entries = msgspec.json.decode(text, type=list[_Scope])
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"PRATIQUE_SCOPES: {error}") from error
    return tuple(
        Grant(who=one.who, place=Place(registry=one.registry, repository=one.repository))
        for one in entries
    )


def _per_minute(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ConfigurationError("PRATIQUE_REQUESTS_PER_MINUTE must be a number from 1 to 9999999")
    return int(text)
