"""A registry and a storage account for sandboxes, and rooms for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.domain.values import ImageName
from core.sandbox.installed import installed_tools
from core.sandbox.interface import CatalogerName
from core.sandbox.local import LocalSandbox
from dev.stack.azurite import Azurite
from dev.stack.process import stop
from dev.stack.registry import start_registry
from tests.unit.core.sandbox.images import debian, pack
from tests.unit.core.sandbox.workbench import Workbench, probe_tool, workbench


@pytest.fixture(scope="session")
async def bench(
    azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Workbench]:
    folder = tmp_path_factory.mktemp("registry")
    registry = await start_registry(folder, notify="http://127.0.0.1:9/nobody-listens")
    try:
        async with workbench(registry.login_server, azurite.connection_string) as ready:
            yield ready
    finally:
        await stop(registry.process)


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[LocalSandbox]:
    """Sandboxes with the real catalogers."""
    running = LocalSandbox(folder=tmp_path / "rooms", tools=installed_tools())
    yield running
    await running.close()


@pytest.fixture
async def infested(tmp_path: Path) -> AsyncIterator[LocalSandbox]:
    """Sandboxes whose cataloger is the probe."""
    tools = {CatalogerName.TRIVY: probe_tool()}
    running = LocalSandbox(folder=tmp_path / "rooms", tools=tools)
    yield running
    await running.close()


@pytest.fixture
async def image(bench: Workbench) -> ImageName:
    """A Debian with one package."""
    return await bench.push(pack(debian()))
