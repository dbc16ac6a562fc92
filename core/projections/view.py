"""A projection's rows in storage, kept up to date event by event.

An event that cannot be applied halts this view in this shard, loudly: the checkpoint says so and
stays where it is, every later try starts at the same event, and no other view or shard waits.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from core.domain.recorded import Recorded
from core.errors import RowConflict, StorageError, StorageUnavailable
from core.log import layout
from core.projections.interface import Needs, Projection, table_name
from core.projections.partition import Partition
from core.storage.interface import Artifacts, Tables

_UNWRITTEN = 200
"""Events without effect after which the checkpoint is written all the same."""


class View:
    """One projection over all shards: a Follower."""

    def __init__(self, projection: Projection, tables: Tables, artifacts: Artifacts) -> None:
        self._projection = projection
        self._tables = tables
        self._artifacts = artifacts
        self._partitions: dict[int, Partition] = {}

    @property
    def name(self) -> str:
        return table_name(self._projection)

    async def position(self, shard: int) -> int:
        partition = self._partitions[shard] = await self._take(shard)
        return partition.position

    async def follow(self, shard: int, tail: Sequence[Recorded]) -> Iterable[int]:
        partition = await self._take(shard)
        try:
            for recorded in tail:
                if recorded.position > partition.position:
                    await self._apply(partition, recorded)
            await partition.flush()
            if partition.unwritten >= _UNWRITTEN:
                await partition.write_checkpoint()
        except (RowConflict, StorageUnavailable):
            raise
        except Exception as error:
            await self._halt(shard, partition, error)
            raise
        self._partitions[shard] = partition
        return ()

    async def settle(self, shard: int) -> None:
        partition = await self._take(shard)
        if partition.unwritten:
            try:
                await partition.write_checkpoint()
            except RowConflict:
                return  # a rival has written how far it is
        self._partitions[shard] = partition

    async def _apply(self, partition: Partition, recorded: Recorded) -> None:
        projection = self._projection
        rows = await partition.read(projection.keys(recorded))
        needs = projection.needs(recorded, rows)
        rows |= await partition.read(needs.keys)
        for prefix in needs.prefixes:
            rows |= await partition.read_all(prefix)
        artifacts = await self._fetch(needs)
        changes = projection.apply(recorded, rows, artifacts)
        await partition.change(recorded.position, changes)

    async def _fetch(self, needs: Needs) -> Mapping[str, bytes]:
        contents = await asyncio.gather(*(self._artifacts.get(one) for one in needs.artifacts))
        names = (artifact.sha256 for artifact in needs.artifacts)
        return dict(zip(names, contents, strict=True))

    async def _halt(self, shard: int, partition: Partition, error: Exception) -> None:
        """Keep what was applied before the event, and leave word where operators look."""
        reason = f"{type(error).__name__}: {error}"[:1000]
        try:
            await partition.flush()
            if partition.halted != reason:
                await partition.write_checkpoint(halted=reason)
        except StorageError as second:
            error.add_note(f"and it could not be written down: {second}")
        else:
            self._partitions[shard] = partition

    async def _take(self, shard: int) -> Partition:
        """The shard's partition. It is put back by whoever knows that what it remembers is right:
        not when a rival was quicker, an outcome is not known, or we were stopped in the middle."""
        partition = self._partitions.pop(shard, None)
        if partition is None:
            rows = await self._tables.open(table_name(self._projection))
            partition = Partition(rows, layout.partition(shard))
            await partition.load()
        return partition
