"""Redirects lead outwards or sideways, never inwards, and credentials stay at home."""

import socket
import ssl

import pytest
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from core.errors import AccessDenied, RegistryError, RegistryUnavailable, UntrustedContent
from core.registry.authentication import BearerToken, ByChallenge
from core.registry.boundary import Zone
from core.registry.client import RegistryClient
from core.registry.interface import Endpoint
from core.registry.transport import MAX_REDIRECTS
from tests.unit.core.registry.servers import HASTY, Script, digest_of, local, serving

BLOB = b"layer"
DIGEST = digest_of(BLOB)


def to(location: str, status: int = 307) -> web.Response:
    return web.Response(status=status, headers={"Location": location})


class Names(AbstractResolver):
    """A name service that knows what it is told: each name's addresses, one after the other."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All addresses of a name at once."""
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for address in self._names[host]
        ]

    async def close(self) -> None:
        """Nothing to close."""


async def fetch(client: RegistryClient) -> bytes:
    return await client.blob("app", DIGEST, len(BLOB))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_blob_may_lie_elsewhere_and_is_fetched_there_without_the_token(
    status: int,
) -> None:
    storage = Script(web.Response(body=BLOB))
    async with serving(storage) as elsewhere:
        registry = Script(to(f"http://{elsewhere}/data?sig=a%2Bb%2F&se=1", status))
        async with (
            serving(registry) as server,
            RegistryClient(local(server), BearerToken("secret"), HASTY) as client,
        ):
            assert await fetch(client) == BLOB
    assert registry.sent("Authorization") == ["Bearer secret"]
    assert storage.sent("Authorization") == [None]
    assert storage.requests[0].raw_path == "/data?sig=a%2Bb%2F&se=1"


async def test_a_redirect_within_the_registry_keeps_the_token() -> None:
    registry = Script(to("/moved"), web.Response(body=BLOB))
    async with (
        serving(registry) as server,
        RegistryClient(local(server), BearerToken("secret"), HASTY) as client,
    ):
        assert await fetch(client) == BLOB
    assert registry.sent("Authorization") == ["Bearer secret", "Bearer secret"]


async def test_a_token_that_was_dropped_on_the_way_out_is_not_picked_up_on_the_way_back() -> None:
    seen: list[str | None] = []

    async def registry(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization"))
        if request.path == "/again":
            return web.Response(body=BLOB)
        return to(f"http://{elsewhere}/{request.host}")

    async def send_back(request: web.BaseRequest) -> web.StreamResponse:
        return to(f"http:/{request.path}/again")

    async with (
        serving(send_back) as elsewhere,
        serving(registry) as server,
        RegistryClient(local(server), BearerToken("secret"), HASTY) as client,
    ):
        assert await fetch(client) == BLOB
    assert seen == ["Bearer secret", None]


async def test_a_challenge_from_elsewhere_is_not_answered() -> None:
    curious = Script(web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'}))
    async with serving(curious) as elsewhere:
        registry = Script(to(f"http://{elsewhere}/"))
        login = ByChallenge("user", "password")
        async with (
            serving(registry) as server,
            RegistryClient(local(server), login, HASTY) as client,
        ):
            with pytest.raises(AccessDenied):
                await fetch(client)
    assert curious.sent("Authorization") == [None]


async def test_a_circle_of_redirects_ends() -> None:
    registry = Script(to("/around"))
    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        with pytest.raises(UntrustedContent, match="without an end"):
            await fetch(client)
    assert len(registry.requests) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/metadata/identity/oauth2/token",
        "http://[::ffff:169.254.169.254]/",
        "http://0xa9fea9fe/",
        "http://168.63.129.16/machine",
        "http://[fe80::1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://0.0.0.0:80/",
        "http://[::]:80/",
    ],
)
async def test_no_registry_not_even_a_local_one_sends_us_to_a_metadata_service(
    location: str,
) -> None:
    registry = Script(to(location))
    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        with pytest.raises(UntrustedContent, match="nearer to us than the registry"):
            await fetch(client)
    assert len(registry.requests) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "data.test", "many.test"])
async def test_a_public_registry_does_not_send_us_to_this_machine(host: str) -> None:
    names = Names({"data.test": ["127.0.0.1"], "many.test": ["127.0.0.1", "127.0.0.2"]})
    storage = Script(web.Response(body=BLOB))
    async with serving(storage) as elsewhere:
        port = elsewhere.partition(":")[2]
        registry = Script(to(f"http://{host}:{port}/"))
        resolver = names if host.endswith(".test") else None
        async with (
            serving(registry) as server,
            RegistryClient(
                local(server), None, HASTY, resolver=resolver, reach=Zone.PUBLIC
            ) as client,
        ):
            with pytest.raises(RegistryError):
                await fetch(client)
    assert storage.requests == []


async def test_a_name_is_judged_by_the_address_that_is_connected_to_not_by_an_earlier_one() -> None:
    """DNS rebinding: the name is harmless when it is looked at, and not when it is used."""
    storage = Script(web.Response(body=BLOB))
    async with serving(storage) as elsewhere:
        port = elsewhere.partition(":")[2]
        names = Names({"data.test": ["127.0.0.1"]})
        registry = Script(to(f"http://data.test:{port}/"))
        async with (
            serving(registry) as server,
            RegistryClient(local(server), None, HASTY, resolver=names) as client,
        ):
            assert await fetch(client) == BLOB  # a registry on loopback may send us there
        async with (
            serving(registry) as server,
            RegistryClient(
                local(server), None, HASTY, resolver=names, reach=Zone.PRIVATE
            ) as client,
        ):
            with pytest.raises(UntrustedContent, match="nearer to us"):
                await fetch(client)
    assert len(storage.requests) == 1


@pytest.mark.parametrize(
    "location",
    ["ftp://example.com/", "file:///etc/passwd", "http://u:p@127.0.0.1/", "http://[::1"],
)
async def test_a_redirect_to_no_proper_url_is_not_followed(location: str) -> None:
    registry = Script(to(location))
    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        with pytest.raises(UntrustedContent):
            await fetch(client)
    assert len(registry.requests) == 1


async def test_a_redirect_without_a_target_goes_round_in_circles() -> None:
    registry = Script(web.Response(status=307))
    async with serving(registry) as server, RegistryClient(local(server), None, HASTY) as client:
        with pytest.raises(UntrustedContent):
            await fetch(client)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


async def test_a_registry_with_https_is_not_left_for_plain_http(
    authority: trustme.CA, server_context: ssl.SSLContext
) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    storage = Script(web.Response(body=BLOB))
    async with serving(storage) as elsewhere:
        registry = Script(web.Response(body=BLOB), to(f"http://{elsewhere}/"))
        async with serving(registry, server_context) as server:
            endpoint = Endpoint(login_server=server.replace("127.0.0.1", "localhost"))
            async with RegistryClient(endpoint, None, HASTY, ssl_context=trusting) as client:
                assert await fetch(client) == BLOB
                with pytest.raises(UntrustedContent, match="not to https"):
                    await fetch(client)
    assert storage.requests == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    server_context: ssl.SSLContext,
) -> None:
    async with serving(Script(web.Response(body=BLOB)), server_context) as server:
        endpoint = Endpoint(login_server=server.replace("127.0.0.1", "localhost"))
        async with RegistryClient(endpoint, None, HASTY) as client:
            with pytest.raises(RegistryUnavailable, match="cannot be reached"):
                await fetch(client)
