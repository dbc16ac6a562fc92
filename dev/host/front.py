"""The host's front: takes requests, asks for keys, and finds who is to answer."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web
from multidict import MultiMapping

from dev.host.admin import Admin
from dev.host.bindings import Function
from dev.host.event_grid import EventGridWebhook
from dev.host.keys import AuthLevel, Keys
from dev.host.protos import RpcHttp, TypedData
from dev.host.responses import response
from dev.host.routes import Route, decode_path
from dev.host.worker import Outcome

log = logging.getLogger("host.http")

BODY_LIMIT = 100 * 1024 * 1024
"""Bytes of a request that are read: the host's own limit, `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`."""

type Invoke = Callable[[Function, TypedData], Awaitable[Outcome]]


class Front:
    """Every request comes in here."""

    def __init__(
        self,
        *,
        routes: Sequence[Route],
        keys: Keys,
        invoke: Invoke,
        event_grid: EventGridWebhook,
        admin: Admin,
    ) -> None:
        self._routes = routes
        self._keys = keys
        self._invoke = invoke
        self._event_grid = event_grid
        self._admin = admin

    def application(self) -> web.Application:
        """The aiohttp application, with one handler for everything."""
        application = web.Application(client_max_size=BODY_LIMIT)
        application.router.add_route("*", r"/{path:[\s\S]*}", self._answer)  # line breaks, too
        return application

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = decode_path(request.rel_url.raw_path)
        match path.strip("/").split("/"):
            case [""] if not self._has_page(path):
                return web.Response(text="The local Functions host is up.")
            case [first, "host", "ping"] if first.lower() == "admin":
                return web.Response()
            case [first, *rest] if first.lower() == "admin":
                return await self._for_admin(request, rest)
            case [first, second, extension] if (first + second).lower() == "runtimewebhooks":
                return await self._for_extension(request, extension)
            case _:
                return await self._for_function(request, path)

    def _has_page(self, path: str) -> bool:
        """Whether the app answers there itself, as `AzureWebJobsDisableHomepage` lets it do."""
        return any(route.match("GET", path) is not None for route in self._routes)

    async def _for_admin(self, request: web.Request, rest: list[str]) -> web.Response:
        if not self._admits(AuthLevel.ADMIN, request):
            return web.Response(status=401)
        return await self._admin.answer(request, rest)

    async def _for_extension(self, request: web.Request, extension: str) -> web.Response:
        if not self._admits(AuthLevel.SYSTEM, request):
            return web.Response(status=401)
        if extension.lower() != "eventgrid":
            return web.Response(status=404)
        return await self._event_grid.answer(request)

    async def _for_function(self, request: web.Request, path: str) -> web.Response:
        for route in self._routes:
            values = route.match(request.method, path)
            if values is None:
                continue
            if not self._admits(route.level, request):
                return web.Response(status=401)
            return await self._run(route, request, values)
        return web.Response(status=404)

    async def _run(
        self, route: Route, request: web.Request, values: Mapping[str, str]
    ) -> web.Response:
        outcome = await self._invoke(route.function, await _argument(request, values))
        try:
            return response(outcome)
        except ValueError:
            log.exception("%s returned what is no HTTP response", route.function.name)
            return web.Response(status=500)

    def _admits(self, level: AuthLevel, request: web.Request) -> bool:
        """Whether the request carries a key for that level; a header counts before the query."""
        shown = request.headers.get("x-functions-key", request.query.get("code"))
        return self._keys.open(level, shown)


async def _argument(request: web.Request, values: Mapping[str, str]) -> TypedData:
    """The request as the runtime library is given it.

    With the peculiarities of the host in Azure: repeated headers and parameters are joined by
    commas, empty parameters are left out, and a body that comes without a length is not read.
    """
    body = await request.read() if request.content_length else b""
    query = _joined(request.query)
    headers = {name.lower(): value for name, value in _joined(request.headers).items()}
    return TypedData(
        http=RpcHttp(
            method=request.method,
            url=f"{request.scheme}://{request.host}{request.rel_url}",
            headers=headers,
            params=dict(values),
            query={name: value for name, value in query.items() if value},
            body=TypedData(bytes=body),
        )
    )


def _joined(items: MultiMapping[str]) -> dict[str, str]:
    return {name: ",".join(items.getall(name)) for name in items}
