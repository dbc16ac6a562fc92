"""A log that was made long is a log like any other: its views are brought to its end."""

from bench.filling import PER_IMAGE, fill
from core.log.sharded import ShardedLog, open_log
from core.storage.memory import MemoryArtifacts, MemoryTables


async def log_in_memory() -> ShardedLog:
    return await open_log(await MemoryTables().open("log"), MemoryArtifacts())


async def length(log: ShardedLog) -> int:
    return sum([(await log.head(shard)).position for shard in range(log.shards)])


async def test_every_image_brings_its_events() -> None:
    log = await log_in_memory()
    reached = await fill(log, range(3), registry="r.example", subscription="s", seconds=60)
    assert reached == 3
    assert await length(log) == 3 * PER_IMAGE


async def test_it_goes_on_where_it_stopped() -> None:
    log = await log_in_memory()
    reached = await fill(log, range(2), registry="r.example", subscription="s", seconds=60)
    await fill(log, range(reached, 4), registry="r.example", subscription="s", seconds=60)
    assert await length(log) == 4 * PER_IMAGE


async def test_it_ends_when_its_time_is_over() -> None:
    log = await log_in_memory()
    reached = await fill(log, range(5, 1000), registry="r.example", subscription="s", seconds=-1)
    assert reached == 5
    assert await length(log) == 0
