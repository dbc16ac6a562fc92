"""The images' rows as they stood at a moment. One image is folded from its own stream, whose
history is read for its timeline anyway; a list is folded from its shards."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.log import layout
from core.past.rows import PastRows
from core.past.shards import PastShards
from core.projections.images import Images, image_key
from core.storage.interface import Row

_IMAGE = image_key(StreamId(""))
"""What the key of an image's row begins with."""

type Histories = Callable[[StreamId], Awaitable[list[Recorded]]]
"""A stream's events up to the moment."""


class PastImages(PastRows):
    """A RowReader, for one question."""

    def __init__(self, shards: PastShards, moment: datetime, history: Histories) -> None:
        super().__init__(shards, Images(), moment)
        self._history = history

    async def get(self, partition: str, key: str) -> Row | None:
        if not key.startswith(_IMAGE):
            return await super().get(partition, key)
        alone = self._shards.alone(layout.shard_of(partition))
        await alone.take(await self._history(StreamId(key.removeprefix(_IMAGE))))
        return await alone.rows(Images()).get(partition, key)
