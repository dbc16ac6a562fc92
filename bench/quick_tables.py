"""Tables whose transactions are written by hand: a fleet's million rows take minutes, not an hour.

The SDK spends a millisecond and more on every row of a transaction, of which it makes an e-mail.
That is nothing beside a scan, and much beside a million of them. Only benches fill tables so; and
what they measure they read by the SDK.
"""

import base64
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

import aiohttp
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import AccountSasPermissions, ResourceTypes, generate_account_sas

from core.errors import RowConflict, StorageUnavailable
from core.storage.account import Account
from core.storage.emulator import ACCOUNT, KEY
from core.storage.interface import (
    Cell,
    Cells,
    Delete,
    Insert,
    Put,
    Replace,
    Rows,
    Tables,
    Write,
)
from core.storage.limits import check_transaction
from dev.passing import PassingRows

_BATCH, _CHANGES = "batch_pratique", "changeset_pratique"
_CONFLICTS = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}
_STATUS = re.compile(rb"^HTTP/1\.1 (\d{3})", re.MULTILINE)
_ETAG = re.compile(rb"^etag: (.+?)\r?$", re.MULTILINE | re.IGNORECASE)


@asynccontextmanager
async def quickened(account: Account, connection_string: str) -> AsyncIterator[Account]:
    """The same account of the emulator, whose transactions are quick."""
    found = re.search(r"TableEndpoint=([^;]+)", connection_string)
    if found is None:
        raise ValueError("this connection string names no table endpoint")
    async with aiohttp.ClientSession() as session:
        yield replace(account, tables=_Tables(account.tables, session, found[1]))


class _Tables:
    """The tables of an account."""

    def __init__(self, tables: Tables, session: aiohttp.ClientSession, endpoint: str) -> None:
        self._tables = tables
        self._session = session
        self._endpoint = endpoint

    async def open(self, name: str) -> Rows:
        rows = await self._tables.open(name)
        return _Rows(rows, self._session, self._endpoint, name)

    async def drop(self, name: str) -> None:
        await self._tables.drop(name)


class _Rows(PassingRows):
    """One table, read by the SDK."""

    def __init__(
        self, rows: Rows, session: aiohttp.ClientSession, endpoint: str, table: str
    ) -> None:
        super().__init__(rows)
        self._session = session
        self._table = f"{endpoint}/{table}"
        self._batch = f"{endpoint}/$batch?{_signature()}"

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        check_transaction(partition, writes)
        parts = [_part(self._table, partition, write) for write in writes]
        body = (
            f"--{_BATCH}\r\nContent-Type: multipart/mixed; boundary={_CHANGES}\r\n\r\n"
            f"--{_CHANGES}\r\n" + f"--{_CHANGES}\r\n".join(parts) + f"--{_CHANGES}--\r\n"
            f"--{_BATCH}--\r\n"
        )
        headers = {
            "Content-Type": f"multipart/mixed; boundary={_BATCH}",
            "Accept": "application/json",
            "DataServiceVersion": "3.0",
            "x-ms-version": "2019-02-02",
        }
        sent = self._session.post(self._batch, data=body.encode(), headers=headers)
        try:
            async with sent as answer:
                return _etags(writes, answer.status, await answer.read())
        except aiohttp.ClientError as error:
            raise StorageUnavailable(f"writing rows: {error}") from error


def _signature() -> str:
    """An hour and more for all tables of the emulator."""
    return generate_account_sas(
        AzureNamedKeyCredential(ACCOUNT, KEY),
        resource_types=ResourceTypes(service=True, container=True, object=True),
        permission=AccountSasPermissions(
            read=True, write=True, delete=True, list=True, add=True, update=True
        ),
        expiry=datetime.now(UTC) + timedelta(hours=12),
    )


def _part(table: str, partition: str, write: Write) -> str:
    """One row's change, as a request within the request."""
    row = f"{table}(PartitionKey='{_quoted(partition)}',RowKey='{_quoted(write.key)}')"
    match write:
        case Insert(cells=cells):
            line, condition, body = f"POST {table}", "", entity(partition, write.key, cells)
        case Put(cells=cells):
            line, condition, body = f"PUT {row}", "", entity(partition, write.key, cells)
        case Replace(cells=cells, etag=etag):
            line, condition, body = f"PUT {row}", etag, entity(partition, write.key, cells)
        case Delete(etag=etag):
            line, condition, body = f"DELETE {row}", etag or "*", ""
    matching = f"If-Match: {condition}\r\n" if condition else ""
    return (
        "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"{line} HTTP/1.1\r\nContent-Type: application/json;odata=fullmetadata\r\n"
        "Accept: application/json;odata=minimalmetadata\r\nPrefer: return-no-content\r\n"
        f"DataServiceVersion: 3.0\r\n{matching}\r\n{body}\r\n"
    )


def _quoted(text: str) -> str:
    return quote(text.replace("'", "''"), safe="")


def entity(partition: str, key: str, cells: Cells) -> str:
    """A row as the service reads and answers it."""
    entity: dict[str, Cell] = {"PartitionKey": partition, "RowKey": key}
    for name, cell in cells.items():
        match cell:
            case bool() | str():
                entity[name] = cell
            case int():
                entity |= {name: str(cell), f"{name}@odata.type": "Edm.Int64"}
            case float():
                entity |= {name: cell, f"{name}@odata.type": "Edm.Double"}
            case bytes():
                encoded = base64.b64encode(cell).decode()
                entity |= {name: encoded, f"{name}@odata.type": "Edm.Binary"}
    return json.dumps(entity, separators=(",", ":"))  # ASCII only: Azurite takes lines apart


def _etags(writes: Sequence[Write], status: int, answer: bytes) -> dict[str, str]:
    """The new ETags by key; what `Rows.commit` raises where it was not taken."""
    refused = [int(one) for one in _STATUS.findall(answer) if int(one) >= HTTPStatus.BAD_REQUEST]
    if _CONFLICTS & set(refused) and b"TableNotFound" not in answer:
        raise RowConflict(f"writing rows: {refused[0]}")
    if status != HTTPStatus.ACCEPTED or refused:
        raise StorageUnavailable(f"writing rows: {status} {refused} {answer[:300]!r}")
    etags = [one.decode() for one in _ETAG.findall(answer)]
    left = [write.key for write in writes if not isinstance(write, Delete)]
    return dict(zip(left, etags, strict=True))
