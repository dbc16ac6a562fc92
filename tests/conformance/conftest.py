"""One connection to the emulator for all conformance tests, and a record of what went through."""

from collections.abc import AsyncIterator

import pytest

from core.storage.account import Account, open_account
from dev.recording import Recorder
from dev.stack.azurite import Azurite


@pytest.fixture(scope="session")
def recorder() -> Recorder:
    """What the account below was asked for."""
    return Recorder()


@pytest.fixture(scope="session")
async def account(azurite: Azurite, recorder: Recorder) -> AsyncIterator[Account]:
    """The emulator's account."""
    async with open_account(azurite.connection_string, transport=recorder.transport) as opened:
        yield opened
