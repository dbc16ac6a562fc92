"""The same rows by the bare SDK: what the log and the views are compared with.

Whatever the adapters write is kept, and written once more by nothing but azure-data-tables, into
partitions where nothing stands yet.
"""

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from azure.data.tables import EdmType, EntityProperty, UpdateMode
from azure.data.tables.aio import TableClient

from core.storage.interface import Delete, Write
from dev.passing import PassingRows

type Operation = tuple[str, Mapping[str, object], Mapping[str, object]]


@dataclass(slots=True)
class KeptRows(PassingRows):
    """A table, and the transactions that it was given lately."""

    commits: list[Sequence[Write]] = field(default_factory=list)

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        self.commits.append(writes)
        return await self.inner.commit(partition, writes)

    def take(self) -> list[Sequence[Write]]:
        """What came since the last look."""
        taken, self.commits = self.commits, []
        return taken


class Bare:
    """A table of its own, by the SDK alone."""

    def __init__(self, table: TableClient) -> None:
        self._table = table
        self._partitions = itertools.count(1)

    async def write(self, commits: Sequence[Sequence[Write]]) -> float:
        """Submit the same rows in as many transactions; the seconds that took."""
        partition = f"{next(self._partitions):09d}"
        batches = [[_operation(partition, write) for write in writes] for writes in commits]
        began = time.perf_counter()
        for batch in batches:
            await self._table.submit_transaction(batch)
        return time.perf_counter() - began

    async def read(self, table: TableClient, partition: str, first: str, last: str) -> float:
        """Query a partition's rows from a key on, up to another; the seconds that took."""
        began = time.perf_counter()
        keys = f"RowKey ge '{first}' and RowKey lt '{last}'"
        async for _ in table.query_entities(f"PartitionKey eq '{partition}' and {keys}"):
            pass
        return time.perf_counter() - began


def _operation(partition: str, write: Write) -> Operation:
    entity: dict[str, object] = {"PartitionKey": partition, "RowKey": write.key}
    if not isinstance(write, Delete):
        entity |= {
            name: EntityProperty(cell, EdmType.INT64) if type(cell) is int else cell
            for name, cell in write.cells.items()
        }
    return "upsert", entity, {"mode": UpdateMode.REPLACE}
