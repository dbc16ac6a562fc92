"""One host for all tests that only talk to it."""

from collections.abc import AsyncIterator

import pytest

from dev.stack.azurite import Azurite
from tests.functions.host.running import Running, sample_app


@pytest.fixture(scope="session")
async def running(
    azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("host")
    async with sample_app(folder, azurite.connection_string) as served:
        yield served
