"""Rows in memory and in Table Storage do the same."""

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest

from core.errors import InvalidInput, LimitExceeded, RowConflict, StorageUnavailable
from core.storage.account import Account, open_account
from core.storage.interface import Delete, Insert, Tables
from core.storage.memory import MemoryTables
from dev.recording import Recorder, RecordingTransport, describe
from dev.stack.azurite import Azurite
from tests.conformance.rows import NOT_TOKENS, REFUSED, RowsContract
from tests.faults.storage import Loss
from tests.support.tables import all_rows, unique_name


class Losing(RecordingTransport):
    """Loses every transaction, before or after the service saw it."""

    def __init__(self, recorder: Recorder, loss: Loss) -> None:
        super().__init__(recorder.requests)
        self._loss = loss

    async def send(self, request: HttpRequest, **kwargs: object) -> AsyncHttpResponse:
        if describe(request).operation != "commit":
            return await super().send(request, **kwargs)
        if self._loss is Loss.REQUEST:
            self.record(request)
            raise ServiceRequestError("connection refused")
        await super().send(request, **kwargs)
        raise ServiceResponseError("connection reset")


class TestMemoryRows(RowsContract):
    @pytest.fixture
    def tables(self) -> Tables:
        return MemoryTables()


@pytest.mark.azurite
class TestAzureRows(RowsContract):
    @pytest.fixture
    def tables(self, account: Account) -> Tables:
        return account.tables

    async def test_a_limit_is_refused_before_any_request(
        self, account: Account, recorder: Recorder
    ) -> None:
        rows = await account.tables.open(unique_name())
        recorder.take()
        for partition, writes in REFUSED.values():
            with pytest.raises(LimitExceeded):
                await rows.commit(partition, writes)
        with pytest.raises(LimitExceeded):
            await account.tables.open("no_name")
        assert recorder.take() == []

    async def test_a_word_that_is_no_token_is_never_sent(
        self, account: Account, recorder: Recorder
    ) -> None:
        rows = await account.tables.open(unique_name())
        recorder.take()
        for word in NOT_TOKENS:
            with pytest.raises(InvalidInput):
                await rows.scan(token=word)
        assert recorder.take() == []

    async def test_a_transaction_is_sent_once_whatever_becomes_of_it(
        self, account: Account, recorder: Recorder
    ) -> None:
        rows = await account.tables.open(unique_name())
        recorder.take()
        await rows.commit("p", [Insert("k", {})])
        with pytest.raises(RowConflict):
            await rows.commit("p", [Insert("k", {})])
        assert [request.operation for request in recorder.take()] == ["commit", "commit"]

    async def test_a_table_that_was_dropped_by_another_is_no_empty_table(
        self, account: Account
    ) -> None:
        name = unique_name()
        rows = await account.tables.open(name)
        await account.tables.drop(name)
        with pytest.raises(StorageUnavailable):
            await rows.get("p", "k")
        with pytest.raises(StorageUnavailable):
            await rows.scan()
        with pytest.raises(StorageUnavailable):
            await rows.commit("p", [Delete("k")])

    @pytest.mark.parametrize("loss", Loss)
    async def test_a_transaction_that_is_lost_is_not_sent_again(
        self, azurite: Azurite, loss: Loss
    ) -> None:
        recorder = Recorder()
        async with open_account(
            azurite.connection_string, transport=lambda: Losing(recorder, loss)
        ) as account:
            rows = await account.tables.open(unique_name())
            recorder.take()
            with pytest.raises(StorageUnavailable):
                await rows.commit("p", [Insert("k", {})])
            assert [request.operation for request in recorder.take()] == ["commit"]
            assert len(await all_rows(rows)) == (1 if loss is Loss.ANSWER else 0)
