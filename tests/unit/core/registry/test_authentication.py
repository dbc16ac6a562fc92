"""Credentials are shown to whom they belong, tokens are asked for narrowly and kept while valid."""

import base64
import json
from collections.abc import Mapping

import pytest
from aiohttp import web

from core.errors import AccessDenied, RegistryUnavailable, UntrustedContent
from core.registry.authentication import (
    BearerToken,
    ByChallenge,
    Token,
    TokenCache,
    parse_token,
)
from core.registry.client import RegistryClient
from tests.unit.core.registry.servers import HASTY, Script, digest_of, local, serving

BLOB = b"{}"
DIGEST = digest_of(BLOB)
LOGIN = "Basic " + base64.b64encode(b"user:pass:word").decode()


class GuardedRegistry:
    """A registry with a token service, which takes no request without a token of its own making."""

    def __init__(self, *, answer: Mapping[str, object] | None = None, realm: str = "") -> None:
        self.answer: Mapping[str, object] = {"token": "t.1"} if answer is None else answer
        self.realm = realm
        self.token_requests: list[web.BaseRequest] = []
        self.shown: list[str | None] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/token":
            self.token_requests.append(request)
            return web.json_response(self.answer)
        self.shown.append(request.headers.get("Authorization"))
        if self.shown[-1] == f"Bearer {self.answer.get('token')}":
            return web.Response(body=BLOB)
        realm = self.realm or f"http://{request.host}/token"
        challenge = f'Bearer realm="{realm}",service="reg",scope="repository:app:pull,push,delete"'
        return web.Response(status=401, headers={"WWW-Authenticate": challenge})


async def fetch(client: RegistryClient, repository: str = "app") -> bytes:
    return await client.blob(repository, DIGEST, len(BLOB))


async def test_a_token_is_fetched_when_asked_for_and_used_again() -> None:
    registry = GuardedRegistry(answer={"token": "t.1", "expires_in": 300})
    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        assert await fetch(client) == await fetch(client) == BLOB
    assert registry.shown == [None, "Bearer t.1", "Bearer t.1"]
    [asked] = registry.token_requests
    assert asked.headers.get("Authorization") is None


async def test_the_scope_asked_for_is_what_is_needed_not_what_the_challenge_says() -> None:
    registry = GuardedRegistry()
    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        await fetch(client)
    [asked] = registry.token_requests
    assert dict(asked.query) == {"scope": "repository:app:pull", "service": "reg"}


async def test_each_repository_has_a_token_of_its_own() -> None:
    registry = GuardedRegistry(answer={"token": "t.1", "expires_in": 300})
    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        await fetch(client, "a")
        await fetch(client, "b")
    scopes = [request.query["scope"] for request in registry.token_requests]
    assert scopes == ["repository:a:pull", "repository:b:pull"]


async def test_a_token_that_is_about_to_end_is_not_used_again() -> None:
    registry = GuardedRegistry(answer={"token": "t.1", "expires_in": 5})
    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        await fetch(client)
        await fetch(client)
    assert len(registry.token_requests) == 2


async def test_a_refused_token_is_denied_after_one_answer() -> None:
    registry = GuardedRegistry(answer={"access_token": "of-no-use"})
    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        with pytest.raises(AccessDenied):
            await fetch(client)
    assert registry.shown == [None, "Bearer of-no-use"]


async def test_name_and_password_go_to_the_registry_s_own_token_service() -> None:
    registry = GuardedRegistry()
    login = ByChallenge("user", "pass:word")
    async with serving(registry) as server, RegistryClient(local(server), login, HASTY) as client:
        assert await fetch(client) == BLOB
    assert registry.shown == [None, "Bearer t.1"]  # and not to the registry, which wants a token
    assert [asked.headers["Authorization"] for asked in registry.token_requests] == [LOGIN]


async def test_name_and_password_do_not_go_elsewhere_because_a_challenge_says_so() -> None:
    elsewhere = GuardedRegistry()
    async with serving(elsewhere) as other:
        registry = GuardedRegistry(realm=f"http://{other}/token")
        login = ByChallenge("user", "pass:word")
        async with (
            serving(registry) as server,
            RegistryClient(local(server), login, HASTY) as client,
        ):
            with pytest.raises(UntrustedContent, match=r"wants its credentials sent to 127\.0"):
                await fetch(client)
    assert elsewhere.token_requests == []


