"""Storage in memory: the same behaviour as Azure's, for tests, for trying things out, and for views
of the past, which nobody keeps."""

import itertools
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from core.domain.values import Artifact
from core.errors import ArtifactMissing, InvalidReport, RowConflict, StorageUnavailable
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
    artifact_of,
)
from core.storage.limits import check_table, check_transaction
from core.storage.tokens import decode_place, encode_place

PAGE = 1000
"""Rows that one page holds at most, as in Azure."""


class _Partition:
    """One partition: its rows, and their keys in order."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.keys: list[str] = []

    def store(self, row: Row) -> None:
        if row.key not in self.rows:
            insort(self.keys, row.key)
        self.rows[row.key] = row

    def remove(self, key: str) -> None:
        del self.rows[key]
        del self.keys[bisect_left(self.keys, key)]


class MemoryRows:
    """One table in memory. A transaction is atomic because nothing awaits inside it."""

    def __init__(self) -> None:
        self._partitions: dict[str, _Partition] = {}
        self._written = 0
        self.there = True
        """Whether the table was not dropped."""

    def clear(self) -> None:
        """Drop the table; who still holds it gets no answer until somebody opens it again."""
        self._partitions.clear()
        self.there = False

    @classmethod
    def holding(cls, partition: str, rows: Mapping[str, Cells]) -> "MemoryRows":
        """A table with those rows, by key. They stood in a table already: no limit is checked."""
        table = cls()
        for key in sorted(rows):
            table._store(partition, key, rows[key])
        return table

    async def get(self, partition: str, key: str) -> Row | None:
        self._check_there()
        found = self._partitions.get(partition)
        return found.rows.get(key) if found else None

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        self._check_there()
        found = self._partitions.get(partition)
        if found is None:
            return []
        start, end = bisect_left(found.keys, first), bisect_left(found.keys, last)
        return [found.rows[key] for key in found.keys[start : min(end, start + limit)]]

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = PAGE, token: str | None = None
    ) -> Page:
        self._check_there()
        size = min(limit, PAGE)
        rows = self._from(_place(token) if token else ("", ""), where)
        matching = (row for row in rows if all(holds(row, one) for one in where))
        found = list(itertools.islice(matching, size + 1))
        following = found[size] if len(found) > size else None
        return Page(
            rows=tuple(found[:size]),
            token=encode_place((following.partition, following.key)) if following else None,
        )

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        check_transaction(partition, writes)
        self._check_there()
        found = self._partitions.get(partition, _Partition())
        for write in writes:
            _check_condition(found.rows.get(write.key), write)
        etags: dict[str, str] = {}
        for write in writes:
            if isinstance(write, Delete):
                found.remove(write.key)
            else:
                etags[write.key] = self._store(partition, write.key, write.cells)
        return etags

    def _check_there(self) -> None:
        if not self.there:
            raise StorageUnavailable("the table is not there")

    def _from(self, place: tuple[str, str], where: Sequence[Where]) -> Iterator[Row]:
        """All rows from that place on, by partition and then by key, but for those whose keys the
        conditions rule out: a partition's range costs what it gives, as in Azure."""
        partition, key = place
        (least, most), (first, last) = (_bounds(name, where) for name in ("PartitionKey", "RowKey"))
        for name in sorted(one for one in self._partitions if max(partition, least) <= one):
            if most is not None and name > most:
                return
            found = self._partitions[name]
            start = bisect_left(found.keys, max(key if name == partition else "", first))
            end = len(found.keys) if last is None else bisect_right(found.keys, last)
            yield from (found.rows[each] for each in found.keys[start:end])

    def _store(self, partition: str, key: str, cells: Cells) -> str:
        self._written += 1
        row = Row(partition, key, dict(cells), f'W/"{self._written}"')
        self._partitions.setdefault(partition, _Partition()).store(row)
        return row.etag


def _bounds(name: str, where: Sequence[Where]) -> tuple[str, str | None]:
    """The least and the most that the conditions let this key be."""
    texts = [(one.operator, one.value) for one in where if one.column == name]
    least = [one for operator, one in texts if operator in _UP and isinstance(one, str)]
    most = [one for operator, one in texts if operator in _DOWN and isinstance(one, str)]
    return max(least, default=""), min(most, default=None)


