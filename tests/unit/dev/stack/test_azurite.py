"""The storage emulator answers the SDKs that the app uses."""

from pathlib import Path

import pytest
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from dev.stack.azurite import Azurite, start_azurite
from dev.stack.process import alive, stop


@pytest.mark.azurite
async def test_blobs_queues_and_tables_answer_at_the_connection_string(azurite: Azurite) -> None:
    async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
        await blobs.create_container("fixture")
    async with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
        await queues.create_queue("fixture")
    async with TableServiceClient.from_connection_string(azurite.connection_string) as tables:
        await tables.create_table("fixture")


@pytest.mark.azurite
async def test_what_is_on_disk_is_there_after_a_restart(tmp_path: Path) -> None:
    first = await start_azurite(tmp_path, on_disk=True)
    async with TableServiceClient.from_connection_string(first.connection_string) as tables:
        await tables.create_table("kept")
    await stop(first.process)
    assert not alive(first.process)
    second = await start_azurite(tmp_path, on_disk=True)
    async with TableServiceClient.from_connection_string(second.connection_string) as tables:
        assert [table.name async for table in tables.list_tables()] == ["kept"]
    await stop(second.process)
