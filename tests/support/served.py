"""The app's routes in this process, over memory: a WSGI application, so that any client may ask.

The host is left out, but finds functions and hands requests over as the local one does.
"""

import asyncio
import runpy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import azure.functions as func
import pytest
from werkzeug.wrappers import Request, Response

from dev.host.bindings import Function, HttpTrigger
from dev.host.routes import Route, decode_path, routes
from functions import bootstrap
from functions.routes import Handler
from tests.support.access import signed_in, stand_guard
from tests.support.desk import Desk

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_APP = Path(__file__).parents[2] / "function_app.py"


@cache
def handlers() -> Mapping[str, tuple[str, Handler]]:
    """Routes and handlers by their functions' names, as Azure's library finds them."""
    found: dict[str, tuple[str, Handler]] = {}
    for function in runpy.run_path(str(_APP))["app"].get_functions():
        for binding in function.get_bindings():
            told = binding.get_dict_repr()
            if told["type"] == "httpTrigger":
                name, route = str(function.get_function_name()), str(told["route"])
                found[name] = (route, function.get_user_function())
    return found


@cache
def listed() -> tuple[Route, ...]:
    """The routes, in the order in which the host tries them."""
    functions = [
        Function(name=name, id=name, trigger=HttpTrigger(name="request", route=route))
        for name, (route, _) in sorted(handlers().items(), key=lambda one: one[0].upper())
    ]
    return routes(functions, "")


@dataclass(frozen=True, slots=True)
class Served:
    """A WSGI application."""

    runner: asyncio.Runner

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        return self._answered(request)(request.environ, start)

    def ask(
        self,
        target: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> func.HttpResponse | None:
        """The response to a request by an administrator; `None` where no route is."""
        path, _, query = target.partition("?")
        made = Request.from_values(
            path=path, query_string=query, method=method, headers=headers, data=body
        )
        return self._run(made, path)

    def _answered(self, request: Request) -> Response:
        raw = str(request.environ.get("REQUEST_URI") or request.path).partition("?")[0]
        told = self._run(request, raw)
        if told is None:
            return Response(status=404)
        return Response(
            told.get_body(),
            status=told.status_code,
            headers=dict(told.headers),
            mimetype=told.mimetype,
        )

    def _run(self, request: Request, raw: str) -> func.HttpResponse | None:
        path = decode_path(raw)
        for route in listed():
            values = route.match(request.method, path)
            if values is not None:
                _, handler = handlers()[route.function.name]
                return self.runner.run(_call(handler, _handed(request, values)))
        return None


async def _call(handler: Handler, request: func.HttpRequest) -> func.HttpResponse:
    return await handler(request)


def _handed(request: Request, values: Mapping[str, str]) -> func.HttpRequest:
    """The request as a function gets it: what is repeated is joined, what is empty left out."""
    query = {name: ",".join(request.args.getlist(name)) for name in request.args}
    headers = {name.lower(): value for name, value in request.headers.items()}
    return func.HttpRequest(
        method=request.method,
        url=request.url,
        headers={**{name.lower(): value for name, value in signed_in().items()}, **headers},
        params={name: value for name, value in query.items() if value},
        route_params=dict(values),
        body=request.get_data(),
    )


def serve(app: Desk, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The routes over that app, of which this process has no other meanwhile."""
    stand_guard(monkeypatch, PRATIQUE_REQUESTS_PER_MINUTE="9999999")
    monkeypatch.setattr(bootstrap, "_services", [app.app.services])
    return Served(runner)
