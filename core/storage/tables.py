"""Rows in Azure Table Storage (azure-data-tables).

Every integer is written as Edm.Int64, so that a column never changes its type as it grows. Reads
use the SDK's retries. Transactions use none: a repeated transaction whose first answer was lost
would come back as a conflict, and only the caller can tell that from a real one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.data.tables import EdmType, EntityProperty, TableEntity, TableErrorCode, UpdateMode
from azure.data.tables.aio import TableClient, TableServiceClient

from core.errors import InvalidInput, RowConflict, StorageUnavailable
from core.storage.interface import (
    Cell,
    Cells,
    Delete,
    Insert,
    Page,
    Put,
    Replace,
    Row,
    Rows,
    Where,
    Write,
)
from core.storage.limits import check_table, check_transaction
from core.storage.tokens import decode_place, encode_place

PAGE = 1000
"""Rows that one answer of the service holds at most."""

_CONFLICTS = (404, 409, 412)


class AzureRows:
    """One table of an account."""

    def __init__(self, client: TableClient, lost: Callable[[], object] = lambda: None) -> None:
        """`lost` is called when it turns out that the table itself is gone."""
        self._client = client
        self._lost = lost

    async def get(self, partition: str, key: str) -> Row | None:
        try:
            return _row(await self._client.get_entity(partition, key))
        except ResourceNotFoundError as error:
            if self._gone(error):
                raise _unavailable(f"reading row {key}", error) from error
            return None
        except AzureError as error:
            raise _unavailable(f"reading row {key}", error) from error

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        where = (
            Where("PartitionKey", "eq", partition),
            Where("RowKey", "ge", first),
            Where("RowKey", "lt", last),
        )
        rows: list[Row] = []
        token: str | None = None
        while len(rows) < limit:
            page = await self.scan(where, limit=limit - len(rows), token=token)
            rows.extend(page.rows)
            token = page.token
            if token is None:
                break
        return rows

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = PAGE, token: str | None = None
    ) -> Page:
        size = min(limit, PAGE)
        condition = " and ".join(f"{one.column} {one.operator} {_literal(one)}" for one in where)
        entities = (
            self._client.query_entities(condition, results_per_page=size)
            if where
            else self._client.list_entities(results_per_page=size)
        )
        pages = entities.by_page(continuation_token=_place(token) if token else None)
        try:
            async for page in pages:
                rows = tuple([_row(entity) async for entity in page])
                return Page(rows=rows, token=_token(getattr(pages, "continuation_token", None)))
        except HttpResponseError as error:
            if error.status_code == 400 and token:
                raise InvalidInput("this continuation token is not one of ours") from error
            raise _unavailable("scanning a table", error) from error
        except AzureError as error:
            raise _unavailable("scanning a table", error) from error
        return Page(rows=(), token=None)

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        check_transaction(partition, writes)
        operations = [_operation(partition, write) for write in writes]
        try:
            answers = await self._client.submit_transaction(operations, retry_total=0)
        except HttpResponseError as error:
            if error.status_code in _CONFLICTS and not self._gone(error):
                raise RowConflict(f"{error.reason}: {_first_line(error)}") from error
            raise _unavailable("writing rows", error) from error
        except AzureError as error:
            raise _unavailable("writing rows", error) from error
        return {
            write.key: str(answer["etag"])
            for write, answer in zip(writes, answers, strict=True)
            if not isinstance(write, Delete)
        }

    def _gone(self, error: HttpResponseError) -> bool:
        """Whether it is the table that is not there, and not a row."""
        gone = getattr(error, "error_code", None) == TableErrorCode.TABLE_NOT_FOUND
        if gone:
            self._lost()
        return gone


class AzureTables:
    """The tables of one storage account."""

    def __init__(self, service: TableServiceClient) -> None:
        self._service = service
        self._open: dict[str, AzureRows] = {}

    async def open(self, name: str) -> Rows:
        check_table(name)
        if name not in self._open:
            try:
                client = await self._service.create_table_if_not_exists(name)
            except AzureError as error:
                raise _unavailable(f"opening table {name}", error) from error
            # A table that somebody removes is made anew when it is opened again.
            self._open[name] = AzureRows(client, lambda: self._open.pop(name, None))
        return self._open[name]

    async def drop(self, name: str) -> None:
        self._open.pop(name, None)
        try:
            await self._service.delete_table(name)
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise _unavailable(f"dropping table {name}", error) from error


type _Operation = tuple[str, dict[str, object]] | tuple[str, dict[str, object], dict[str, object]]


def _operation(partition: str, write: Write) -> _Operation:
    entity: dict[str, object] = {"PartitionKey": partition, "RowKey": write.key}
    match write:
        case Insert(cells=cells):
            return "create", entity | _typed(cells)
        case Put(cells=cells):
            return "upsert", entity | _typed(cells), {"mode": UpdateMode.REPLACE}
        case Replace(cells=cells, etag=etag):
            unchanged = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
            return "update", entity | _typed(cells), {"mode": UpdateMode.REPLACE, **unchanged}
        case Delete(etag=None):
            return "delete", entity
        case Delete(etag=etag):
            return (
                "delete",
                entity,
                {"etag": etag, "match_condition": MatchConditions.IfNotModified},
            )


def _typed(cells: Cells) -> dict[str, object]:
    return {
        name: EntityProperty(cell, EdmType.INT64) if type(cell) is int else cell
        for name, cell in cells.items()
    }


def _row(entity: TableEntity) -> Row:
    cells: dict[str, Cell] = {
        name: value.value if isinstance(value, EntityProperty) else value
        for name, value in entity.items()
        if name not in ("PartitionKey", "RowKey")
    }
    return Row(entity["PartitionKey"], entity["RowKey"], cells, str(entity.metadata["etag"]))


def _literal(where: Where) -> str:
    match where.value:
        case bool(value):
            return "true" if value else "false"
        case int(value):
            return f"{value}L"
        case float(value):
            return repr(value)
        case str(value):
            return "'" + value.replace("'", "''") + "'"
        case bytes(value):
            return f"X'{value.hex()}'"


def _token(place: Mapping[str, str] | None) -> str | None:
    return encode_place((place["PartitionKey"], place["RowKey"])) if place else None


def _place(token: str) -> str:
    """The SDK's paging takes the place as a mapping, and declares it as text."""
    partition, key = decode_place(token)
    return cast("str", {"PartitionKey": partition, "RowKey": key})


def _unavailable(doing: str, error: AzureError) -> StorageUnavailable:
    return StorageUnavailable(f"{doing}: {_first_line(error)}")


def _first_line(error: AzureError) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
