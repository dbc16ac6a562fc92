"""A fault at every call leaves a command exactly one effect (L5)."""

import itertools
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import pytest

from core.errors import StorageUnavailable
from core.log.handle import current, handle
from core.log.sharded import ShardedLog
from core.storage.interface import Artifacts, Tables
from tests.conformance.log.disk import Disk, LogContract
from tests.faults.storage import Faults, Loss, ProcessDied
from tests.support.tables import all_rows, unique_name
from tests.support.tally import PADDED, Add, Tallying, cause, number_of, stream


class Faulty(LogContract):
    """Whichever call is lost, request or answer, and whether the process survives it."""

    errors: tuple[type[BaseException], ...] = (StorageUnavailable, ProcessDied)
    lengths: tuple[int, ...] = (1, 2)
    """How many calls in a row are lost."""
    decider = PADDED
    """Its state is read from the history, which adds calls."""

    @pytest.mark.parametrize("loss", Loss)
    async def test_a_fault_at_any_call_leaves_a_command_one_effect(
        self, disk: Disk, tables: Tables, loss: Loss
    ) -> None:
        for error, length in itertools.product(self.errors, self.lengths):
            for first in itertools.count(1):
                disk = replace(disk, rows=await tables.open(unique_name()))
                faults = Faults(frozenset(range(first, first + length)), loss, error)
                await _handle_at_last(disk, faults, self.decider)
                await _check_one_effect(disk, self.decider)
                if faults.calls < first:
                    break
            assert first > 14, "the walk went over every call"

    @pytest.mark.parametrize("loss", Loss)
    async def test_a_fault_at_any_call_of_opening_leaves_one_log(
        self, tables: Tables, artifacts: Artifacts, loss: Loss
    ) -> None:
        for first in range(1, 5):
            disk = Disk(await tables.open(unique_name()), artifacts)
            lost: AbstractContextManager[object] = (
                pytest.raises(StorageUnavailable) if first < 4 else nullcontext()
            )
            with lost:
                await disk.process(Faults(frozenset({first}), loss))
            generations = {(await disk.process()).generation for _ in range(2)}
            assert len(generations) == 1


async def _handle_at_last(disk: Disk, faults: Faults, decider: Tallying) -> None:
    """Two commands, between which a rival's comes; each is delivered until it is acknowledged."""
    process = await _deliver(disk, faults, decider, None, "first", 1, 2)
    rival = await disk.process()
    await handle(rival, decider, stream(1), Add(numbers=(3,)), cause("rival"))
    await _deliver(disk, faults, decider, process, "large", 40_000)


async def _deliver(
    disk: Disk,
    faults: Faults,
    decider: Tallying,
    process: ShardedLog | None,
    once: str,
    *numbers: int,
) -> ShardedLog:
    while True:
        try:
            process = process or await disk.process(faults)
            await handle(process, decider, stream(1), Add(numbers=numbers), cause(once))
        except StorageUnavailable:
            continue
        except ProcessDied:
            process = None
            continue
        return process


async def _check_one_effect(disk: Disk, decider: Tallying) -> None:
    log = await disk.process()
    numbers = (1, 2, 3, 40_000)
    events = await log.read(log.shard_of(stream(1)), after=0)
    assert tuple(number_of(event) for event in events) == numbers
    assert [event.version for event in events] == [1, 2, 3, 4]
    assert (await current(log, decider, stream(1))).numbers == numbers
    kinds = sorted(row.key[:2] for row in await all_rows(disk.rows))
    assert kinds == ["!h", "!m", *["e|"] * 4, *["i|"] * 3, "s|", *["v|"] * 4]
