"""What belongs to a subscription: read from the whole log, before any of it is copied.

A stream belongs to the subscription that the last of its events names: a registry may move, and its
images and their past go with it. A tag goes with the image that it points to last.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from core.backup.copying import LOG, META
from core.domain.ids import StreamId, image_stream
from core.domain.values import Artifact, ImageName
from core.errors import ConfigurationError
from core.log import layout
from core.storage.account import Account
from core.storage.interface import Artifacts, Row, Rows

_PAGE = 500


class _Named(msgspec.Struct, frozen=True):
    """What an event says of whose it is, whatever its type."""

    subscription: str = ""
    registry: str = ""
    repository: str = ""
    digest: str = ""
    bom: Artifact | None = None


@dataclass(slots=True, kw_only=True)
class _Stream:
    """What its events have said of a stream so far."""

    events: int = 0
    owners: list[str] = field(default_factory=list)
    """The subscriptions that they name, each once, in their order."""
    image: StreamId | None = None
    """For a tag: the image that it points to."""
    boms: set[Artifact] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What is to be erased, and what is not."""

    subscription: str
    streams: frozenset[StreamId]
    """Those that are erased."""
    events: int
    """In them."""
    kept: int
    """Events of all others."""
    moved: frozenset[StreamId]
    """Those that others have by now, and that tell of the subscription's time all the same."""
    inventories: frozenset[Artifact]
    """Inventories of the images that are kept."""
    heads: Sequence[int]
    """How far each shard was read."""

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many streams of which kind are erased."""
        return Counter(stream.partition("-")[0] for stream in sorted(self.streams))

    @property
    def name(self) -> str:
        """Tells this erasure from every other, and says nothing of the subscription."""
        parts = (self.subscription, *map(str, self.heads), *sorted(self.streams))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


async def belongings(account: Account, subscription: str) -> Belongings:
    """What the log knows of that subscription. ConfigurationError where there is no log."""
    rows = await account.tables.open(LOG)
    meta = await rows.get(META, META)
    if meta is None:
        raise ConfigurationError("there is no log in the account to copy from")
    streams: dict[StreamId, _Stream] = {}
    shards = range(layout.integer(meta.cells, "shards"))
    heads = [await _read(rows, account.artifacts, shard, streams) for shard in shards]
    mine = {name for name, one in streams.items() if one.owners[-1:] == [subscription]}
    mine |= {name for name, one in streams.items() if one.image in mine}
    others = [(name, one) for name, one in streams.items() if name not in mine]
    return Belongings(
        subscription=subscription,
        streams=frozenset(mine),
        events=sum(streams[name].events for name in mine),
        kept=sum(one.events for _, one in others),
        moved=frozenset(name for name, one in others if subscription in one.owners),
        inventories=frozenset(bom for _, one in others for bom in one.boms),
        heads=heads,
    )


async def _read(
    rows: Rows, artifacts: Artifacts, shard: int, streams: dict[StreamId, _Stream]
) -> int:
    """Hear all events of a shard; the position of the last."""
    position = 0
    while True:
        page = await rows.range(
            layout.partition(shard),
            layout.event_key(position + 1),
            layout.event_key(10**12 - 1),
            limit=_PAGE,
        )
        for row in page:
            stream = streams.setdefault(StreamId(str(row.cells["stream"])), _Stream())
            _hear(stream, str(row.cells["type"]), await _said(row, artifacts))
        if not page:
            return position
        position = layout.position_of(page[-1].key)


async def _said(row: Row, artifacts: Artifacts) -> _Named:
    spilled = layout.spilled_artifact(row)
    data = str(row.cells["data"]) if spilled is None else await artifacts.get(spilled)
    return msgspec.json.decode(data, type=_Named)


def _hear(stream: _Stream, kind: str, said: _Named) -> None:
    stream.events += 1
    if said.subscription:
        owner = said.subscription.lower()
        stream.owners = [*(one for one in stream.owners if one != owner), owner]
    if kind == "TagPointed":
        image = ImageName(registry=said.registry, repository=said.repository, digest=said.digest)
        stream.image = image_stream(image)
    if said.bom is not None:
        stream.boms.add(said.bom)
