"""The event log over rows in partitions: Azure Table Storage, or memory.

One transaction moves the shard's head under its ETag and inserts the events, the rows that make
their versions unique, the streams' snapshots and the commands' receipts. So a position is given in
the very act of writing, and nothing can be read before what precedes it.

Within a process, appends to a shard take turns: all of them would move the same head, and a hundred
that race for it lose a thousand times. So do commands to a stream, from its load to its append.
Between processes only the ETag decides.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.errors import (
    ConfigurationError,
    CorruptLog,
    LimitExceeded,
    RowConflict,
    StorageUnavailable,
    UnreadableEvent,
)
from core.log import layout
from core.log.interface import Append, Appended, Head, Lost, Stream
from core.log.stored import recorded
from core.log.turns import Turns
from core.storage.interface import Artifacts, Insert, Row, Rows, Write
from core.storage.limits import check_transaction

SHARDS = 16
_META = "!meta"


@dataclass(frozen=True, slots=True)
class _Head:
    """The head as this process last saw it. A stale one loses the race, and is read anew."""

    position: int
    at: datetime | None
    etag: str | None


async def open_log(rows: Rows, artifacts: Artifacts, *, shards: int = SHARDS) -> "ShardedLog":
    """The log in that table, created if it is empty.

    ConfigurationError when it was created with another number of shards: that number says where
    every stream lives, so it can never change.
    """
    row = await rows.get(_META, _META)
    if row is None:
        fresh = Insert(_META, {"shards": shards, "generation": uuid.uuid4().hex})
        with suppress(RowConflict):  # another process created it at this very moment
            await rows.commit(_META, [fresh])
        row = await rows.get(_META, _META)
    if row is None:
        raise StorageUnavailable("the log's own row cannot be read back")
    created_with = layout.integer(row.cells, "shards")
    if created_with != shards:
        raise ConfigurationError(
            f"this log has {created_with} shards and cannot be opened with {shards}"
        )
    return ShardedLog(rows, artifacts, shards=shards, generation=str(row.cells["generation"]))


class ShardedLog:
    """An EventLog; see `core/log/interface.py` for what its methods promise."""

    def __init__(self, rows: Rows, artifacts: Artifacts, *, shards: int, generation: str) -> None:
        self._rows = rows
        self._artifacts = artifacts
        self._heads: dict[int, _Head] = {}
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._streams = Turns()
        self.shards = shards
        self.generation = generation

    def shard_of(self, stream: StreamId) -> int:
        # A stream's name ends in 128 bits of a hash already.
        return int(stream[-8:], 16) % self.shards

    def turn(self, *streams: StreamId) -> AbstractAsyncContextManager[None]:
        return self._streams.take(streams)

    async def load(self, stream: StreamId) -> Stream:
        row = await self._rows.get(self._partition(stream), layout.snapshot_key(stream))
        return layout.stream_of(stream, row)

    async def append(
        self, appends: Sequence[Append], *, now: datetime
    ) -> Sequence[Appended | Lost]:
        shard = self._one_shard(appends)
        prepared = [layout.prepare(append) for append in appends]
        _check_size(prepared, now)
        for large in (data for one in prepared for data in one.large):
            await self._artifacts.put(large)
        async with self._turns[shard]:
            answers = await self._commit(shard, prepared, now)
        return answers or await self._receipts(shard, appends)

    async def head(self, shard: int) -> Head:
        head = await self._read_head(shard)
        return Head(position=head.position, at=head.at)

    async def read(self, shard: int, *, after: int, limit: int = 500) -> list[Recorded]:
        first, last = layout.event_key(after + 1), layout.event_key(10**12 - 1)
        rows = await self._rows.range(layout.partition(shard), first, last, limit=limit)
        for index, row in enumerate(rows):
            if row.key != layout.event_key(after + 1 + index):
                raise UnreadableEvent(shard, after + 1 + index, "there is no event")
        return [await recorded(self._artifacts, shard, row) for row in rows]

    async def history(self, stream: StreamId) -> list[Recorded]:
        shard = self.shard_of(stream)
        key = self._partition(stream)
        first, last = layout.version_key(stream, 1), layout.version_key(stream, 10**10 - 1)
        versions = await self._rows.range(key, first, last, limit=1_000_000)
        places = layout.positions(versions)
        rows = await asyncio.gather(
            *(self._rows.get(key, layout.event_key(position)) for position in places)
        )
        events = [
            await recorded(self._artifacts, shard, _present(row, shard, position))
            for row, position in zip(rows, places, strict=True)
        ]
        if [event.version for event in events] != list(range(1, len(events) + 1)):
            raise CorruptLog(f"stream {stream}: its versions are not 1 to {len(events)}")
        return events

    async def _commit(
        self, shard: int, prepared: Sequence[layout.Prepared], now: datetime
    ) -> Sequence[Appended]:
        """Write one transaction behind the head; nothing when what became of it is not known."""
        head = self._heads.get(shard) or await self._read_head(shard)
        at = now if head.at is None else max(now, head.at)
        writes, answers = _rows(prepared, head.position, at)
        end = head.position + sum(answer.count for answer in answers)
        try:
            etags = await self._rows.commit(
                layout.partition(shard), [layout.head_row(end, at, head.etag), *writes]
            )
        except (RowConflict, StorageUnavailable):
            self._heads.pop(shard, None)
            return ()
        self._heads[shard] = _Head(end, at, etags[layout.HEAD])
        return answers

    async def _read_head(self, shard: int) -> _Head:
        row = await self._rows.get(layout.partition(shard), layout.HEAD)
        if row is None:
            return _Head(0, None, None)
        at = layout.moment(str(row.cells["at"]))
        head = _Head(layout.integer(row.cells, "position"), at, row.etag)
        self._heads[shard] = head
        return head

    async def _receipts(self, shard: int, appends: Sequence[Append]) -> list[Appended | Lost]:
        """What became of the commands, after an answer that does not tell."""
        keys = [layout.receipt_key(append.command) for append in appends]
        partition = layout.partition(shard)
        rows = await asyncio.gather(*(self._rows.get(partition, key) for key in keys))
        return [Lost() if row is None else layout.receipt_of(row) for row in rows]

    def _one_shard(self, appends: Sequence[Append]) -> int:
        shards = {self.shard_of(append.stream.id) for append in appends}
        if len(shards) != 1:
            raise LimitExceeded("a transaction holds streams of exactly one shard")
        if not all(append.events for append in appends):
            raise LimitExceeded("an append without events has nothing to record")
        return shards.pop()

    def _partition(self, stream: StreamId) -> str:
        return layout.partition(self.shard_of(stream))


def _rows(
    prepared: Sequence[layout.Prepared], position: int, at: datetime
) -> tuple[list[Write], list[Appended]]:
    """The rows of several commands behind a position, and where each of them comes to stand."""
    writes: list[Write] = []
    answers: list[Appended] = []
    for one in prepared:
        writes += layout.rows_of(one, position + 1, at)
        count = len(one.encoded)
        answers.append(Appended(first=position + 1, count=count, repeated=False))
        position += count
    return writes, answers


def _check_size(prepared: Sequence[layout.Prepared], now: datetime) -> None:
    """Refuse what storage would, before any I/O: a row's size does not depend on its position."""
    writes, _ = _rows(prepared, 0, now)
    check_transaction(layout.partition(0), [layout.head_row(0, now, None), *writes])


def _present(row: Row | None, shard: int, position: int) -> Row:
    if row is None:
        raise UnreadableEvent(shard, position, "there is no event")
    return row
