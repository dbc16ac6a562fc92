"""What is pushed to and deleted from the real registry arrives as the events that Azure raises."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from core.registry.events import Deleted, Pushed, parse_event
from dev.images.oci import Image, Index, Layer, build_layout
from dev.stack.acr_events import DeliverySchema, Resource
from dev.stack.delivery import Subscription
from dev.stack.process import alive, stop
from dev.stack.registry import Registry, start_registry
from dev.stack.skopeo import SkopeoFailed, delete, push
from dev.stack.translator import RunningTranslator, start_translator

pytestmark = pytest.mark.e2e

RESOURCE = Resource(
    id="/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/local"
    "/providers/Microsoft.ContainerRegistry/registries/local",
    location="westeurope",
)
IMAGE = Image(layers=[Layer(files={"etc/os-release": b"ID=debian\n"})])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """Stands where the Functions host would, and keeps what it is sent."""

    state: Path
    events: list[dict[str, object]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        self.events.extend(body if isinstance(body, list) else [body])
        return web.Response(status=202)

    async def wait_for(self, count: int) -> list[dict[str, object]]:
        """The events, once there are so many; pytest's own time-out ends the wait."""
        while len(self.events) < count:
            await asyncio.sleep(0.02)
        return self.events


@asynccontextmanager
async def listening(sink: Sink) -> AsyncIterator[None]:
    """The sink takes events, and its state file says where."""
    application = web.Application()
    application.router.add_post("/runtime/webhooks/EventGrid", sink.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    keys = {"master": "m", "function": "f", "eventgrid": "e"}
    state = {"http": f"http://{host}:{port}", "https": "", "ca": "", "keys": keys}
    sink.state.write_text(json.dumps(state))
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running(
    folder: Path, schema: DeliverySchema = DeliverySchema.EVENT_GRID
) -> AsyncIterator[tuple[Registry, RunningTranslator, Sink]]:
    """A registry and its translator, which knows a host that may not listen yet."""
    sink = Sink(state=folder / "host.json")
    subscription = Subscription(state=sink.state, function="registry_events")
    async with AsyncExitStack() as ending:
        translator = await start_translator(
            folder, resource=RESOURCE, schema=schema, subscription=subscription
        )
        ending.push_async_callback(stop, translator.process)
        registry = await start_registry(folder, notify=f"{translator.url}/notifications")
        ending.push_async_callback(stop, registry.process)
        yield registry, translator, sink


async def counts(translator: RunningTranslator) -> dict[str, int]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{translator.url}/status") as response,
    ):
        return {str(name): int(count) for name, count in (await response.json()).items()}


@pytest.mark.parametrize("schema", DeliverySchema)
async def test_a_push_and_a_deletion_arrive_in_the_schema_that_was_chosen(
    tmp_path: Path, schema: DeliverySchema
) -> None:
    written = build_layout(tmp_path / "image", IMAGE)
    async with running(tmp_path, schema) as (registry, _, sink), listening(sink):
        server = registry.login_server
        digest = await push(f"oci:{tmp_path / 'image'}", server, "team/app", "v1")
        assert digest == written.digest
        [event] = await sink.wait_for(1)
        assert ("specversion" in event) is (schema is DeliverySchema.CLOUD_EVENTS)
        pushed = parse_event(event)
        assert isinstance(pushed, Pushed)
        assert (pushed.repository, pushed.tag, pushed.digest) == ("team/app", "v1", digest)
        assert (pushed.media_type, pushed.size) == (written.media_type, written.size)
        assert pushed.login_server == server
        assert str(pushed.resource) == RESOURCE.id

        await delete(server, "team/app", digest)
        _, event = await sink.wait_for(2)
        deleted = parse_event(event)
        assert isinstance(deleted, Deleted)
        assert (deleted.repository, deleted.digest) == ("team/app", digest)
        assert deleted.timestamp > pushed.timestamp
        data = event["data"]
        assert isinstance(data, dict)
        assert data["target"] == {
            "mediaType": written.media_type,
            "digest": digest,
            "repository": "team/app",
        }


