"""Deliveries go on until the host takes the event, and end at once where trying is useless."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from dev.stack.acr_events import CloudEvent, DeliverySchema, GridEvent, Resource, translate
from dev.stack.acr_events import Notification as Read
from dev.stack.acr_events import Request as Via
from dev.stack.acr_events import Target as Of
from dev.stack.delivery import MAX_TRIES, Outcome, Subscription, deliver

SOON = [0.0]


@dataclass
class Host:
    """What stands for the Functions host: gives these statuses, the last one for ever."""

    statuses: list[int]
    taken: list[web.Request] = field(default_factory=list)
    bodies: list[object] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.taken.append(request)
        self.bodies.append(json.loads(await request.text()))
        return web.Response(status=self.statuses.pop(0) if self.statuses[1:] else self.statuses[0])


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@asynccontextmanager
async def listening(host: Host, state: Path) -> AsyncIterator[Subscription]:
    """A subscription to a function of that host, for as long as the host listens."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", host.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address, port = runner.addresses[0][:2]
    keys = {"master": "m", "function": "f", "eventgrid": "a&b"}
    said = {"http": f"http://{address}:{port}", "https": "", "ca": "ca.pem", "keys": keys}
    state.write_text(json.dumps(said))
    try:
        yield Subscription(state=state, function="registry_events")
    finally:
        await runner.cleanup()


def event(schema: DeliverySchema = DeliverySchema.EVENT_GRID) -> GridEvent | CloudEvent:
    translated = translate(
        Read(
            id="1",
            timestamp="2026-11-21T21:16:04.764284088Z",
            action="push",
            target=Of(repository="sample/app", digest="sha256:" + "5e" * 32),
            request=Via(id="2"),
        ),
        resource=Resource(id="/subscriptions/1", location="westeurope"),
        schema=schema,
        at=datetime(2026, 11, 21, tzinfo=UTC),
    )
    assert translated is not None
    return translated


async def test_an_event_goes_to_the_function_with_the_key_and_event_grids_headers(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    host = Host([202])
    async with listening(host, tmp_path / "host.json") as subscription:
        assert await deliver(session, subscription, event()) is Outcome.DELIVERED
    [request] = host.taken
    assert request.path == "/runtime/webhooks/EventGrid"
    assert dict(request.query) == {"functionName": "registry_events", "code": "a&b"}
    assert request.headers["aeg-event-type"] == "Notification"
    assert request.headers["aeg-delivery-count"] == "0"
    assert request.content_type == "application/json"
    assert isinstance(host.bodies[0], list)


async def test_a_cloud_event_goes_alone_and_under_its_own_type(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    host = Host([202])
    async with listening(host, tmp_path / "host.json") as subscription:
        await deliver(session, subscription, event(DeliverySchema.CLOUD_EVENTS))
    assert host.taken[0].content_type == "application/cloudevents+json"
    assert isinstance(host.bodies[0], dict)


async def test_failures_are_tried_again_with_the_same_event(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    host = Host([500, 404, 429, 202])
    async with listening(host, tmp_path / "host.json") as subscription:
        assert await deliver(session, subscription, event(), waits=SOON) is Outcome.DELIVERED
    assert [request.headers["aeg-delivery-count"] for request in host.taken] == list("0123")
    assert all(body == host.bodies[0] for body in host.bodies)


@pytest.mark.parametrize("status", [400, 401, 403, 413])
async def test_a_refusal_ends_it(
    tmp_path: Path, session: aiohttp.ClientSession, status: int
) -> None:
    host = Host([status])
    async with listening(host, tmp_path / "host.json") as subscription:
        assert await deliver(session, subscription, event(), waits=SOON) is Outcome.REFUSED
    assert len(host.taken) == 1


async def test_it_is_given_up_after_as_many_tries_as_event_grid_makes(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    host = Host([503])
    async with listening(host, tmp_path / "host.json") as subscription:
        assert await deliver(session, subscription, event(), waits=SOON) is Outcome.EXPIRED
    assert len(host.taken) == MAX_TRIES


async def test_a_host_that_starts_later_or_elsewhere_is_found(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    state = tmp_path / "host.json"
    async with listening(Host([202]), state) as subscription:
        pass  # from here on the file names a port where nobody listens
    assert await deliver(session, subscription, event(), waits=SOON) is Outcome.EXPIRED
    state.unlink()
    assert await deliver(session, subscription, event(), waits=SOON) is Outcome.EXPIRED
    async with listening(Host([202]), state):
        assert await deliver(session, subscription, event(), waits=SOON) is Outcome.DELIVERED
