"""An emulator of one's own: who asks a fleet from outside finds its tables by their usual names."""

from collections.abc import AsyncIterator

import pytest

from dev.stack.azurite import Azurite, start_azurite
from dev.stack.process import stop


@pytest.fixture
async def own_azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    """A storage emulator in which nobody else has anything."""
    running = await start_azurite(tmp_path_factory.mktemp("azurite"))
    yield running
    await stop(running.process)
