"""Signing in, for tests: an issuer in memory, and a doorman who believes it."""

from collections.abc import Mapping
from functools import cache

import msgspec
import pytest
from msgspec.structs import replace

from core.access.doorman import Doorman
from core.access.published import Fetch
from core.access.roles import Role
from core.errors import KeysUnavailable
from dev.issuer.issuer import AUDIENCE, TENANT, Issuer, new_issuer
from functions import bootstrap
from functions.access_settings import read_access_settings
from functions.composition.access import build_doorman

URL = "http://127.0.0.1:7072"
"""Where the issuer would be, if anybody asked it."""


@cache
def issuer(url: str = URL) -> Issuer:
    """An issuer; keys take a moment to be made, so each is made once."""
    return replace(new_issuer(), url=url)


def publishing(*issuers: Issuer) -> Fetch:
    """Fetches what the first of them says of itself, and the keys of all."""

    async def fetch(url: str) -> bytes:
        first = issuers[0]
        if url.startswith(f"{first.url}/{TENANT}/v2.0/"):
            return msgspec.json.encode({"jwks_uri": f"{first.url}/keys"})
        if url == f"{first.url}/keys":
            keys = [key for one in issuers for key in one.published()["keys"]]
            return msgspec.json.encode({"keys": keys})
        raise KeysUnavailable(f"{url} is nowhere")

    return fetch


def doorman(**more: str) -> Doorman:
    """One who believes that issuer; `more` are settings, and win."""
    given = {
        "PRATIQUE_AUTHORITY": URL,
        "PRATIQUE_TENANT": TENANT,
        "PRATIQUE_AUDIENCE": AUDIENCE,
        **more,
    }
    return build_doorman(read_access_settings(given), publishing(issuer()))


def stand_guard(monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    """Have the app of this process guarded by such a one."""
    monkeypatch.setattr(bootstrap, "_doormen", [doorman(**more)])


@cache
def signed_in(role: Role | None = Role.ADMINISTRATOR, *groups: str) -> Mapping[str, str]:
    """The header of somebody with that role, in those groups; good for an hour."""
    return {"Authorization": f"Bearer {issuer().token(role, groups=groups)}"}
