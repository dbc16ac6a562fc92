"""The Event Grid webhook: `/runtime/webhooks/EventGrid?functionName=…&code=…`.

Event Grid delivers here; so does anything that plays Event Grid. The header `aeg-event-type` says
what a request is. Each event of a batch is one invocation, all at once; when one of them fails the
answer is 500, and the whole batch comes again.

Stricter than in Azure at one point: a body that is not JSON is a 400, where the host there answers
500 and the sender would repeat for a day what can never succeed.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from dev.host.bindings import EventGridTrigger, Function
from dev.host.protos import TypedData
from dev.host.worker import Outcome

log = logging.getLogger("host.eventgrid")

type Invoke = Callable[[Function, TypedData], Awaitable[Outcome]]
type _Json = dict[str, _Json] | list[_Json] | str | int | float | bool | None

_ORIGINS = frozenset({"eventgrid.azure.net", "eventgrid.azure.us", "eventgrid.azure.cn"})


class EventGridWebhook:
    """Answers the webhook on behalf of the app's Event Grid functions."""

    def __init__(self, functions: Mapping[str, Function], invoke: Invoke) -> None:
        self._functions = {
            name: one
            for name, one in functions.items()
            if isinstance(one.trigger, EventGridTrigger)
        }
        self._invoke = invoke

    async def answer(self, request: web.Request) -> web.Response:
        """Handshake, deliver or refuse. The caller has shown the system key."""
        name = request.query.get("functionName", "")
        function = self._functions.get(name)
        if function is None:
            return web.Response(status=404, text=f"cannot find function: '{name}'")
        if request.method == "OPTIONS":
            return _cloud_events_handshake(request)
        match request.headers.get("aeg-event-type", "").lower():
            case "subscriptionvalidation":
                log.info("handshake for %s", name)
                return await _handshake(request)
            case "notification":
                return await self._deliver(function, request)
            case "unsubscribe":
                return web.Response(status=202)
            case _:
                return web.Response(status=400)

    async def _deliver(self, function: Function, request: web.Request) -> web.Response:
        body = await _read(request)
        events = body if isinstance(body, list) else [body]
        if not isinstance(body, dict | list):
            return web.Response(status=400, text="The body is neither an event nor an array.")
        outcomes = await asyncio.gather(
            *(self._invoke(function, TypedData(json=json.dumps(event))) for event in events)
        )
        failed = next((outcome for outcome in outcomes if not outcome.succeeded), None)
        if failed is not None:
            return web.Response(status=500, text=failed.error)
        return web.Response(status=202)


async def _handshake(request: web.Request) -> web.Response:
    """Send back the code of a SubscriptionValidationEvent, in Event Grid's or CloudEvents form."""
    match await _read(request):
        case [{"data": {"validationCode": str(code)}}, *_]:
            pass
        case {"data": {"validationCode": str(code)}}:
            pass
        case _:
            return web.Response(status=400, text="There is no validation code in it.")
    return web.json_response({"validationResponse": code})


def _cloud_events_handshake(request: web.Request) -> web.Response:
    """Consent to delivery, as CloudEvents' abuse protection asks for."""
    asked = request.headers.get("WebHook-Request-Origin", "")
    origin = asked if asked in _ORIGINS else "eventgrid.azure.net"
    return web.Response(headers={"WebHook-Allowed-Origin": origin})


async def _read(request: web.Request) -> _Json:
    """The JSON of a request; a 400 for anything else."""
    if not request.content_type.endswith(("/json", "+json")):
        raise web.HTTPBadRequest(text=f"{request.content_type} is no JSON.")
    try:
        document: _Json = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text=f"The body is not JSON: {error}") from error
    return document