async def test_name_and_password_go_to_a_realm_that_is_configured() -> None:
    elsewhere = GuardedRegistry()
    async with serving(elsewhere) as other:
        registry = GuardedRegistry(realm=f"http://{other}/token")
        async with serving(registry) as server:
            endpoint = local(server, realms=frozenset({"127.0.0.1"}))
            login = ByChallenge("user", "pass:word")
            async with RegistryClient(endpoint, login, HASTY) as client:
                assert await fetch(client) == BLOB
    assert [asked.headers["Authorization"] for asked in elsewhere.token_requests] == [LOGIN]


async def test_without_credentials_any_realm_outside_may_be_asked() -> None:
    elsewhere = GuardedRegistry()
    async with serving(elsewhere) as other:
        registry = GuardedRegistry(realm=f"http://{other}/token")
        async with (
            serving(registry) as server,
            RegistryClient(local(server), None, HASTY) as client,
        ):
            assert await fetch(client) == BLOB


async def test_no_realm_is_asked_that_lies_inside() -> None:
    registry = GuardedRegistry(realm="http://169.254.169.254/metadata/identity/oauth2/token")
    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        with pytest.raises(UntrustedContent, match="nearer to us"):
            await fetch(client)


async def test_name_and_password_are_shown_to_a_registry_that_asks_for_them() -> None:
    shown: list[str | None] = []

    async def registry(request: web.BaseRequest) -> web.StreamResponse:
        shown.append(request.headers.get("Authorization"))
        if shown[-1] == LOGIN:
            return web.Response(body=BLOB)
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    async with serving(registry) as server:
        login = ByChallenge("user", "pass:word")
        async with RegistryClient(local(server), login, HASTY) as client:
            assert await fetch(client) == await fetch(client) == BLOB
        async with RegistryClient(local(server), ByChallenge("user", "x"), HASTY) as client:
            with pytest.raises(AccessDenied):
                await fetch(client)
        async with RegistryClient(local(server), None, HASTY) as client:
            with pytest.raises(AccessDenied):
                await fetch(client)
    assert shown[:3] == [None, LOGIN, LOGIN]


async def test_a_token_of_somebody_else_s_making_is_shown_at_once_and_never_replaced() -> None:
    registry = GuardedRegistry()
    async with serving(registry) as server:
        async with RegistryClient(local(server), BearerToken("t.1"), HASTY) as client:
            assert await fetch(client) == BLOB
        async with RegistryClient(local(server), BearerToken("old"), HASTY) as client:
            with pytest.raises(AccessDenied):
                await fetch(client)
    assert registry.token_requests == []
    assert registry.shown[0] == "Bearer t.1"


async def test_a_busy_token_service_is_waited_for() -> None:
    answers = Script(
        web.Response(status=429, headers={"Retry-After": "0"}), web.json_response({"token": "t.1"})
    )

    async def registry(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/token":
            return await answers(request)
        if request.headers.get("Authorization") == "Bearer t.1":
            return web.Response(body=BLOB)
        challenge = f'Bearer realm="http://{request.host}/token"'
        return web.Response(status=401, headers={"WWW-Authenticate": challenge})

    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        assert await fetch(client) == BLOB


def jwt(**claims: float) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}.sig"


@pytest.mark.parametrize(
    ("answer", "lifetime"),
    [
        ({"token": "a", "expires_in": 300}, 300),
        ({"access_token": "a"}, 60),
        ({"access_token": jwt(iat=1000, exp=5500)}, 4500),
        ({"access_token": jwt(iat=1000, exp=5500), "expires_in": 30}, 30),
        ({"access_token": jwt(iat=5500, exp=1000)}, 0),
        ({"access_token": jwt(exp=5500)}, 60),
        ({"access_token": "a.!.b".replace("!", "_")}, 60),
    ],
)
def test_a_token_says_how_long_it_lasts(answer: dict[str, object], lifetime: float) -> None:
    assert parse_token(json.dumps(answer).encode(), "token").lifetime == lifetime


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"token": ""}',
        b'{"token": 5}',
        b'{"token": "a\\r\\nX-Evil: 1"}',
        b'{"token": "a b"}',
        b'{"token": "a", "expires_in": -1}',
        b'{"refresh_token": "a"}',
        b'{"token":' + b"[" * 100_000,
    ],
)
def test_what_is_no_token_is_no_answer(body: bytes) -> None:
    with pytest.raises(RegistryUnavailable):
        parse_token(body, "token")


def test_a_token_is_kept_until_shortly_before_its_end_and_an_hour_at_most() -> None:
    now = 0.0
    cache = TokenCache(clock=lambda: now)
    cache.put("a", Token(value="x", lifetime=100))
    cache.put("b", Token(value="y", lifetime=1e9))
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("x", "y", None)
    now = 71.0
    assert (cache.get("a"), cache.get("b")) == (None, "y")
    now = 3571.0
    assert cache.get("b") is None