def _check_condition(row: Row | None, write: Write) -> None:
    match write:
        case Insert(key=key) if row is not None:
            raise RowConflict(f"row {key} exists")
        case Replace(key=key, etag=etag) if row is None or row.etag != etag:
            raise RowConflict(f"row {key} is not as it was read")
        case Delete(key=key, etag=etag) if row is None or etag not in (None, row.etag):
            raise RowConflict(f"row {key} is not as it was read")
        case Insert() | Replace() | Delete() | Put():
            return


def holds(row: Row, where: Where) -> bool:
    """Whether a condition does of a row."""
    keys: Cells = {"PartitionKey": row.partition, "RowKey": row.key}
    cell = keys.get(where.column, row.cells.get(where.column))
    return _order(cell, where.value) in _ORDERS[where.operator]


_UP, _DOWN = ("eq", "ge", "gt"), ("eq", "le", "lt")
_ORDERS: Mapping[str, tuple[int, ...]] = {
    "eq": (0,),
    "ne": (-1, 1),
    "ge": (0, 1),
    "gt": (1,),
    "le": (-1, 0),
    "lt": (-1,),
}
"""How a cell may stand to a condition's value."""


def _order(left: Cell | None, right: Cell) -> int | None:
    """-1, 0 or 1; `None` where the column is missing or of another type: no condition holds."""
    match left, right:
        case str(a), str(b):
            return (a > b) - (a < b)
        case bytes(a), bytes(b):
            return (a > b) - (a < b)
        case (int() | float()) as a, (int() | float()) as b:
            return (a > b) - (a < b)
        case _:
            return None


def _place(token: str) -> tuple[str, str]:
    partition, key = decode_place(token)
    return partition, key or ""


class MemoryTables:
    """An account's tables in memory."""

    def __init__(self, tables: Mapping[str, MemoryRows] | None = None) -> None:
        """With tables that there are already, by name."""
        self._tables = dict(tables or {})

    async def open(self, name: str) -> Rows:
        check_table(name)
        rows = self._tables.setdefault(name, MemoryRows())
        rows.there = True
        return rows

    async def drop(self, name: str) -> None:
        if name in self._tables:
            self._tables[name].clear()


class MemoryArtifacts:
    """Content-addressed blobs in memory."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    async def put(self, content: bytes) -> Artifact:
        artifact = artifact_of(content)
        self._blobs[artifact.sha256] = content
        return artifact

    async def get(self, artifact: Artifact) -> bytes:
        content = self._blobs.get(artifact.sha256)
        if content is None or len(content) != artifact.size:
            raise ArtifactMissing(f"artifact {artifact.sha256} is not there")
        return content


class MemoryFiles:
    """Files in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        """What is kept, by name."""

    async def save(self, name: str, path: Path) -> None:
        self.kept[name] = path.read_bytes()

    async def load(self, name: str, path: Path) -> None:
        if name not in self.kept:
            raise ArtifactMissing(f"{name} is not kept")
        path.write_bytes(self.kept[name])

    async def delete(self, name: str) -> None:
        self.kept.pop(name, None)


class MemoryInbox:
    """A sandbox's mailbox in memory; its addresses are only names."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        """What was delivered, by path."""

    async def read(self, path: str, *, limit: int) -> bytes | None:
        content = self.blobs.get(path)
        if content is not None and len(content) > limit:
            raise InvalidReport(f"{path} has {len(content)} bytes, at most {limit}")
        return content

    async def write_address(self, path: str, *, lifetime: timedelta) -> str:
        return f"memory:{path}?seconds={lifetime.total_seconds():.0f}"

    async def report_address(self, queue: str, *, lifetime: timedelta) -> str:
        return f"memory:{queue}?seconds={lifetime.total_seconds():.0f}"


class MemoryQueues:
    """Queues in memory."""

    def __init__(self) -> None:
        self.messages: dict[str, list[bytes]] = {}
        """What was sent, by queue, oldest first."""

    async def create(self, *queues: str) -> None:
        for queue in queues:
            self.messages.setdefault(queue, [])

    async def send(self, queue: str, message: bytes) -> None:
        self.messages.setdefault(queue, []).append(message)

    async def length(self, queue: str) -> int:
        return len(self.messages.get(queue, ()))
