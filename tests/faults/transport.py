"""A network that goes wrong at the k-th request: beneath the Azure SDKs, above a real service.

`storage.py` makes a call of a port fail, which is quick and exact. Here the request itself meets
with misfortune, as an SDK's own retries, a proxy and a service see it: so what the adapters make of
an answer, and what the SDK repeats by itself, has its part in the test.
"""

import copy
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum

from aiohttp import web
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

from dev.recording import RecordingTransport, describe

type Send = Callable[[HttpRequest], Awaitable[AsyncHttpResponse]]


class Misfortune(Enum):
    """What can happen to a request on its way."""

    LOST = "loses the request"
    UNANSWERED = "executes it and loses the answer"
    DELAYED = "delays it past the next one"
    DOUBLED = "executes it twice, and tells of the second time"
    FAILED = "answers 500 though it executed it"
    BROKEN = "answers 500"
    BUSY = "answers 503"
    THROTTLED = "answers 429"
    TIMED_OUT = "answers 408"


_STATUS = {
    Misfortune.FAILED: 500,
    Misfortune.BROKEN: 500,
    Misfortune.BUSY: 503,
    Misfortune.THROTTLED: 429,
    Misfortune.TIMED_OUT: 408,
}

STUBBORN = 20
"""Requests in a row that outlast whatever an SDK repeats by itself."""


@dataclass(slots=True)
class Weather:
    """Strikes requests by their numbers, over all transports of an account."""

    refusing: str
    """The address of a server that refuses: what `refuser` gives."""
    misfortune: Misfortune | None = None
    first: int = 0
    last: int = 0
    sent: int = 0
    """Requests since the forecast."""
    _late: list[Callable[[], Awaitable[AsyncHttpResponse]]] = field(default_factory=list)

    def transport(self) -> AsyncHttpTransport[HttpRequest, AsyncHttpResponse]:
        """A transport for one client: pass this method as `open_account`'s transport factory."""
        return _Exposed(self)

    def forecast(self, misfortune: Misfortune, first: int, count: int = 1) -> None:
        """Strike `count` requests from the `first` on, counted from now."""
        self.misfortune, self.first, self.last = misfortune, first, first + count - 1
        self.sent = 0

    async def clear(self) -> None:
        """Strike nothing any more; what was delayed arrives now."""
        self.misfortune = None
        await self._arrive()

    async def pass_on(self, request: HttpRequest, send: Send) -> AsyncHttpResponse:
        """Send a request, or let it meet its fate."""
        self.sent += 1
        misfortune = self.misfortune
        if misfortune is None or not self.first <= self.sent <= self.last:
            answer = await send(request)
            await self._arrive()
            return answer
        seen = describe(request)
        match misfortune:
            case Misfortune.LOST:
                raise ServiceRequestError(f"{misfortune.value}: {seen}")
            case Misfortune.UNANSWERED:
                await _discard(await send(request))
                raise ServiceResponseError(f"{misfortune.value}: {seen}")
            case Misfortune.DELAYED:
                kept = copy.deepcopy(request)
                self._late.append(lambda: send(kept))
                raise ServiceResponseError(f"{misfortune.value}: {seen}")
            case Misfortune.DOUBLED:
                await _discard(await send(copy.deepcopy(request)))
                return await send(request)
            case Misfortune.FAILED:
                await _discard(await send(copy.deepcopy(request)))
        return await send(self._redirected(request, _STATUS[misfortune]))

    def _redirected(self, request: HttpRequest, status: int) -> HttpRequest:
        """The same request to the server that refuses: its answer is as real as any."""
        refused = copy.deepcopy(request)
        refused.url = f"{self.refusing}/{status}"
        return refused

    async def _arrive(self) -> None:
        late, self._late = self._late, []
        for send in late:
            await _discard(await send())


class _Exposed(RecordingTransport):
    """A client's transport, open to the weather."""

    def __init__(self, weather: Weather) -> None:
        super().__init__([])
        self._weather = weather

    async def send(self, request: HttpRequest, **kwargs: object) -> AsyncHttpResponse:
        return await self._weather.pass_on(request, lambda one: self.pass_on(one, **kwargs))


async def _discard(answer: AsyncHttpResponse) -> None:
    """Nobody hears of this answer, but its connection is given back."""
    await answer.read()
    await answer.close()


@asynccontextmanager
async def refuser() -> AsyncIterator[str]:
    """A server on loopback that answers every request with the status that its path names."""

    async def refuse(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=int(request.path.removeprefix("/")), text="refused")

    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_route("*", "/{status}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
