"""Azure's own exchange: an identity's token, then a refresh token, then one for one repository."""

import base64
import json

import pytest
from aiohttp import web
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from core.errors import AccessDenied, InvalidReference, PratiqueError, RegistryUnavailable
from core.registry.acr import ACR_SCOPE, AcrIdentity
from core.registry.authentication import BearerToken
from core.registry.client import RegistryClient
from core.registry.interface import Endpoint
from core.registry.tokens import AcrPullTokens, NoPullTokens, PullTokens
from core.registry.transport import Transport
from tests.support.azure import Pretender
from tests.unit.core.registry.servers import HASTY, digest_of, local, serving

BLOB = b"{}"
DIGEST = digest_of(BLOB)


def jwt(subject: str) -> str:
    claims = json.dumps({"sub": subject, "iat": 1000, "exp": 1000 + 4500}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"


class AzureRegistry:
    """The two exchanges and a blob, as Azure Container Registry has them."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.refresh = jwt("refresh-1")
        self.issued = 0

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST":
            form = {name: str(value) for name, value in (await request.post()).items()}
            self.forms.append({"path": request.path, **form})
            return self._exchange(request, form)
        scope = f"repository:{request.path.split('/')[2]}:pull"
        if request.headers.get("Authorization") == f"Bearer {jwt(scope)}":
            return web.Response(body=BLOB)
        return web.Response(status=401, headers={"WWW-Authenticate": 'Bearer realm="x"'})

    def _exchange(self, request: web.BaseRequest, form: dict[str, str]) -> web.Response:
        if form.get("service") != request.host:
            return web.Response(status=400)
        if request.path == "/oauth2/exchange" and form.get("access_token") == "worthless":
            return web.json_response({"refresh_token": self.refresh})
        if request.path == "/oauth2/token" and form.get("refresh_token") == self.refresh:
            self.issued += 1
            return web.json_response({"access_token": jwt(form["scope"])})
        return web.Response(status=401)


async def fetch(client: RegistryClient, repository: str = "app") -> bytes:
    return await client.blob(repository, DIGEST, len(BLOB))


async def test_an_identity_reads_through_both_exchanges_and_keeps_what_it_got() -> None:
    registry, identity = AzureRegistry(), Pretender()
    async with (
        serving(registry) as server,
        RegistryClient(local(server), AcrIdentity(identity), HASTY) as client,
    ):
        assert await fetch(client) == await fetch(client) == BLOB
        assert await fetch(client, "other") == BLOB
    assert identity.scopes == [ACR_SCOPE]
    assert registry.forms == [
        {
            "path": "/oauth2/exchange",
            "grant_type": "access_token",
            "service": server,
            "access_token": "worthless",
        },
        *(
            {
                "path": "/oauth2/token",
                "grant_type": "refresh_token",
                "service": server,
                "scope": f"repository:{repository}:pull",
                "refresh_token": registry.refresh,
            }
            for repository in ("app", "other")
        ),
    ]


async def test_a_pull_token_is_good_for_its_repository_and_no_other() -> None:
    registry = AzureRegistry()
    tokens: PullTokens = AcrPullTokens(Pretender(), patience=HASTY)
    async with serving(registry) as server:
        token = await tokens.for_repository(local(server), "app")
        assert token == jwt("repository:app:pull")
        async with RegistryClient(local(server), BearerToken(token), HASTY) as client:
            assert await fetch(client) == BLOB
            with pytest.raises(AccessDenied):
                await fetch(client, "other")


async def test_every_pull_token_is_new_but_the_identity_signs_in_once() -> None:
    registry, identity = AzureRegistry(), Pretender()
    tokens = AcrPullTokens(identity, patience=HASTY)
    async with serving(registry) as server:
        for _ in range(3):
            await tokens.for_repository(local(server), "app")
    assert len(identity.scopes) == 1
    assert registry.issued == 3


async def test_a_revoked_refresh_token_is_replaced() -> None:
    registry, identity = AzureRegistry(), Pretender()
    tokens = AcrPullTokens(identity, patience=HASTY)
    async with serving(registry) as server:
        await tokens.for_repository(local(server), "app")
        registry.refresh = jwt("refresh-2")
        assert await tokens.for_repository(local(server), "app") == jwt("repository:app:pull")
    assert len(identity.scopes) == 2


async def test_an_identity_without_a_role_is_denied_after_signing_in_anew() -> None:
    async def refusing(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=401)

    async with serving(refusing) as server:
        with pytest.raises(AccessDenied, match="check the identity's role"):
            await AcrPullTokens(Pretender(), patience=HASTY).for_repository(local(server), "app")


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ClientAuthenticationError("no identity"), AccessDenied),
        (ServiceRequestError("no network"), RegistryUnavailable),
    ],
)
async def test_an_entra_that_gives_no_token_is_told_apart_from_one_that_is_not_there(
    error: Exception, raised: type[PratiqueError]
) -> None:
    async with serving(AzureRegistry()) as server:
        with pytest.raises(raised):
            await AcrPullTokens(Pretender(error), patience=HASTY).for_repository(
                local(server), "app"
            )


async def test_where_the_cloud_is_known_the_token_is_shown_in_that_cloud_alone() -> None:
    identity = Pretender()
    tokens = AcrPullTokens(identity, patience=HASTY, domains=(".azurecr.cn",))
    with pytest.raises(AccessDenied, match="no Azure Container Registry"):
        await tokens.for_repository(Endpoint(login_server="demo.azurecr.io"), "app")
    assert identity.scopes == []


@pytest.mark.parametrize(
    "server", ["registry.example.com", "evilazurecr.io", "azurecr.io.evil.com"]
)
async def test_the_identity_s_token_is_shown_to_azure_only(server: str) -> None:
    identity = Pretender()
    async with Transport(Endpoint(login_server=server), HASTY) as transport:
        with pytest.raises(AccessDenied, match="no Azure Container Registry"):
            await AcrIdentity(identity).access_token(transport, "repository:app:pull")
    assert identity.scopes == []


async def test_a_redirected_exchange_is_not_followed_with_its_secrets() -> None:
    leaked: list[str] = []

    async def elsewhere(request: web.BaseRequest) -> web.StreamResponse:
        leaked.append(await request.text())
        return web.json_response({"refresh_token": "a"})

    async with serving(elsewhere) as other:

        async def registry(request: web.BaseRequest) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": f"http://{other}/"})

        async with serving(registry) as server:
            with pytest.raises(RegistryUnavailable, match="answers 307"):
                await AcrPullTokens(Pretender(), patience=HASTY).for_repository(local(server), "a")
    assert leaked == []


async def test_no_token_is_minted_for_what_is_no_repository() -> None:
    registry = AzureRegistry()
    async with serving(registry) as server:
        with pytest.raises(InvalidReference):
            await AcrPullTokens(Pretender(), patience=HASTY).for_repository(
                local(server), "app:pull registry:catalog:*"
            )
    assert registry.forms == []


async def test_where_pulls_are_anonymous_there_is_no_token() -> None:
    tokens: PullTokens = NoPullTokens()
    assert await tokens.for_repository(local("127.0.0.1:5000"), "app") is None
