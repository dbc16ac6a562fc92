"""What must never be in a log, and is told when it is."""

import asyncio
from dataclasses import replace

import pytest

from core.errors import ConfigurationError, CorruptLog
from core.log import layout
from core.log.handle import current
from core.log.sharded import open_log
from core.storage.interface import Delete, Put
from tests.conformance.log.disk import Disk, LogContract
from tests.faults.storage import Jitter
from tests.support.tally import TALLY, add, stream


class Corruption(LogContract):
    """A hole, or what does not decode, is an alarm; never an empty answer."""

    async def test_a_log_opens_with_its_own_number_of_shards_only(self, disk: Disk) -> None:
        log = await disk.process()
        with pytest.raises(ConfigurationError, match="4 shards"):
            await open_log(disk.rows, disk.artifacts, shards=8)
        assert (await disk.process()).generation == log.generation

    async def test_processes_that_create_a_log_together_agree_on_it(self, disk: Disk) -> None:
        logs = await asyncio.gather(*(disk.process(Jitter(seed)) for seed in range(5)))
        assert len({log.generation for log in logs}) == 1

    @pytest.mark.parametrize("position", [1, 2])
    async def test_a_hole_in_the_positions_is_a_corrupt_log(
        self, disk: Disk, position: int
    ) -> None:
        log = await disk.process()
        await add(log, stream(1), 1, 2, 3, once="c")
        shard = log.shard_of(stream(1))
        await disk.rows.commit(layout.partition(shard), [Delete(layout.event_key(position))])
        with pytest.raises(CorruptLog, match=f"position {position}"):
            await log.read(shard, after=0)
        with pytest.raises(CorruptLog, match=f"position {position}"):
            await log.history(stream(1))

    @pytest.mark.parametrize("version", [1, 2, 3])
    async def test_a_hole_in_the_versions_is_a_corrupt_log(self, disk: Disk, version: int) -> None:
        log = await disk.process()
        await add(log, stream(1), 1, 2, 3, once="c")
        shard = layout.partition(log.shard_of(stream(1)))
        await disk.rows.commit(shard, [Delete(layout.version_key(stream(1), version))])
        with pytest.raises(CorruptLog):
            await current(log, replace(TALLY, schema=2), stream(1))

    @pytest.mark.parametrize("version", [1, 2])
    async def test_a_history_with_a_hole_is_never_told_as_if_it_were_whole(
        self, disk: Disk, version: int
    ) -> None:
        log = await disk.process()
        await add(log, stream(1), 1, 2, 3, once="c")
        shard = layout.partition(log.shard_of(stream(1)))
        await disk.rows.commit(shard, [Delete(layout.version_key(stream(1), version))])
        with pytest.raises(CorruptLog, match="versions"):
            await log.history(stream(1))

    @pytest.mark.parametrize(
        ("cell", "value"),
        [
            ("data", "{"),
            ("data", '{"day": "the day before yesterday"}'),
            ("data", None),
            ("type", "NeverHeardOf"),
            ("type", "ImageBilled"),
            ("schema", 99),
            ("schema", 0),
            ("schema", None),
            ("version", "two"),
            ("at", "yesterday"),
            ("at", None),
            ("stream", None),
        ],
    )
    async def test_an_event_that_does_not_decode_is_a_corrupt_log(
        self, disk: Disk, cell: str, value: str | int | None
    ) -> None:
        log = await disk.process()
        await add(log, stream(1), 1, 2, once="c")
        shard, key = log.shard_of(stream(1)), layout.event_key(2)
        row = await disk.rows.get(layout.partition(shard), key)
        assert row is not None
        cells = {name: kept for name, kept in row.cells.items() if name != cell}
        cells |= {} if value is None else {cell: value}
        await disk.rows.commit(layout.partition(shard), [Put(key, cells)])
        assert len(await log.read(shard, after=0, limit=1)) == 1
        with pytest.raises(CorruptLog, match="position 2"):
            await log.read(shard, after=0)
        with pytest.raises(CorruptLog):
            await log.history(stream(1))

    async def test_a_snapshot_that_does_not_decode_is_folded_anew(self, disk: Disk) -> None:
        log = await disk.process()
        await add(log, stream(1), 1, once="c")
        shard, key = layout.partition(log.shard_of(stream(1))), layout.snapshot_key(stream(1))
        row = await disk.rows.get(shard, key)
        assert row is not None
        await disk.rows.commit(shard, [Put(key, {**row.cells, "fold": b"{"})])
        assert (await current(log, TALLY, stream(1))).numbers == (1,)
