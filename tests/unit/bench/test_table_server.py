"""The bench's own tables answer the SDK as Table Storage does."""

from collections.abc import AsyncIterator

import pytest
from azure.data.tables.aio import TableServiceClient

from bench.table_server import start_tables
from core.storage.emulator import connection_string
from core.storage.interface import Tables
from core.storage.tables import AzureTables
from tests.conformance.rows import RowsContract


@pytest.fixture(scope="session")
async def storage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A connection string with nothing in it but tables."""
    async with start_tables(tmp_path_factory.mktemp("tables")) as url:
        yield connection_string({"Table": url})


class TestServedRows(RowsContract):
    @pytest.fixture
    async def tables(self, storage: str) -> AsyncIterator[Tables]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield AzureTables(service)
