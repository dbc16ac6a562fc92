"""Brings the database up to date with the views, by what has changed since it was last looked at.

One row of every shard of the images' view says how far that is; where it has moved, the log names
the images that were touched since, and those are read again. So a question of a fleet in which
nothing happened costs a few small reads, however large it is.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched

from core.azure_shapes.judged import Judged, judged
from core.domain.ids import StreamId
from core.enrolment.plans import Plans, Subscription
from core.errors import ArtifactMissing
from core.log import layout
from core.log.interface import EventLog
from core.projections.cells import instant, number, text, words
from core.projections.images import image_key, is_there
from core.projections.partition import CHECKPOINT
from core.registry.references import RegistryResource, parse_resource
from core.resource_graph.contents import Contents
from core.resource_graph.images import told
from core.resource_graph.resources import Resource, resources_of
from core.scanning.exploited import KnownExploitation
from core.storage.interface import Artifacts, Cells, Row, RowReader, Where
from core.storage.reading import every

logger = logging.getLogger(__name__)

MAX_TOUCHED = 1000
"""Events of a shard behind which its images are all read again: that is quicker then."""
_FIRST, _LAST = "i|", "i}"
_TOGETHER = 250
"""Images that are told of in one transaction."""
_READS = 32
"""Blobs and rows that are read at the same time."""
_ALIKE = (
    *("digest", "subscription", "media_type", "distribution", "pushed_at"),
    *("completed_at", "health", "findings_sha256", "exemptions_sha256"),
)
"""What a row says that is told; while it stays the same, so does what is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """How far the database is."""

    at: datetime
    """When the views were last looked at: all that they showed then is in it."""
    behind: int
    """Events that the log had then, and the images' view had not."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The same, for an answer."""
        return {"Pratique-As-Of": instant(self.at), "Pratique-Events-Behind": f"{self.behind}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Image:
    """An image that was read."""

    shard: int
    registry: str
    health: str
    alike: tuple[object, ...]


class Feed:
    """Reads what has changed. One call at a time."""

    def __init__(
        self,
        log: EventLog,
        images: RowReader,
        plans: Plans,
        artifacts: Artifacts,
        exploitation: KnownExploitation,
    ) -> None:
        self._log = log
        self.images = images
        self._plans = plans
        self._artifacts = artifacts
        self._exploitation = exploitation
        self._registries: Mapping[str, RegistryResource] = {}
        self._subscriptions: Sequence[Subscription] = ()
        self._positions: dict[int, int] = {}
        self._told: dict[StreamId, _Image] = {}
        self._reads = asyncio.Semaphore(_READS)

    async def bring(self, contents: Contents) -> Brought:
        """Have the contents be what the views show. StorageUnavailable when storage does not
        answer: then they are part of the way, and the next call goes on."""
        at = datetime.now(UTC)
        shards = range(self._log.shards)
        positions = await asyncio.gather(*map(self._position, shards))
        heads = await asyncio.gather(*map(self._log.head, shards))
        changed = await self._enrolled(contents)
        for shard, position in enumerate(positions):
            if self._positions.get(shard) != position:
                await self._shard(contents, shard, position)
                self._positions[shard] = position
                changed = True
        await _in_thread(contents.exploit, await self._exploitation.now())
        if changed:
            await _in_thread(contents.keep, list(self._resources()))
        behind = sum(
            max(0, head.position - position)
            for head, position in zip(heads, positions, strict=True)
        )
        return Brought(at=at, behind=behind)

    async def _position(self, shard: int) -> int:
        """How far the images' view is."""
        row = await self.images.get(layout.partition(shard), CHECKPOINT)
        return number(row.cells, "position") if row else 0

    async def _enrolled(self, contents: Contents) -> bool:
        """Look which registries there are; whether that has changed. Every image's row says where
        it is, so all are read again when a registry comes or goes."""
        subscriptions = await self._plans.all()
        if subscriptions == self._subscriptions:
            return False
        found = {
            registered.login_server: parse_resource(resource)
            for subscription in subscriptions
            for resource, registered in subscription.registries.items()
        }
        if found != self._registries:
            await _in_thread(contents.clear)
            self._positions, self._told = {}, {}
        self._registries, self._subscriptions = found, subscriptions
        return True

    async def _shard(self, contents: Contents, shard: int, position: int) -> None:
        """Read what has changed in a shard."""
        touched = await self._touched(shard, position)
        if touched is None:
            rows = await self._all(shard)
            there = {_stream(row) for row in rows if is_there(row.cells)}
            here = (name for name, one in self._told.items() if one.shard == shard)
            gone = [name for name in here if name not in there]
        else:
            some = await asyncio.gather(*(self._row(shard, stream) for stream in touched))
            rows = [row for row in some if row is not None and is_there(row.cells)]
            gone = sorted(touched - {_stream(row) for row in rows})
        await self._forget(contents, gone)
        for batch in batched(rows, _TOGETHER, strict=False):
            await self._tell(contents, shard, batch)

    async def _touched(self, shard: int, position: int) -> set[StreamId] | None:
        """The images that something happened to since; `None` where that is not worth asking."""
        known = self._positions.get(shard)
        if known is None or not known <= position <= known + MAX_TOUCHED:
            return None
        touched: set[StreamId] = set()
        while known < position:
            events = await self._log.read(shard, after=known)
            if not events:
                break
            touched |= {one.stream for one in events if one.stream.startswith("image-")}
            known = events[-1].position
        return touched

    async def _all(self, shard: int) -> list[Row]:
        where = (
            Where("PartitionKey", "eq", layout.partition(shard)),
            Where("RowKey", "ge", _FIRST),
            Where("RowKey", "lt", _LAST),
        )
        return [row async for row in every(self.images, where) if is_there(row.cells)]

    async def _row(self, shard: int, stream: StreamId) -> Row | None:
        async with self._reads:
            return await self.images.get(layout.partition(shard), image_key(stream))

    async def _tell(self, contents: Contents, shard: int, rows: Sequence[Row]) -> None:
        """Tell of those images of which something else is to be told than before."""
        images = {_stream(row): _image(shard, row.cells) for row in rows}
        news = [row for row in rows if images[_stream(row)] != self._told.get(_stream(row))]
        await self._forget(contents, [_stream(row) for row in news if not self._is_told(row.cells)])
        read = await asyncio.gather(
            *(self._judged(row) for row in news if self._is_told(row.cells))
        )
        there = [one for one in read if one is not None]
        if there:
            known = await self._exploitation.now()
            await _in_thread(lambda: contents.tell([told(one) for one in there], (), known))
        self._told |= images

    async def _forget(self, contents: Contents, streams: Iterable[StreamId]) -> None:
        gone = [stream for stream in streams if self._told.pop(stream, None) is not None]
        if gone:
            await _in_thread(contents.tell, (), gone, None)

    def _is_told(self, cells: Cells) -> bool:
        """An index is told of by its images; a registry that nobody knows has no id."""
        return text(cells, "registry") in self._registries and "children" not in cells

    async def _judged(self, row: Row) -> Judged | None:
        """The image; `None` where storage has lost what was found in it. That is told of by
        whoever verifies storage, and keeps no other image out."""
        async with self._reads:
            registry = self._registries[text(row.cells, "registry")]
            try:
                return await judged(self._artifacts, row.cells, registry)
            except ArtifactMissing:
                logger.exception("%s is left out of Resource Graph", _stream(row))
                return None

    def _resources(self) -> Iterable[Resource]:
        counts: dict[str, Counter[str]] = {}
        for image in self._told.values():
            counts.setdefault(image.registry, Counter())[image.health] += 1
        return resources_of(self._subscriptions, counts)


def _stream(row: Row) -> StreamId:
    return StreamId(row.key.removeprefix(_FIRST))


def _image(shard: int, cells: Cells) -> _Image:
    return _Image(
        shard=shard,
        registry=text(cells, "registry"),
        health=text(cells, "health"),
        alike=(*words(cells, "tags"), *(cells.get(name) for name in _ALIKE)),
    )


async def _in_thread[*Given](call: Callable[[*Given], None], *given: *Given) -> None:
    await asyncio.to_thread(call, *given)
