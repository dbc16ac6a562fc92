"""HTTP to a registry and to where it sends us: redirects by hand, nothing unpacked, all bounded.

Two pools of connections: one to the registry's own origin, wherever its administrator says that it
is, and one to everywhere else, which is kept outside of our network (`core/registry/boundary.py`).
Credentials go to the origin that they were meant for, and are dropped when a redirect leaves it.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from socket import socket
from ssl import SSLContext
from types import TracebackType
from typing import Literal, Self

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from core.errors import RegistryUnavailable, UntrustedContent
from core.registry.boundary import AddrInfo, Boundary, ForbiddenAddress, Zone
from core.registry.interface import Endpoint, origin
from core.registry.patience import Patience

USER_AGENT = "pratique"
"""By this name the registry's logs tell our own pulls from other people's."""

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


type Method = Literal["GET", "HEAD"]
"""How something is asked for."""


class Transport:
    """Sends requests for one registry. Entered as a context, which ends its connections."""

    endpoint: Endpoint
    """The registry."""
    patience: Patience
    """How long to wait for it."""

    def __init__(
        self,
        endpoint: Endpoint,
        patience: Patience,
        *,
        ssl_context: SSLContext | None = None,
        resolver: AbstractResolver | None = None,
        reach: Zone | None = None,
    ) -> None:
        """The last three are for certificates and names of one's own, and a narrower boundary."""
        self.endpoint = endpoint
        self.patience = patience
        self._ssl = ssl_context
        self._resolver = resolver
        self._boundary = Boundary(reach)
        self._sessions: tuple[ClientSession, ClientSession] | None = None

    async def __aenter__(self) -> Self:
        own = self._session(self._boundary.registry_socket)
        self._sessions = own, self._session(self._boundary.foreign_socket)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in self._sessions or ():
            await session.close()

    @asynccontextmanager
    async def get(
        self,
        url: URL,
        headers: Mapping[str, str],
        authorization: str | None,
        method: Method = "GET",
    ) -> AsyncIterator[ClientResponse]:
        """Send a GET (or a HEAD), follow its redirects, and give the answer, whatever its status.

        Raises RegistryUnavailable without an answer, UntrustedContent for a redirect that leads
        astray.
        """
        for _ in range(MAX_REDIRECTS + 1):
            async with self._send(method, url, headers, authorization) as response:
                if response.status not in _REDIRECTS:
                    yield response
                    return
                target = self._target(response)
            authorization = authorization if origin(target) == origin(url) else None
            url = target
        raise UntrustedContent(f"{self.endpoint.login_server} redirects without an end.")

    @asynccontextmanager
    async def post(self, url: URL, form: Mapping[str, str]) -> AsyncIterator[ClientResponse]:
        """Send a form, which may hold secrets: a redirect of it is an answer like any other."""
        async with self._send("POST", url, {}, None, form) as response:
            yield response

    @asynccontextmanager
    async def _send(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        authorization: str | None,
        form: Mapping[str, str] | None = None,
    ) -> AsyncIterator[ClientResponse]:
        if self._sessions is None:
            raise RuntimeError("The transport is used outside of its context.")
        own, foreign = self._sessions
        session = own if self.endpoint.serves(url) else foreign
        sent = (
            dict(headers) if authorization is None else {**headers, "Authorization": authorization}
        )
        with _translated(url):
            async with session.request(
                method, url, headers=sent, data=form, allow_redirects=False
            ) as response:
                yield response

    def _target(self, response: ClientResponse) -> URL:
        """Where a redirect leads; raises UntrustedContent where we must not follow."""
        location = response.headers.get("Location", "")
        try:
            target = response.url.join(URL(location, encoded=True)).with_fragment(None)
            check_url(target, self.endpoint)
        except ValueError as error:
            raise UntrustedContent(
                f"{self.endpoint.login_server} redirects, but {error}"
            ) from error
        return target

    def _session(self, socket_factory: Callable[[AddrInfo], socket]) -> ClientSession:
        connector = TCPConnector(
            ssl=self._ssl or True, resolver=self._resolver, socket_factory=socket_factory
        )
        return ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            timeout=ClientTimeout(
                total=None,
                sock_connect=self.patience.connect,
                sock_read=self.patience.silence,
            ),
            auto_decompress=False,  # digests are of what is sent, and gzip may be a bomb
        )


def check_url(url: URL, endpoint: Endpoint) -> None:
    """Raise ValueError for a URL that a registry must not name: not HTTPS, or not in order."""
    allowed = {"https", "http"} if endpoint.plain_http else {"https"}
    if url.scheme not in allowed:
        raise ValueError(f"not to {' or '.join(sorted(allowed))}")
    if not url.host or url.user is not None or url.password is not None:
        raise ValueError("not to a URL with a host and without a user")
    if not str(url).isascii() or not str(url).isprintable() or " " in str(url):
        raise ValueError("not to a URL of printable ASCII without spaces")


@contextmanager
def _translated(url: URL) -> Iterator[None]:
    """Turn what goes wrong on the way into our own errors. They name hosts: URLs hold secrets."""
    try:
        yield
    except ClientConnectorError as error:
        if isinstance(error.os_error, ForbiddenAddress):
            raise UntrustedContent(f"We are sent to {url.host}, and {error.os_error}.") from error
        raise RegistryUnavailable(f"{url.host} cannot be reached: {error.os_error}.") from error
    except ClientError as error:
        raise RegistryUnavailable(f"{url.host} broke off: {type(error).__name__}.") from error
