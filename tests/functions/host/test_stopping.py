"""How the host ends, and what the next one keeps of it."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from dev.stack.azurite import Azurite
from dev.stack.functions_host import HostState, read_state
from tests.functions.host.running import NEVER, SAMPLE, logged, write_settings

pytestmark = pytest.mark.azurite


@asynccontextmanager
async def serving(
    folder: Path, azurite: Azurite, *options: str
) -> AsyncIterator[tuple[Process, HostState]]:
    """The sample app in a child process, whose exit code can be asked for."""
    queue = f"host-{uuid4().hex[:12]}"
    settings = write_settings(folder, azurite.connection_string, queue, NEVER)
    state = folder / "state.json"
    before = read_state(state)
    with (folder / "log").open("a") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dev.host", "--app", str(SAMPLE)),
            *("--settings", str(settings), "--state-file", str(state), *options),
            stderr=log,
        )
    try:
        while (found := read_state(state)) in (None, before):
            assert process.returncode is None, (folder / "log").read_text()
            await asyncio.sleep(0.02)
        assert found is not None
        yield process, found
    finally:
        if process.returncode is None:
            await end(process, signal.SIGTERM)


async def end(process: Process, number: signal.Signals) -> int:
    """Its exit code. One that does not end is killed, and fails the test."""
    process.send_signal(number)
    try:
        return await asyncio.wait_for(process.wait(), 30)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_idle_host_ends_at_once_with_code_0(
    azurite: Azurite, tmp_path: Path, number: signal.Signals
) -> None:
    async with serving(tmp_path, azurite) as (process, state):
        assert await end(process, number) == 0
        assert not Path(state.ca).exists(), "its certificates were its own"


async def test_a_request_under_way_is_answered_before_the_end(
    azurite: Azurite, tmp_path: Path
) -> None:
    async with serving(tmp_path, azurite) as (process, state), aiohttp.ClientSession() as session:
        slow = asyncio.create_task(text(session, f"{state.http}/v1/sleep?seconds=2"))
        await logged(tmp_path / "log", "begins to sleep")
        process.terminate()
        await refused(session, f"{state.http}/v1/files/late")
        assert not slow.done(), "nothing new is taken while the old is finished"
        assert await slow == "slept"
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_function_that_does_not_end_is_interrupted_after_the_grace(
    azurite: Azurite, tmp_path: Path
) -> None:
    async with (
        serving(tmp_path, azurite, "--grace", "0.5") as (process, state),
        aiohttp.ClientSession() as session,
    ):
        stuck = asyncio.create_task(text(session, f"{state.http}/v1/stuck"))
        await logged(tmp_path / "log", "is stuck")
        assert await end(process, signal.SIGTERM) == 0
        with pytest.raises(aiohttp.ClientConnectionError):
            await stuck
    assert "Interrupted after 0.5 s: stuck." in (tmp_path / "log").read_text()


async def test_keys_and_authority_survive_a_restart_addresses_need_not(
    azurite: Azurite, tmp_path: Path
) -> None:
    kept = ("--certificates", str(tmp_path / "certificates"))
    async with serving(tmp_path, azurite, *kept) as (process, first):
        await end(process, signal.SIGTERM)
        certificate = Path(first.ca).read_bytes()
    async with serving(tmp_path, azurite, *kept) as (_, second):
        assert second.keys == first.keys
        assert Path(second.ca).read_bytes() == certificate


async def test_only_the_owner_may_read_the_keys(azurite: Azurite, tmp_path: Path) -> None:
    async with serving(tmp_path, azurite):
        assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0


async def refused(session: aiohttp.ClientSession, url: str) -> None:
    """Wait until the host takes no more requests."""
    for _ in range(500):
        try:
            await text(session, url)
        except aiohttp.ClientConnectionError:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the host still takes requests")


async def text(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url) as response:
        return await response.text()
