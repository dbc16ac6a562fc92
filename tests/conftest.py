"""What every test may ask for: a storage emulator, started once for each test process."""

from collections.abc import AsyncIterator

import pytest

from dev.stack.azurite import Azurite, start_azurite
from dev.stack.process import stop


@pytest.fixture(scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    """Azurite in memory, on free ports; use names of your own in it, as others share it."""
    running = await start_azurite(tmp_path_factory.mktemp("azurite"))
    yield running
    await stop(running.process)
