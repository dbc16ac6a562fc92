"""A storage emulator that no other test uses, and the app in the weather over it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dev.stack.azurite import Azurite, start_azurite
from dev.stack.process import stop
from tests.faults.rig import Rig, rigged
from tests.faults.transport import refuser
from tests.support.desk import ZLIB, compiled


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Advisories with one vulnerability."""
    return compiled(tmp_path_factory.mktemp("advisories"), ZLIB)


@pytest.fixture(scope="module")
async def own_azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    """An emulator whose tables have the names that the app gives them."""
    running = await start_azurite(tmp_path_factory.mktemp("azurite"))
    yield running
    await stop(running.process)


@pytest.fixture(scope="module")
async def rig(own_azurite: Azurite, advisories: Path) -> AsyncIterator[Rig]:
    """The app, under a clear sky and in the weather."""
    async with (
        refuser() as refusing,
        rigged(own_azurite.connection_string, refusing, advisories) as rig,
    ):
        yield rig
