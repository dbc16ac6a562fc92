"""The translator: takes the registry's notifications and raises the events that Azure would.

A process of its own between the registry and the Functions host, so that the app sees what Event
Grid would send, and the registry is answered at once whatever the host is doing. `GET /status`
says what became of what it received. Pulls raise nothing, as in Azure; `GET /activity` tells of
them as Azure's resource log would.
"""

import argparse
import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web

from dev.stack.acr_events import (
    CloudEvent,
    DeliverySchema,
    GridEvent,
    Notification,
    Notifications,
    Resource,
    translate,
)
from dev.stack.activity import ActivityRows
from dev.stack.delivery import Outcome, Subscription, deliver
from dev.stack.process import Process, ready, spawn_module
from dev.stack.serving import log_to_output, serve

log = logging.getLogger("translator")

CONTENT_TYPE = "application/vnd.docker.distribution.events.v1+json"
"""What the registry posts. No web page can: the browser would have to ask first."""

PATH = "/notifications"
ACTIVITY = "/activity"

type Deliver = Callable[[GridEvent | CloudEvent], Awaitable[Outcome]]


class Translator:
    """Answers the registry, and keeps every delivery going that is not at its end."""

    def __init__(self, *, resource: Resource, schema: DeliverySchema, deliver: Deliver) -> None:
        self._resource = resource
        self._schema = schema
        self._deliver = deliver
        self._deliveries: set[asyncio.Task[None]] = set()
        self._counts: Counter[str] = Counter()
        self._activity = ActivityRows(resource)
        self._media_types: dict[str, str] = {}
        """Of manifests by digest: a deletion's notification does not say it any more."""

    def application(self) -> web.Application:
        """The aiohttp application."""
        application = web.Application()
        application.router.add_post(PATH, self._receive)
        application.router.add_get("/status", self._status)
        application.router.add_get(ACTIVITY, self._tell_activity)
        application.on_shutdown.append(self._give_up)
        return application

    async def _receive(self, request: web.Request) -> web.Response:
        if request.content_type != CONTENT_TYPE:
            raise web.HTTPUnsupportedMediaType(text=f"Only {CONTENT_TYPE} is taken here.")
        try:
            body = msgspec.json.decode(await request.read(), type=Notifications)
        except msgspec.MsgspecError as error:
            raise web.HTTPBadRequest(text=f"These are no notifications: {error}") from error
        for notification in body.events:
            self._take(notification)
        return web.Response(status=202)

    def _take(self, notification: Notification) -> None:
        self._counts[notification.action] += 1
        self._activity.note(notification)
        digest, media_type = notification.target.digest, notification.target.media_type
        if digest is not None and media_type is not None:
            self._media_types[digest] = media_type
        event = translate(
            notification,
            resource=self._resource,
            schema=self._schema,
            at=datetime.now(UTC),
            media_type=self._media_types.get(digest or ""),
        )
        if event is not None:
            delivery = asyncio.create_task(self._see_through(event))
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)

    async def _see_through(self, event: GridEvent | CloudEvent) -> None:
        self._counts[await self._deliver(event)] += 1

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response({**self._counts, "waiting": len(self._deliveries)})

    async def _tell_activity(self, request: web.Request) -> web.Response:
        try:
            since, until = (datetime.fromisoformat(request.query[it]) for it in ("since", "until"))
            rows = self._activity.between(since, until)
        except (KeyError, ValueError, TypeError) as error:  # no time, or one without a zone
            raise web.HTTPBadRequest(text="since and until must be times with a zone") from error
        return web.json_response({"rows": rows})

    async def _give_up(self, _: web.Application) -> None:
        """End what still waits. As with Event Grid itself, a sweep of the registry finds it."""
        if self._deliveries:
            log.warning("ending with %d events not delivered", len(self._deliveries))
        for delivery in self._deliveries:
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTranslator:
    """A translator that runs."""

    process: Process
    url: str
    """`POST /notifications` and `GET /status` are here."""


async def start_translator(
    folder: Path,
    *,
    resource: Resource,
    schema: DeliverySchema,
    subscription: Subscription,
    detached: bool = False,
) -> RunningTranslator:
    """Start it as a process, with its log in `folder`."""
    process = spawn_module(
        "translator",
        "dev.stack.translator",
        *("--resource", resource.id),
        *("--location", resource.location),
        *("--schema", schema.value),
        *("--function", subscription.function),
        *("--host-state", str(subscription.state)),
        log=folder / "translator.log",
        detached=detached,
    )
    [url] = await ready(process, r"listening at (\S+)")
    return RunningTranslator(process=process, url=url)


async def run(resource: Resource, schema: DeliverySchema, subscription: Subscription) -> None:
    """Translate until SIGTERM."""
    async with aiohttp.ClientSession() as session:

        async def post(event: GridEvent | CloudEvent) -> Outcome:
            return await deliver(session, subscription, event)

        translator = Translator(resource=resource, schema=schema, deliver=post)
        await serve(translator.application())


def main() -> None:
    """`python -m dev.stack.translator`; the stack starts it."""
    log_to_output()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resource", required=True, help="ARM id of the registry")
    parser.add_argument("--location", required=True, help="region of the registry")
    parser.add_argument("--schema", required=True, type=DeliverySchema)
    parser.add_argument("--function", required=True, help="the function that takes the events")
    parser.add_argument("--host-state", required=True, type=Path, help="the host's state file")
    asked = parser.parse_args()
    resource = Resource(id=asked.resource, location=asked.location)
    subscription = Subscription(state=asked.host_state, function=asked.function)
    asyncio.run(run(resource, asked.schema, subscription))


if __name__ == "__main__":
    main()
