"""Where a log's rows and blobs are, and how its contract's tests write to it.

A "process" is a `ShardedLog` of its own on the common table, with what it believes of the heads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from core.domain.events import Event
from core.errors import LimitExceeded
from core.log.interface import Append, Stream
from core.log.sharded import ShardedLog, open_log
from core.storage.interface import Artifacts, Rows, Tables
from tests.faults.storage import Calls, InterceptedArtifacts, InterceptedRows, Interceptor
from tests.support.samples import at
from tests.support.tables import all_rows, unique_name
from tests.support.tally import cause, fact, stream

SHARDS = 4


@dataclass(frozen=True, slots=True)
class Disk:
    """A log's storage, whoever opens it."""

    rows: Rows
    artifacts: Artifacts
    mutate: Callable[[Rows], Rows] = lambda rows: rows
    """Takes a rule out of what every process writes, to see that the contract misses it."""

    async def process(self, by: Interceptor | None = None) -> ShardedLog:
        """A process that opens the log, with somebody between it and its storage."""
        rows, artifacts = self.rows, self.artifacts
        if by is not None:
            rows, artifacts = InterceptedRows(rows, by), InterceptedArtifacts(artifacts, by)
        return await open_log(self.mutate(rows), artifacts, shards=SHARDS)


class LogContract:
    """What every part of the contract stands on: give `tables` and `artifacts` fixtures."""

    @pytest.fixture
    async def disk(self, tables: Tables, artifacts: Artifacts) -> Disk:
        return Disk(await tables.open(unique_name()), artifacts)

    @pytest.fixture
    async def log(self, disk: Disk) -> ShardedLog:
        return await disk.process()


def append_to(loaded: Stream, *events: int | Event, command: object) -> Append:
    """One command's append; a number stands for a fact that says it."""
    name = cause(command)
    return Append(
        stream=loaded,
        events=[fact(event) if isinstance(event, int) else event for event in events],
        command=name.command,
        correlation=name.correlation,
        causation=name.causation,
        fold=b"{}",
        fold_schema="none.1",
    )


async def check_refused(disk: Disk, appends: Callable[[Stream], Sequence[Append]]) -> None:
    """An append to a stream that was loaded is refused without a call, and leaves no trace."""
    calls = Calls()
    log = await disk.process(calls)
    loaded = await log.load(stream(1))
    before = await all_rows(disk.rows)
    calls.take()
    with pytest.raises(LimitExceeded):
        await log.append(appends(loaded), now=at(0))
    assert calls.take() == []
    assert await all_rows(disk.rows) == before
