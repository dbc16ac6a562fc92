"""Transactions that are written by hand do on the emulator what every table's do."""

from collections.abc import AsyncIterator

import pytest

from bench.quick_tables import quickened
from core.storage.account import open_account
from core.storage.interface import Tables
from dev.stack.azurite import Azurite
from tests.conformance.rows import RowsContract


@pytest.mark.azurite
class TestQuickRows(RowsContract):
    @pytest.fixture
    async def tables(self, azurite: Azurite) -> AsyncIterator[Tables]:
        storage = azurite.connection_string
        async with open_account(storage) as account, quickened(account, storage) as quick:
            yield quick.tables
