"""The images' rows as they stood at a moment. One image is folded from its own stream, whose
history is read for its timeline anyway; a list is folded from its shards."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.log import layout
from core.past.rows import PastRows
from core.past.shards import PastShards
from core.projections.images import Images, image_key
from core.storage.interface import Page, Row, Where
from core.storage.memory import PAGE

_IMAGE = image_key(StreamId(""))
"""What the key of an image's row begins with."""

type Histories = Callable[[StreamId], Awaitable[list[Recorded]]]
"""A stream's events up to the moment."""


class PastImages:
    """A RowReader, for one question."""

    def __init__(self, shards: PastShards, moment: datetime, history: Histories) -> None:
        self._rows = PastRows(shards, Images(), moment)
        self._shards = shards
        self._history = history

    async def get(self, partition: str, key: str) -> Row | None:
        if not key.startswith(_IMAGE):
            return await self._rows.get(partition, key)
        alone = self._shards.alone(layout.shard_of(partition))
        await alone.take(await self._history(StreamId(key.removeprefix(_IMAGE))))
        return await alone.rows(Images()).get(partition, key)

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        return await self._rows.range(partition, first, last, limit=limit)

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = PAGE, token: str | None = None
    ) -> Page:
        return await self._rows.scan(where, limit=limit, token=token)
