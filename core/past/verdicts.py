"""The verdicts that an image had, one after the other: for whoever asks what changed since.

"A day ago" is another moment with each question, and folding an image's history for each takes
tens of milliseconds, since its findings are read with it. But what an image's row came to by its
last event does not change until the next: so its verdicts are kept with that event's position, for
as many images as one would look at.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.domain.values import Health
from core.log import layout
from core.past.shards import PastShards
from core.projections.cells import number, text
from core.projections.images import Images, is_there
from core.storage.interface import Row

KEPT = 500
"""Images whose verdicts are kept: those of some answers of the longest."""

type History = Callable[[StreamId], Awaitable[list[Recorded]]]
"""A stream's events in order."""
type _Place = tuple[str, str, int]
"""Shard and key of a row, and the position that it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """From when on an image had a verdict; `None` for an image that was not there."""

    at: datetime
    health: Health | None


class Verdicts:
    """Finds what an image's verdict was."""

    def __init__(self, shards: PastShards) -> None:
        self._shards = shards
        self._kept: dict[_Place, Sequence[_Step]] = {}
        """Those that were asked for last, last."""

    async def at(self, moment: datetime, row: Row, history: History) -> Health | None:
        """The verdict at that moment of the image with this row; `None` where it was not there. An
        event at the moment itself is behind it."""
        place = (row.partition, row.key, number(row.cells, "position"))
        steps = self._kept.pop(place, None)
        if steps is not None:
            self._kept[place] = steps
        else:
            steps = await self._look_up(place, row, history)
        return next((one.health for one in reversed(steps) if one.at <= moment), None)

    async def _look_up(self, place: _Place, row: Row, history: History) -> Sequence[_Step]:
        """Its verdicts, which are kept unless an event of it could not be read: that is mended one
        day."""
        fold = self._shards.alone(layout.shard_of(row.partition))
        steps: list[_Step] = []
        for recorded in await history(StreamId(row.key.partition("|")[2])):
            if recorded.position > number(row.cells, "position"):
                break
            await fold.take([recorded])
            now = await fold.rows(Images()).get(row.partition, row.key)
            there = now is not None and is_there(now.cells)
            health = Health(text(now.cells, "health")) if now is not None and there else None
            if not steps or steps[-1].health != health:
                steps.append(_Step(at=recorded.at, health=health))
        if not fold.parked:
            self._kept[place] = steps
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return steps
