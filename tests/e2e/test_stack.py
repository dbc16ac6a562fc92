"""The stack starts as a whole, hands events through to a function app, and leaves nothing behind.

The app here only records, so that what fails here is the stack; the product has tests of its own.
"""

import asyncio
import json
import os
import signal
import ssl
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from azure.storage.queue.aio import QueueClient

from core.sandbox.rooms import claim
from dev.images.oci import Image, Layer, build_layout
from dev.publish import in_force
from dev.stack.background import down, read, up
from dev.stack.options import Options
from dev.stack.process import ROOT, StartFailed, alive
from dev.stack.skopeo import push
from dev.stack.stack import RESOURCE, Stack, running_stack

pytestmark = [pytest.mark.e2e, pytest.mark.azurite]

RECORDER = Path(__file__).parent / "recorder"


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One stack for the tests that only look at it; it is gone after them."""
    folder = tmp_path_factory.mktemp("stack")
    options = Options(app=RECORDER, enrol=False, settings={"GREETING": "ahoy"})
    async with running_stack(folder, options) as stack:
        yield stack
    assert not any(alive(process) for process in stack.processes)
    assert not any(Path(f"/proc/{process.pid}").exists() for process in stack.processes)


async def setting(stack: Stack, name: str, *, https: bool = False) -> str:
    context = ssl.create_default_context(cafile=stack.ca)
    url = f"{stack.https if https else stack.http}/api/setting/{name}"
    headers = {"x-functions-key": stack.function_key}
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, headers=headers, ssl=context) as response,
    ):
        assert response.status == 200
        return await response.text()


async def test_a_push_reaches_the_function(stack: Stack, tmp_path: Path) -> None:
    build_layout(tmp_path / "image", Image(layers=[Layer(files={"etc/hostname": b"a"})]))
    connection = stack.storage_connection
    async with QueueClient.from_connection_string(connection, "seen") as queue:
        await queue.create_queue()
        await push(f"oci:{tmp_path / 'image'}", stack.registry, "team/app", "v1")
        while (message := await queue.receive_message()) is None:
            await asyncio.sleep(0.05)
    expected = ["Microsoft.ContainerRegistry.ImagePushed", "team/app:v1"]
    assert json.loads(message.content) == expected


@pytest.mark.parametrize("https", [False, True])
async def test_the_app_is_told_where_everything_is(stack: Stack, https: bool) -> None:
    registries = json.loads(await setting(stack, "PRATIQUE_REGISTRIES", https=https))
    local = {"loginServer": stack.registry, "resourceId": RESOURCE.id, "plainHttp": True}
    assert registries == [local]
    assert await setting(stack, "AzureWebJobsStorage", https=https) == stack.storage_connection
    assert await setting(stack, "GREETING", https=https) == "ahoy"


async def test_all_of_it_listens_on_loopback_alone(stack: Stack) -> None:
    assert stack.registry.startswith("127.0.0.1:")
    assert stack.http.startswith("http://127.0.0.1:")
    assert stack.https.startswith("https://127.0.0.1:")
    assert stack.translator.startswith("http://127.0.0.1:")
    assert stack.storage_connection.count("http://127.0.0.1:") == 3


async def test_an_app_that_cannot_be_served_ends_the_whole_start_and_names_the_log(
    tmp_path: Path,
) -> None:
    app, folder = tmp_path / "app", tmp_path / "stack"
    app.mkdir()
    (app / "host.json").write_text('{"version": "2.0"}')
    (app / "function_app.py").write_text("raise RuntimeError('no rudder')")
    with pytest.raises(StartFailed) as caught:
        async with running_stack(folder, Options(app=app, enrol=False)):
            pytest.fail("it must not start")
    assert "host died while starting" in str(caught.value)
    assert "no rudder" in str(caught.value)
    assert str(folder / "host.log") in str(caught.value)
    assert not _still_running(folder)


async def test_up_stays_until_down_and_the_next_one_finds_the_data(tmp_path: Path) -> None:
    options = Options(app=RECORDER, enrol=False, on_disk=True)
    first = await up(tmp_path, options)
    try:
        assert read(tmp_path) == first
        assert stat.S_IMODE((tmp_path / "stack.json").stat().st_mode) == 0o600
        async with QueueClient.from_connection_string(first.storage_connection, "kept") as queue:
            await queue.create_queue()
        sandbox = _occupied_room(Path(first.folder) / "sandboxes")
        _says_that_it_runs(tmp_path, first)
        assert (await in_force(first)).version == 1  # so that a push gives a verdict
    finally:
        ended = _command(tmp_path, "down")
    assert ended.stdout == "Stopped azurite, translator, registry, topic, issuer, host.\n"
    assert sandbox.wait() == -signal.SIGKILL
    assert not _still_running(tmp_path)
    assert _command(tmp_path, "status").returncode == 1

    second = await up(tmp_path, options)
    try:
        assert second.function_key == first.function_key
        assert second.issuer.pem == first.issuer.pem, "tokens outlive a restart"
        async with QueueClient.from_connection_string(second.storage_connection, "kept") as queue:
            await queue.get_queue_properties()
    finally:
        await down(tmp_path)
    assert read(tmp_path) is None


def _says_that_it_runs(run: Path, stack: Stack) -> None:
    again = _command(run, "up")
    assert "running already" in again.stdout
    assert stack.http in again.stdout
    status = _command(run, "status")
    assert status.returncode == 0
    assert status.stdout.count(" runs ") == 6


def _occupied_room(folder: Path) -> subprocess.Popen[bytes]:
    """A sandbox that the app left behind, as far as anybody can see from outside."""
    folder.mkdir(exist_ok=True)
    room = claim(folder / "left")
    assert room is not None
    sleep = subprocess.Popen(
        ["sleep", "600"],  # noqa: S607 (whichever sleep there is)
        pass_fds=(room.lock,),
        start_new_session=True,
    )
    room.leader.write_text(str(sleep.pid))
    os.close(room.lock)
    return sleep


def _command(run: Path, verb: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "dev.stack", verb, "--run", str(run)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )


def _still_running(folder: Path) -> list[str]:
    """Command lines of processes that were told of a file in that folder."""
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it ended while we looked
        if str(folder) in line:
            lines.append(line)
    return lines
