"""The images' rows as they stood at a moment: the table of that day, as far as it is asked for."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.errors import InvalidInput
from core.log import layout
from core.past.fold import Fold
from core.past.shards import PastShards
from core.projections.images import Images, image_key
from core.storage.interface import Artifacts, Page, Row, Where
from core.storage.memory import PAGE, MemoryRows
from core.storage.tokens import decode_place, encode_place

_IMAGE = image_key(StreamId(""))
"""What the key of an image's row begins with."""

type Histories = Callable[[StreamId], Awaitable[list[Recorded]]]
"""A stream's events up to the moment."""


class PastImages:
    """A RowReader. One image is folded from its own stream, a list from its shards."""

    def __init__(
        self, shards: PastShards, moment: datetime, history: Histories, artifacts: Artifacts
    ) -> None:
        self._shards = shards
        self._moment = moment
        self._history = history
        self._artifacts = artifacts

    async def get(self, partition: str, key: str) -> Row | None:
        shard = layout.shard_of(partition)
        if not key.startswith(_IMAGE):
            return await (await self._rows(shard)).get(partition, key)
        alone = Fold(shard, self._artifacts)
        await alone.take(await self._history(StreamId(key.removeprefix(_IMAGE))))
        return await alone.rows(Images()).get(partition, key)

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        rows = await self._rows(layout.shard_of(partition))
        return await rows.range(partition, first, last, limit=limit)

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = PAGE, token: str | None = None
    ) -> Page:
        found: list[Row] = []
        first = self._shard_of(token)
        for shard in range(first, self._shards.shards):
            if len(found) >= limit:
                return Page(tuple(found), encode_place((layout.partition(shard), "")))
            rows = await self._rows(shard)
            page = await rows.scan(where, limit=limit - len(found), token=token)
            found += page.rows
            if page.token is not None:
                return Page(tuple(found), page.token)
            token = None
        return Page(tuple(found), None)

    def _shard_of(self, token: str | None) -> int:
        if token is None:
            return 0
        partition, _ = decode_place(token)
        places = {layout.partition(shard): shard for shard in range(self._shards.shards)}
        if partition not in places:
            raise InvalidInput("this continuation token is not one of ours")
        return places[partition]

    async def _rows(self, shard: int) -> MemoryRows:
        return (await self._shards.fold(shard, self._moment)).rows(Images())
