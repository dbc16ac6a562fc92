"""A view's rows as they stood at a moment: the table of that day, as far as it is asked for."""

from collections.abc import Sequence
from datetime import datetime

from core.errors import InvalidInput
from core.log import layout
from core.past.shards import PastShards
from core.projections.interface import Projection
from core.storage.interface import Page, Row, RowReader, Where
from core.storage.memory import PAGE, holds
from core.storage.tokens import decode_place, encode_place


class PastRows:
    """A RowReader, for one question."""

    def __init__(self, shards: PastShards, projection: Projection, moment: datetime) -> None:
        self._shards = shards
        self._projection = projection
        self._moment = moment

    async def get(self, partition: str, key: str) -> Row | None:
        return await (await self._table(layout.shard_of(partition))).get(partition, key)

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        table = await self._table(layout.shard_of(partition))
        return await table.range(partition, first, last, limit=limit)

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = PAGE, token: str | None = None
    ) -> Page:
        found: list[Row] = []
        first = 0 if token is None else place_of(token, self._shards.shards)[0]
        for shard in range(first, self._shards.shards):
            if not _asked(layout.partition(shard), where):
                continue  # and need not be folded
            if len(found) >= limit:
                return Page(tuple(found), encode_place((layout.partition(shard), "")))
            table = await self._table(shard)
            page = await table.scan(where, limit=limit - len(found), token=token)
            found += page.rows
            if page.token is not None:
                return Page(tuple(found), page.token)
            token = None
        return Page(tuple(found), None)

    async def _table(self, shard: int) -> RowReader:
        return (await self._shards.fold(shard, self._moment)).rows(self._projection)


class KeptRows(PastRows):
    """The same of a small view, of which a question asks several times: the folds of all shards are
    more than are kept from one time to the next, and their rows of this view are few."""

    def __init__(self, shards: PastShards, projection: Projection, moment: datetime) -> None:
        super().__init__(shards, projection, moment)
        self._tables: dict[int, RowReader] = {}

    async def _table(self, shard: int) -> RowReader:
        if shard not in self._tables:
            self._tables[shard] = await super()._table(shard)
        return self._tables[shard]


def _asked(partition: str, where: Sequence[Where]) -> bool:
    """Whether the conditions on partitions hold of that one."""
    row = Row(partition=partition, key="", cells={}, etag="")
    return all(holds(row, one) for one in where if one.column == "PartitionKey")


def place_of(token: str, shards: int) -> tuple[int, str]:
    """The shard and the key that a continuation token stands for. InvalidInput when it is none."""
    partition, key = decode_place(token)
    places = {layout.partition(shard): shard for shard in range(shards)}
    if partition not in places or key is None:
        raise InvalidInput("this continuation token is not one of ours")
    return places[partition], key
