"""Registries of the test, real servers on loopback: one answers as it is told, one remembers."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext

from aiohttp import web

from core.registry.interface import Endpoint
from core.registry.patience import Patience

type Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

HASTY = Patience(
    connect=5.0,
    silence=5.0,
    answer=20.0,
    download=20.0,
    tries=3,
    pages=20,
    first_pause=0.01,
    longest_pause=0.05,
)
"""Waits long enough for a slow machine, and pauses for no longer than a test can bear."""


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def local(server: str, *, realms: frozenset[str] = frozenset()) -> Endpoint:
    return Endpoint(login_server=server, plain_http=True, realms=realms)


@asynccontextmanager
async def serving(handler: Handler, ssl_context: SSLContext | None = None) -> AsyncIterator[str]:
    """Serve on a free port of loopback; gives host and port."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"{host}:{port}"
    finally:
        await runner.cleanup()


class Script:
    """Answers the same path with one answer after the other, the last one for ever."""

    def __init__(self, *answers: Handler | web.Response) -> None:
        self._answers = answers
        self.requests: list[web.BaseRequest] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        position = min(len(self.requests), len(self._answers) - 1)
        self.requests.append(request)
        answer = self._answers[position]
        if isinstance(answer, web.Response):
            return _copy(answer)
        return await answer(request)

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def sent(self, header: str) -> list[str | None]:
        """What each request said in a header."""
        return [request.headers.get(header) for request in self.requests]


def _copy(answer: web.Response) -> web.Response:
    """A response is sent once; its like can be sent again."""
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    return web.Response(status=answer.status, body=answer.body, headers=headers)
