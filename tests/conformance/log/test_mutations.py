"""The contract misses every rule of the protocol that is taken out.

A suite that passes whatever the log does proves nothing. So here the conditions that its
transactions stand on are removed one by one, and the test that is there for it must fail.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest

from core.storage.interface import Insert, Put, Replace, Row, Rows, Write
from core.storage.memory import MemoryArtifacts, MemoryRows, MemoryTables
from tests.conformance.log.cost import Cost
from tests.conformance.log.disk import Disk
from tests.conformance.log.faults import Faulty
from tests.conformance.log.once import Once
from tests.faults.storage import Calls, InterceptedRows, Loss


@dataclass(frozen=True, slots=True)
class WithoutIfMatch(InterceptedRows):
    """Overwrites rows, whatever they hold by now."""

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        put = [Put(one.key, one.cells) if isinstance(one, Replace) else one for one in writes]
        return await self.inner.commit(partition, put)


@dataclass(frozen=True, slots=True)
class WithoutInsertOnly(InterceptedRows):
    """Inserts over rows that exist."""

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        put = [Put(one.key, one.cells) if isinstance(one, Insert) else one for one in writes]
        return await self.inner.commit(partition, put)


@dataclass(frozen=True, slots=True)
class WithoutReceipts(InterceptedRows):
    """Forgets which commands took effect."""

    async def get(self, partition: str, key: str) -> Row | None:
        return None if key.startswith("i|") else await self.inner.get(partition, key)

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        kept = [write for write in writes if not write.key.startswith("i|")]
        return await self.inner.commit(partition, kept)


@dataclass(frozen=True, slots=True)
class WithReservedPositions(InterceptedRows):
    """Moves the head first, and writes the events in a transaction of their own."""

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        head, *others = writes
        etags = await self.inner.commit(partition, [head])
        return {**etags, **(await self.inner.commit(partition, others) if others else {})}


def broken(rule: type[InterceptedRows]) -> Disk:
    """An empty log's storage in memory, and processes that do not keep the rule."""

    def mutate(rows: Rows) -> Rows:
        return rule(rows, Calls())

    return Disk(MemoryRows(), MemoryArtifacts(), mutate)


@pytest.mark.parametrize(
    ("rule", "test"),
    [
        (WithoutIfMatch, Cost().test_the_exact_writes_of_an_append),
        (WithoutInsertOnly, Cost().test_the_exact_writes_of_an_append),
        (WithoutInsertOnly, Once().test_of_many_racers_one_wins_and_the_losers_leave_no_trace),
        (WithoutReceipts, Cost().test_the_exact_writes_of_an_append),
        (WithoutReceipts, Once().test_a_repeated_command_has_one_effect),
        (WithReservedPositions, Once().test_a_loser_leaves_every_row_as_it_was),
    ],
)
async def test_a_log_without_the_rule_fails_its_test(
    rule: type[InterceptedRows], test: Callable[[Disk], Awaitable[None]]
) -> None:
    with pytest.raises(AssertionError):
        await test(broken(rule))


async def test_a_log_without_receipts_does_not_survive_a_lost_answer() -> None:
    with pytest.raises(AssertionError):
        await Faulty().test_a_fault_at_any_call_leaves_a_command_one_effect(
            broken(WithoutReceipts), MemoryTables(), Loss.ANSWER
        )


async def test_a_log_with_every_rule_passes_them() -> None:
    whole = Disk(MemoryRows(), MemoryArtifacts())
    await Once().test_a_loser_leaves_every_row_as_it_was(whole)
