"""Azure on loopback: an identity whose tokens are worth nothing, and servers that take its place.

The SDKs are Azure's own and refuse to show a token to anybody but HTTPS, so the servers speak it,
with a certificate that only these tests trust.
"""

import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self, cast

import trustme
from aiohttp import ClientSession, TCPConnector, web
from aiohttp.abc import AbstractResolver, ResolveResult
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

type Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Pretender:
    """A credential that gives everybody a token, and remembers for what; or fails as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.scopes: list[str] = []
        self._error = error

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **kwargs: object,
    ) -> AccessToken:
        if self._error is not None:
            raise self._error
        self.scopes.extend(scopes)
        return AccessToken("worthless", int(time.time()) + 3600)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Nothing is open."""


class _Here(AbstractResolver):
    """Finds every host of the world at one port of loopback."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        here = ResolveResult(
            hostname=host, host="127.0.0.1", port=self._port, family=2, proto=0, flags=0
        )
        return [here]

    async def close(self) -> None:
        """Nothing is open."""


class Azure:
    """The world as one server: whatever host is asked, it answers."""

    def __init__(self, port: int, trust: ssl.SSLContext) -> None:
        self._port = port
        self._trust = trust

    def transport(self) -> AsyncHttpTransport[HttpRequest, AsyncHttpResponse]:
        """A transport for one client, that finds every host here."""
        connector = TCPConnector(resolver=_Here(self._port), ssl=self._trust)
        session = ClientSession(connector=connector)
        transport = AioHttpTransport(session=session, session_owner=True)
        return cast("AsyncHttpTransport[HttpRequest, AsyncHttpResponse]", transport)


@asynccontextmanager
async def azure(handler: Handler, *hosts: str) -> AsyncIterator[Azure]:
    """Serve as all of those hosts."""
    authority = trustme.CA()
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*hosts).configure_cert(serving)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=serving)
    await site.start()
    try:
        yield Azure(int(runner.addresses[0][1]), trust)
    finally:
        await runner.cleanup()