async def test_an_index_raises_one_event_a_manifest_and_only_its_own_has_the_tag(
    tmp_path: Path,
) -> None:
    arm = Image(layers=IMAGE.layers, architecture="arm64")
    build_layout(tmp_path / "index", Index(images=[IMAGE, arm]))
    async with running(tmp_path) as (registry, _, sink), listening(sink):
        await push(f"oci:{tmp_path / 'index'}", registry.login_server, "multi", "v1")
        events = [parse_event(event) for event in await sink.wait_for(3)]
    assert sorted(str(event.tag) for event in events if isinstance(event, Pushed)) == [
        "None",
        "None",
        "v1",
    ]


async def test_a_pull_raises_nothing_and_is_counted(tmp_path: Path) -> None:
    build_layout(tmp_path / "image", IMAGE)
    async with running(tmp_path) as (registry, translator, sink), listening(sink):
        server = registry.login_server
        await push(f"oci:{tmp_path / 'image'}", server, "team/app", "v1")
        await sink.wait_for(1)
        # Copying within the registry reads the manifest, and writes it under another name.
        await push(f"docker://{server}/team/app:v1", server, "team/copy", "v1")
        events = await sink.wait_for(2)
        while not (seen := await counts(translator)).get("pull"):
            await asyncio.sleep(0.02)
    assert [event["subject"] for event in events] == ["team/app:v1", "team/copy:v1"]
    assert seen["push"] == seen["delivered"] == 2


async def test_what_is_pushed_while_the_host_is_down_arrives_when_it_is_up(tmp_path: Path) -> None:
    build_layout(tmp_path / "image", IMAGE)
    async with running(tmp_path) as (registry, translator, sink):
        await push(f"oci:{tmp_path / 'image'}", registry.login_server, "team/app", "v1")
        while (await counts(translator))["waiting"] == 0:
            await asyncio.sleep(0.02)
        async with listening(sink):
            [event] = await sink.wait_for(1)
    assert event["subject"] == "team/app:v1"


async def test_nothing_but_the_registrys_own_notifications_is_taken(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, translator, _), aiohttp.ClientSession() as session:
        url = f"{translator.url}/notifications"
        async with session.post(url, data=b'{"events":[]}') as response:
            assert response.status == 415
        kind = {"Content-Type": "application/vnd.docker.distribution.events.v1+json"}
        async with session.post(url, data=b'{"events":[7]}', headers=kind) as response:
            assert response.status == 400


async def test_stopping_leaves_no_process_and_no_open_port(tmp_path: Path) -> None:
    async with running(tmp_path) as (registry, translator, _):
        processes = [registry.process, translator.process]
        assert all(alive(process) for process in processes)
    assert not any(Path(f"/proc/{process.pid}").exists() for process in processes)
    for address in (registry.login_server, translator.url.removeprefix("http://")):
        host, _, port = address.partition(":")
        with socket.socket() as client:
            assert client.connect_ex((host, int(port))) != 0


async def test_a_wished_port_is_taken_when_it_is_free(tmp_path: Path) -> None:
    first = await start_registry(tmp_path / "1", notify="http://127.0.0.1:9/")
    port = int(first.login_server.rpartition(":")[2])
    other = await start_registry(tmp_path / "2", notify="http://127.0.0.1:9/", port=port)
    assert other.login_server != first.login_server
    await stop(other.process)
    await stop(first.process)
    again = await start_registry(tmp_path / "1", notify="http://127.0.0.1:9/", port=port)
    assert again.login_server == first.login_server
    await stop(again.process)


async def test_a_failed_copy_says_what_skopeo_said(tmp_path: Path) -> None:
    with pytest.raises(SkopeoFailed, match=r"skopeo copy .* failed: .*no such file"):
        await push(f"oci:{tmp_path / 'none'}", "127.0.0.1:9", "team/app", "v1")
