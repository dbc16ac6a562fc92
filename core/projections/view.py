"""A projection's rows in storage, kept up to date event by event.

An event that cannot be applied is parked with its stream, and all others go on; or, where a view
must be whole to be of use, it halts this view in this shard: the checkpoint says so and stays where
it is, every later try starts at the same event, and no other view or shard waits. Both are said
aloud.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence

from core.domain.recorded import Recorded
from core.domain.values import Artifact
from core.errors import (
    LimitExceeded,
    RowConflict,
    StorageError,
    StorageUnavailable,
    UnreadableEvent,
)
from core.log import layout
from core.projections.active import TableName
from core.projections.ahead import read_ahead
from core.projections.interface import Change, Projection, table_name
from core.projections.parking import MOST, NoSkips, Skips, behind, first_of, park, reason_of
from core.projections.partition import CHECKPOINT, Partition
from core.storage.interface import Artifacts, Tables

logger = logging.getLogger(__name__)

_UNWRITTEN = 200
"""Events without effect after which the checkpoint is written all the same; it is written at once
where it says that the view has halted, which is not so any more."""


class View:
    """One projection over all shards: a Follower."""

    def __init__(
        self,
        projection: Projection,
        tables: Tables,
        artifacts: Artifacts,
        *,
        table: TableName | None = None,
        parks: bool = False,
        skips: Skips | None = None,
    ) -> None:
        """`table` names the table again and again; by itself it is the first generation's. A view
        that `parks` sets aside what it cannot apply."""
        self._projection = projection
        self._tables = tables
        self._artifacts = artifacts
        self.table = table or self._first_table
        """Where its rows stand at this moment."""
        self._parks = parks
        self._skips = skips or NoSkips()
        self._partitions: dict[int, Partition] = {}

    @property
    def name(self) -> str:
        return self._projection.name

    async def position(self, shard: int) -> int:
        partition = self._partitions[shard] = await self._take(shard)
        return partition.position

    async def follow(self, shard: int, tail: Sequence[Recorded]) -> Iterable[int]:
        partition = await self._take(shard)
        try:
            news = [recorded for recorded in tail if recorded.position > partition.position]
            fetched = await read_ahead(self._projection, partition, self._artifacts, news)
            for recorded in tail:
                if recorded.position > partition.position:
                    await self._go_on(partition, recorded, fetched)
            await partition.flush()
            if partition.unwritten >= (1 if partition.halted else _UNWRITTEN):
                await partition.write_checkpoint()
        except (RowConflict, StorageUnavailable):
            raise
        except Exception as error:
            await self._halt(shard, partition, error)
            raise
        self._partitions[shard] = partition
        return ()

    async def stumble(self, shard: int, unreadable: UnreadableEvent) -> None:
        """Never parked: nobody knows whose event it is."""
        partition = await self._take(shard)
        if not await self._skips.skipped(self.name, shard, unreadable.position):
            await self._halt(shard, partition, unreadable)
            raise unreadable
        await partition.change(unreadable.position, ())
        await partition.write_checkpoint()
        self._partitions[shard] = partition

    async def settle(self, shard: int) -> None:
        partition = await self._take(shard)
        if partition.unwritten:
            try:
                await partition.write_checkpoint()
            except RowConflict:
                return  # a rival has written how far it is
        self._partitions[shard] = partition

    async def replay(self, recorded: Recorded) -> str | None:
        """Apply a parked event after all; what still stands against it, or `None`.

        The checkpoint stays where it is. An event that is not parked (any more) changes nothing.
        """
        partition = await self._take(recorded.shard)
        first = first_of(recorded.stream, partition.parked)
        if recorded.position not in partition.parked or first is None:
            return None
        if first < recorded.position:
            return behind(recorded, first).error
        try:
            changes = await self._changes(partition, recorded, {})
            await partition.unpark(recorded.position, changes)
            await partition.flush()
        except (RowConflict, StorageUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it stays parked and is told
            if not await self._given_up(recorded):
                await partition.park(park(recorded, reason_of(error)))
                await partition.flush()
                return reason_of(error)
            await partition.unpark(recorded.position, ())
            await partition.flush()
        return None

    async def is_whole(self, turn: int) -> bool:
        """Whether storage still has what was written to it: asked of one shard, in turns. A table
        that was removed lacks all of them."""
        written = [shard for shard, one in sorted(self._partitions.items()) if one.written]
        if not written:
            return True
        shard = written[turn % len(written)]
        partition = self._partitions[shard]
        rows = await self._tables.open(partition.table)
        row = await rows.get(layout.partition(shard), CHECKPOINT)
        return row is not None and layout.integer(row.cells, "position") >= partition.written

    def forget(self) -> None:
        """Ask storage anew how far every shard is."""
        self._partitions.clear()

    async def _go_on(
        self, partition: Partition, recorded: Recorded, fetched: Mapping[Artifact, bytes]
    ) -> None:
        """Apply the event, or set it aside. Of its artifacts some were fetched already."""
        first = first_of(recorded.stream, partition.parked) if partition.parked else None
        if first is not None:
            _check_room(partition)
            await partition.park(behind(recorded, first))
            return
        try:
            changes = await self._changes(partition, recorded, fetched)
            await partition.change(recorded.position, changes)
        except (RowConflict, StorageUnavailable):
            raise
        except Exception as error:
            if await self._given_up(recorded):
                await partition.change(recorded.position, ())
                return
            if not self._parks or len(partition.parked) >= MOST:
                raise
            place = f"{recorded.shard}.{recorded.position}"
            logger.exception("%s parks the event at %s", self.name, place)
            await partition.park(park(recorded, reason_of(error)))

    async def _given_up(self, recorded: Recorded) -> bool:
        return await self._skips.skipped(self.name, recorded.shard, recorded.position)

    async def _changes(
        self, partition: Partition, recorded: Recorded, fetched: Mapping[Artifact, bytes]
    ) -> Sequence[Change]:
        projection = self._projection
        rows = await partition.read(projection.keys(recorded))
        needs = projection.needs(recorded, rows)
        rows |= await partition.read(needs.keys)
        for prefix in needs.prefixes:
            rows |= await partition.read_all(prefix)
        artifacts = {one.sha256: fetched[one] for one in needs.artifacts if one in fetched}
        missing = [one for one in needs.artifacts if one not in fetched]
        contents = await asyncio.gather(*(self._artifacts.get(one) for one in missing))
        names = (artifact.sha256 for artifact in missing)
        return projection.apply(recorded, rows, artifacts | dict(zip(names, contents, strict=True)))

    async def _halt(self, shard: int, partition: Partition, error: Exception) -> None:
        """Keep what was applied before the event, and leave word where operators look.

        RowConflict when a rival has moved on meanwhile: then the rows that the event was applied to
        were out of date, and so may be what went wrong with it.
        """
        reason = reason_of(error)
        try:
            await partition.flush()
            if partition.halted != reason:
                await partition.write_checkpoint(halted=reason)
        except RowConflict as rival:
            raise rival from error
        except StorageError as second:
            error.add_note(f"and it could not be written down: {second}")
        else:
            self._partitions[shard] = partition

    async def _take(self, shard: int) -> Partition:
        """The shard's partition. It is put back by whoever knows that what it remembers is right:
        not when a rival was quicker, an outcome is not known, or we were stopped in the middle."""
        table = await self.table()
        partition = self._partitions.pop(shard, None)
        if partition is None or partition.table != table:
            rows = await self._tables.open(table)
            partition = Partition(rows, layout.partition(shard), table=table)
            await partition.load()
        return partition

    async def _first_table(self) -> str:
        return table_name(self._projection)


def _check_room(partition: Partition) -> None:
    if len(partition.parked) >= MOST:
        raise LimitExceeded(
            f"{MOST} events of this shard are parked: this is not one event's fault"
        )
