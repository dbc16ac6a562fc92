"""Tokens prove who asks, and nothing that resembles them does."""

import base64
import hmac
import json
import time
from collections.abc import Mapping

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace

from core.access.identities import Identity, Unproven
from core.access.published import PublishedKeys
from core.access.roles import Role
from core.access.tokens import BearerTokens, Trust
from dev.issuer.issuer import AUDIENCE, TENANT
from tests.support.access import URL, issuer, publishing

METADATA = f"{URL}/{TENANT}/v2.0/.well-known/openid-configuration"
VERSION_1 = f"https://sts.example/{TENANT}/"
STRANGER = "http://127.0.0.1:9999"
"""Where another issuer would be."""

TRUST = Trust(
    tenant=TENANT,
    issuers=(issuer().issued_by, VERSION_1),
    audiences=(AUDIENCE, f"api://{AUDIENCE}"),
)


async def read(token: str, scheme: str = "Bearer") -> Identity | Unproven:
    """What becomes of that token."""
    tokens = BearerTokens(TRUST, PublishedKeys(METADATA, publishing(issuer())))
    return await tokens.identify({"authorization": f"{scheme} {token}"})


def made(**claims: object) -> str:
    """A reader's token, with these claims in place of the right ones."""
    return issuer().token(claims=claims)


def without(name: str) -> str:
    """A reader's token that says nothing of that."""
    claims = jwt.decode(made(), options={"verify_signature": False})
    del claims[name]
    return issuer().signed(claims)


def forged(header: Mapping[str, object], signature: bytes = b"") -> str:
    """The reader's claims under another header."""
    parts = [json.dumps(header).encode(), base64.urlsafe_b64decode(made().split(".")[1] + "==")]
    encoded = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, signature)]
    return ".".join(encoded)


def confused() -> str:
    """A token whose signature is a MAC with the public key, which all know, as its secret."""
    public = issuer().private_key.public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = forged({"alg": "HS256", "kid": issuer().key_id}).rpartition(".")[0]
    mac = hmac.new(secret, signed.encode(), "sha256").digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


async def test_a_token_says_who_asks_and_what_they_are() -> None:
    token = issuer().token(Role.READER, name="ada@example.com", groups=["g1"])
    found = await read(token)
    assert isinstance(found, Identity)
    assert (set(found.roles), set(found.groups)) == ({str(Role.READER)}, {"g1"})
    assert found.signature == f"ada@example.com ({found.subject})"


async def test_a_token_of_version_1_does_as_well() -> None:
    claims = {
        "iss": VERSION_1,
        "aud": f"api://{AUDIENCE}",
        "azp": None,
        "appid": "an application",
        "preferred_username": "",
        "upn": "ada@example.com",
    }
    told = jwt.decode(made(), options={"verify_signature": False}) | claims
    del told["azp"]
    found = await read(issuer().signed(told))
    assert isinstance(found, Identity)
    assert (found.application, found.name) == ("an application", "ada@example.com")


async def test_an_application_without_a_name_is_known_by_its_id() -> None:
    found = await read(made(preferred_username="", azp="an application"))
    assert isinstance(found, Identity)
    assert found.signature == "application an application"


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"exp": int(time.time()) - 3600}, "expired"),
        ({"nbf": int(time.time()) + 3600}, "not valid yet"),
        ({"iat": int(time.time()) + 3600}, "not valid yet"),
        ({"aud": "00000002-0000-0000-c000-000000000000"}, "another audience"),
        ({"aud": []}, "lacks"),
        ({"iss": f"{STRANGER}/{TENANT}/v2.0"}, "another issuer"),
        ({"iss": f"{URL}/another/v2.0"}, "another issuer"),
        ({"tid": "another"}, "another tenant"),
        ({"azp": ""}, "no access token"),
        ({"oid": ""}, "no access token"),
        ({"oid": 1}, "lacks"),
        ({"roles": "Pratique.Reader"}, "lacks"),
        ({"exp": "soon"}, "lacks"),
    ],
    ids=lambda one: one if isinstance(one, str) else json.dumps(one)[:20].split(":")[0],
)
async def test_a_token_of_somebody_else_or_for_something_else_is_refused(
    claims: Mapping[str, object], says: str
) -> None:
    found = await read(made(**claims))
    assert isinstance(found, Unproven)
    assert says in found.reason


@pytest.mark.parametrize("name", ["exp", "nbf", "iat", "iss", "aud", "tid", "oid"])
async def test_a_token_that_leaves_something_out_is_refused(name: str) -> None:
    assert isinstance(await read(without(name)), Unproven)


async def test_clocks_may_differ_a_little() -> None:
    assert isinstance(await read(made(nbf=int(time.time()) + 30)), Identity)
    assert isinstance(await read(made(exp=int(time.time()) - 30)), Identity)


@pytest.mark.parametrize(
    "token",
    [
        forged({"alg": "none", "typ": "JWT", "kid": issuer().key_id}),
        forged({"alg": "None", "kid": issuer().key_id}),
        forged({"alg": "none"}),
        confused(),
        forged({"alg": "RS256", "kid": issuer().key_id}),
        forged({"alg": "RS256", "kid": issuer().key_id}, b"\0" * 256),
        forged({"alg": "PS256", "kid": issuer().key_id}, b"\0" * 256),
        forged({"alg": ["RS256"], "kid": issuer().key_id}),
        forged({"alg": "RS256", "kid": ["a"]}),
        forged({"alg": "RS256", "kid": issuer().key_id, "crit": ["exp"]}),
        forged({"alg": "RS256", "jwk": issuer().published()["keys"][0], "kid": "mine"}),
        forged({"alg": "RS256", "jku": f"{STRANGER}/keys", "kid": "mine"}),
        replace(issuer(STRANGER), url=URL).token(),
        replace(issuer(STRANGER), url=URL, key_id=issuer().key_id).token(),
        made()[:-10],
        made().rpartition(".")[0] + ".",
        "x",
        "..",
        "\udcff",
        "é",
        "[" * 9000,
        base64.urlsafe_b64encode(b"[" * 9000).decode() + ".e30.e30",
        "a" * 20_000,
    ],
    ids=range(23),
)
async def test_a_forgery_is_refused(token: str) -> None:
    found = await read(token)
    assert isinstance(found, Unproven)
    assert token[:50] not in found.reason or len(token) < 5


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dTpw", "Negotiate x"])
async def test_what_is_no_bearer_token_is_told_what_to_send(header: str) -> None:
    tokens = BearerTokens(TRUST, PublishedKeys(METADATA, publishing(issuer())))
    found = await tokens.identify({"authorization": header} if header else {})
    assert isinstance(found, Unproven)
    assert "Authorization: Bearer" in found.reason


async def test_what_a_token_calls_somebody_can_be_printed_and_has_an_end() -> None:
    found = await read(made(preferred_username="a\x1b[31m\n\u202eb" + "c" * 500))
    assert isinstance(found, Identity)
    assert found.signature.isprintable()
    assert 1 <= len(found.signature) <= 200
