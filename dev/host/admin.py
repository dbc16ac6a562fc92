"""The host's own endpoints under `/admin`, of which few are needed here.

`POST /admin/functions/{name}` runs a function by hand, `GET /admin/host/status` says how the host
is, and anybody may ask `/admin/host/ping` whether it answers. `POST /admin/clock` is none of its:
it moves the clock of a host that was started with one that can be moved.
"""

import time
from collections.abc import Callable, Mapping

import msgspec
from aiohttp import web

from dev.host.bindings import Function
from dev.host.clock import MovableClock

type RunByHand = Callable[[Function, str], None]
"""Starts a function with that input, whatever it is triggered by."""


class _ByHand(msgspec.Struct):
    """The body of a run by hand."""

    input: str | None = None


class Admin:
    """Answers for those who hold the master key."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        run: RunByHand,
        clock: MovableClock | None = None,
    ) -> None:
        self._functions = {name.lower(): one for name, one in functions.items()}
        self._run = run
        self._clock = clock
        self._started = time.monotonic()

    async def answer(self, request: web.Request, path: list[str]) -> web.Response:
        """Answer a request for `/admin/` and that path, whose caller has shown its key."""
        match request.method, path:
            case "GET", ["host", "status"]:
                return self._status()
            case "POST", ["functions", name]:
                return await self._run_by_hand(request, name)
            case "POST", ["clock"] if self._clock is not None:
                return await self._clock.answer(request)
            case _:
                return web.Response(status=404)

    def _status(self) -> web.Response:
        uptime = round((time.monotonic() - self._started) * 1000)
        return web.json_response({"id": "local", "state": "Running", "processUptime": uptime})

    async def _run_by_hand(self, request: web.Request, name: str) -> web.Response:
        try:
            body = msgspec.json.decode(await request.read(), type=_ByHand)
        except msgspec.MsgspecError as error:
            return web.Response(status=400, text=f'Send {{"input": "…"}} as JSON: {error}')
        function = self._functions.get(name.lower())
        if function is None:
            return web.Response(status=404)
        self._run(function, body.input or "")
        return web.Response(status=202)
