"""One stack for all of these tests, private to them, and the demo run on it once."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import msgspec
import pytest

from dev.stack.process import ROOT
from dev.stack.stack import Stack, running_stack
from tests.e2e.push_to_findings.client import PATIENCE, Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What `make demo` came to."""

    code: int
    out: str
    error: str


@pytest.fixture(scope="package")
async def stack() -> AsyncIterator[Stack]:
    """A whole stack. Not below pytest's own folder, which sandboxes may not enter."""
    with tempfile.TemporaryDirectory(prefix="pratique-e2e-") as folder:
        Path(folder).chmod(0o755)
        async with running_stack(Path(folder, "stack")) as stack:
            Path(folder, "stack.json").write_bytes(msgspec.json.encode(stack))
            yield stack


@pytest.fixture(scope="package")
async def demo(stack: Stack) -> Demo:
    """The demo, as the command that people run, on this stack."""
    return await run_demo(stack)


@pytest.fixture(scope="package")
async def client(stack: Stack, demo: Demo) -> AsyncIterator[Client]:
    """Somebody who uses the stack after the demo."""
    assert demo.code == 0, demo.out + demo.error
    async with aiohttp.ClientSession() as session:
        yield Client(stack=stack, session=session)


async def run_demo(stack: Stack, *options: str) -> Demo:
    """Run `python -m dev.demo` on a stack. It gives up before pytest does, and says why."""
    usual = ["--run", str(Path(stack.folder).parent), "--seconds", str(PATIENCE), "--acts", "1"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dev.demo", *usual, *options),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, error = await process.communicate()
    finally:
        if process.returncode is None:  # the test was given up
            process.kill()
            await process.wait()
    return Demo(code=process.returncode or 0, out=out.decode(), error=error.decode())
