"""What each operation asks of storage, call by call and row by row (C1)."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.storage.interface import Insert, Replace, Write
from tests.conformance.log.disk import Disk, LogContract
from tests.faults.storage import Calls, InterceptedRows
from tests.support.tally import add, cause, stream, streams_of


@dataclass(frozen=True, slots=True)
class WatchedRows(InterceptedRows):
    """A table whose transactions are written down."""

    commits: list[Sequence[Write]] = field(default_factory=list)

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        self.commits.append(writes)
        return await self.inner.commit(partition, writes)


class Cost(LogContract):
    """The exact calls of every operation, and the exact rows of an append."""

    async def test_the_exact_calls_of_each_operation(self, disk: Disk) -> None:
        calls = Calls()
        log = await disk.process(calls)
        key = stream(1)
        assert calls.take() == ["get !meta", "commit 1", "get !meta"]
        await add(log, key, 1, once="cold")
        assert calls.take() == [f"get s|{key}", "get !head", "commit 5"]
        await add(log, key, 2, 3, once="warm")
        assert calls.take() == [f"get s|{key}", "commit 7"]
        await log.load(key)
        assert calls.take() == [f"get s|{key}"]
        await log.head(log.shard_of(key))
        assert calls.take() == ["get !head"]
        await log.read(log.shard_of(key), after=2)
        assert calls.take() == ["range e|000000000003"]
        await log.history(key)
        versions, *events = calls.take()
        assert versions.startswith(f"range v|{key}")
        assert events == ["get e|000000000001", "get e|000000000002", "get e|000000000003"]

    async def test_commands_of_one_process_take_turns_instead_of_racing(self, disk: Disk) -> None:
        calls = Calls()
        log = await disk.process(calls)
        streams = streams_of(log, 0, 40)
        calls.take()
        await asyncio.gather(*(add(log, each, 1, once=each) for each in streams))
        made = Counter(call.split("|")[0] for call in calls.take())
        assert made == {"get s": 40, "get !head": 1, "commit 5": 40}
        assert (await log.head(0)).position == 40

    async def test_the_exact_writes_of_an_append(self, disk: Disk) -> None:
        rows = WatchedRows(disk.rows, Calls())
        log = await replace(disk, rows=rows).process()
        await add(log, stream(1), 1, once="cold")
        await add(log, stream(1), 2, 3, once="warm")
        key, name = stream(1), cause("warm").command
        assert [(type(write), write.key) for write in rows.commits[-1]] == [
            (Replace, "!head"),
            (Insert, "e|000000000002"),
            (Insert, f"v|{key}|0000000002"),
            (Insert, "e|000000000003"),
            (Insert, f"v|{key}|0000000003"),
            (Replace, f"s|{key}"),
            (Insert, f"i|{name}"),
        ]
        assert {type(write) for write in rows.commits[-2]} == {Insert}
