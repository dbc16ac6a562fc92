"""The size of a transaction is never thought smaller than what is sent."""

import asyncio
from bisect import bisect_left

import pytest
from azure.core.exceptions import ServiceRequestError
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.data.tables.aio import TableServiceClient
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import LimitExceeded, StorageUnavailable
from core.storage.emulator import connection_string
from core.storage.interface import Cell, Delete, Insert, Put, Replace, Write
from core.storage.limits import MAX_PAYLOAD, check_transaction
from core.storage.tables import AzureRows
from dev.recording import Recorder, RecordingTransport

ENDPOINT = "http://127.0.0.1:1"
"""Nobody is asked: the transport below never sends."""


class Unsent(RecordingTransport):
    """Writes down what it should send, and says that it could not."""

    async def send(self, request: HttpRequest, **kwargs: object) -> AsyncHttpResponse:
        self.record(request)
        raise ServiceRequestError("not sent")


def sent(partition: str, writes: list[Write]) -> int:
    """Bytes that a transaction's request holds."""

    async def send() -> int:
        recorder = Recorder()
        account = connection_string(dict.fromkeys(("Blob", "Queue", "Table"), ENDPOINT))
        async with TableServiceClient.from_connection_string(
            account, transport=Unsent(recorder.requests)
        ) as service:
            with pytest.raises(StorageUnavailable):
                await AzureRows(service.get_table_client("table")).commit(partition, writes)
        (request,) = recorder.requests
        return request.size

    return asyncio.run(send())


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
keys = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\#?%"), max_size=30
)
names = st.from_regex(r"p[A-Za-z0-9_]{0,40}", fullmatch=True)
cells = st.one_of(
    text,
    st.binary(max_size=60),
    st.booleans(),
    st.floats(),
    st.integers(-(2**63), 2**63 - 1),
)
rows = st.dictionaries(names, cells, max_size=12)
writes: st.SearchStrategy[Write] = st.one_of(
    st.builds(Insert, keys, rows),
    st.builds(Put, keys, rows),
    st.builds(Replace, keys, rows, st.just("W/\"datetime'2026-11-21T22%3A43%3A40.1477221Z'\"")),
    st.builds(Delete, keys),
)


@settings(max_examples=30, deadline=None)
@given(keys, st.lists(writes, min_size=1, max_size=8, unique_by=lambda write: write.key))
def test_the_reckoned_payload_is_never_smaller_than_the_request(
    partition: str, transaction: list[Write]
) -> None:
    reckoned = check_transaction(partition, transaction)
    assert sent(partition, transaction) <= reckoned + 1024
    assert reckoned == sum(check_transaction(partition, [write]) for write in transaction)


@pytest.mark.parametrize("character", ['"', "\\", "\x00", "ü", "\U0001f6a2", "x"])
def test_what_passes_the_check_fits_into_4_mib(character: str) -> None:
    cell: Cell = character * (32 * 1024 // len(character.encode("utf-16-le")) * 2)
    rows: list[Write] = [Put(f"k{index:03d}", {"s": cell}) for index in range(64)]

    def refused(count: int) -> bool:
        try:
            check_transaction("p", rows[:count])
        except LimitExceeded:
            return True
        return False

    most = bisect_left(range(1, 65), True, key=refused)
    assert sent("p", rows[:most]) <= MAX_PAYLOAD
    assert most == 64 or sent("p", rows[:most]) > MAX_PAYLOAD * 0.9, "not refused long before"
