"""How every follower of the log stands: which table and version, how far, what it stumbled over.

Read from storage alone, never from what this process believes; so every process says the same.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.log import layout
from core.log.interface import EventLog
from core.projections.active import Active
from core.projections.interface import Projection
from core.projections.parking import Parked
from core.projections.partition import CHECKPOINT, Partition
from core.projections.views import Views
from core.rebuilding.state import Rebuild, Rebuilds
from core.storage.interface import Row, Rows

_PROCESSES = 1000
"""More process managers than there are."""

type Marks = Mapping[str, Row]
"""Checkpoints of process managers in one shard, by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardStanding:
    """A follower in one shard."""

    shard: int
    position: int
    head: int
    halted: str
    """Why the event behind its position could not be followed; empty when it can go on."""
    parked: Sequence[Parked] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewStanding:
    """A view's table, and whether another one is being made."""

    version: int
    """Of the projection in this app."""
    active: Active
    rebuild: Rebuild | None
    """The last one."""
    progress: Sequence[ShardStanding] = ()
    """How far the new table is, while a rebuild runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A view or process manager."""

    name: str
    shards: Sequence[ShardStanding]
    view: ViewStanding | None
    """`None` for a process manager, which has no table and is never rebuilt."""

    @property
    def lag(self) -> int:
        """Events that it has not followed."""
        return sum(max(0, one.head - one.position) for one in self.shards)


class Followers:
    """Looks at views and process managers."""

    def __init__(
        self, log: EventLog, views: Views, checkpoints: Rows, processes: Sequence[str]
    ) -> None:
        self._log = log
        self._views = views
        self._checkpoints = checkpoints
        self._processes = processes
        self._rebuilds = Rebuilds(views.tables)

    @property
    def processes(self) -> Sequence[str]:
        """The process managers' names."""
        return self._processes

    async def all(self) -> list[Standing]:
        """Every view, then every process manager."""
        heads, marks = await asyncio.gather(self._heads(), self._marks())
        views = [self._view(one, heads) for one in self._views.all.values()]
        processes = [_process(name, heads, marks) for name in self._processes]
        return [*await asyncio.gather(*views), *processes]

    async def one(self, name: str) -> Standing | None:
        """The view or process manager of that name."""
        projection = self._views.all.get(name)
        if projection is not None:
            return await self._view(projection, await self._heads())
        if name not in self._processes:
            return None
        return _process(name, *await asyncio.gather(self._heads(), self._marks()))

    async def _heads(self) -> list[int]:
        shards = range(self._log.shards)
        return [head.position for head in await asyncio.gather(*map(self._log.head, shards))]

    async def _view(self, projection: Projection, heads: Sequence[int]) -> Standing:
        active = await self._views.active.of(projection)
        rebuild = await self._rebuilds.latest(projection.name)
        running = rebuild is not None and rebuild.running
        view = ViewStanding(
            version=projection.version,
            active=active,
            rebuild=rebuild,
            progress=await self._table(rebuild.table, heads) if rebuild and running else (),
        )
        shards = await self._table(active.table, heads)
        return Standing(name=projection.name, shards=shards, view=view)

    async def _table(self, name: str, heads: Sequence[int]) -> list[ShardStanding]:
        rows = await self._views.tables.open(name)
        each = (self._shard(rows, shard, head) for shard, head in enumerate(heads))
        return await asyncio.gather(*each)

    async def _shard(self, rows: Rows, shard: int, head: int) -> ShardStanding:
        partition = Partition(rows, layout.partition(shard))
        row = await rows.get(layout.partition(shard), CHECKPOINT)
        parked = await partition.all_parked() if row is not None and row.cells.get("parked") else ()
        return _standing(row, shard, head, parked)

    async def _marks(self) -> list[Marks]:
        """How far all process managers are, shard by shard."""
        shards = map(layout.partition, range(self._log.shards))
        read = (self._checkpoints.range(one, "", "~", limit=_PROCESSES) for one in shards)
        return [{row.key: row for row in rows} for rows in await asyncio.gather(*read)]


def _process(name: str, heads: Sequence[int], marks: Sequence[Marks]) -> Standing:
    shards = [
        _standing(rows.get(name), shard, head)
        for shard, (head, rows) in enumerate(zip(heads, marks, strict=True))
    ]
    return Standing(name=name, shards=shards, view=None)


def _standing(
    row: Row | None, shard: int, head: int, parked: Sequence[Parked] = ()
) -> ShardStanding:
    return ShardStanding(
        shard=shard,
        position=0 if row is None else layout.integer(row.cells, "position"),
        head=head,
        halted="" if row is None else str(row.cells.get("halted", "")),
        parked=parked,
    )
