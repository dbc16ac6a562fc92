"""One connection to the emulator for all conformance tests, and a record of what went through."""

from collections.abc import AsyncIterator

import pytest
from azure.storage.blob.aio import BlobServiceClient

from core.storage.account import Account, open_account
from core.storage.blobs import BlobArtifacts, open_container
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


@pytest.fixture(scope="session")
async def blobs(azurite: Azurite, recorder: Recorder) -> AsyncIterator[BlobServiceClient]:
    """The emulator's blobs, for whoever looks behind the port."""
    async with BlobServiceClient.from_connection_string(
        azurite.connection_string, transport=recorder.transport()
    ) as service:
        yield service


@pytest.fixture(scope="session")
async def forgetful(account: Account, blobs: BlobServiceClient) -> BlobArtifacts:
    """The account's artifacts as a process sees them that keeps none in memory."""
    assert isinstance(account.artifacts, BlobArtifacts)
    return BlobArtifacts(await open_container(blobs, "artifacts"), remembered=0)
