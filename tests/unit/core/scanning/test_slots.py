"""The cap on sandboxes is exact, whoever races for it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.events import Priority
from core.domain.values import ScanId
from core.errors import StorageUnavailable
from core.scanning.slots import Slots
from core.storage.interface import Rows
from core.storage.memory import MemoryRows
from tests.faults.storage import Calls, Faults, InterceptedRows, Jitter, Loss

PUSH, RESCAN = Priority.PUSH, Priority.RESCAN


def scan(number: int) -> ScanId:
    return ScanId(f"{number:032x}-1")


def slots(rows: Rows, *, total: int = 4, reserved: int = 0) -> Slots:
    return Slots(rows, total=total, reserved=reserved)


@pytest.mark.parametrize("seed", range(5))
async def test_of_many_rivals_as_many_win_as_there_are_slots(seed: int) -> None:
    rows = MemoryRows()
    rivals = [slots(InterceptedRows(rows, Jitter(seed * 100 + number))) for number in range(12)]
    won = await asyncio.gather(
        *(rival.claim(scan(number), 1, PUSH) for number, rival in enumerate(rivals))
    )
    assert sum(won) == 4
    taken = await slots(rows).taken()
    assert {one.scan for one in taken} == {scan(n) for n, mine in enumerate(won) if mine}
    assert {one.slot for one in taken} == {0, 1, 2, 3}


@pytest.mark.parametrize("seed", range(5))
async def test_rivals_for_one_attempt_share_one_slot(seed: int) -> None:
    rows = MemoryRows()
    rivals = [slots(InterceptedRows(rows, Jitter(seed * 100 + number))) for number in range(12)]
    assert all(await asyncio.gather(*(rival.claim(scan(1), 1, PUSH) for rival in rivals)))
    assert len(await slots(rows).taken()) == 1
    assert await slots(rows).claim(scan(1), 2, PUSH)
    assert len(await slots(rows).taken()) == 2


async def test_reserved_slots_serve_nothing_but_pushes() -> None:
    ours = slots(MemoryRows(), total=3, reserved=1)
    assert [await ours.claim(scan(number), 1, RESCAN) for number in range(3)] == [True, True, False]
    assert [await ours.claim(scan(number), 1, PUSH) for number in range(3, 5)] == [True, False]


async def test_pushes_leave_the_reserved_slots_for_last() -> None:
    ours = slots(MemoryRows(), total=3, reserved=1)
    assert await ours.claim(scan(1), 1, PUSH)
    assert await ours.claim(scan(2), 1, RESCAN)
    assert not await ours.claim(scan(3), 1, RESCAN)
    assert await ours.claim(scan(4), 1, PUSH)


async def test_a_slot_is_freed_once_and_only_by_its_own_attempt() -> None:
    rows = MemoryRows()
    ours = slots(rows, total=1)
    assert await ours.claim(scan(1), 1, PUSH)
    await ours.release(scan(1), 2)
    await ours.release(scan(2), 1)
    assert not await ours.claim(scan(2), 1, PUSH)
    rivals = [slots(InterceptedRows(rows, Jitter(number)), total=1) for number in range(4)]
    await asyncio.gather(*(rival.release(scan(1), 1) for rival in rivals))
    assert await ours.taken() == []
    assert await ours.claim(scan(2), 1, PUSH)
    await ours.release(scan(1), 1)
    assert [one.scan for one in await ours.taken()] == [scan(2)]


async def test_a_process_frees_its_own_slots_and_claims_others_without_a_look() -> None:
    calls = Calls()
    ours = slots(InterceptedRows(MemoryRows(), calls), total=2)
    assert await ours.claim(scan(1), 1, PUSH)
    await ours.release(scan(1), 1)
    assert calls.take() == ["commit 2", "commit 2"]


async def test_what_a_process_remembers_of_its_slots_may_be_wrong() -> None:
    rows = MemoryRows()
    ours, others = slots(rows, total=1), slots(rows, total=1)
    assert await ours.claim(scan(1), 1, PUSH)
    await others.release(scan(1), 1)
    assert await others.claim(scan(2), 1, PUSH)
    await ours.release(scan(1), 1)
    assert [one.scan for one in await ours.taken()] == [scan(2)], "it was not ours to free any more"
    await others.release(scan(2), 1)
    assert await others.claim(scan(3), 1, PUSH)
    assert not await ours.claim(scan(4), 1, PUSH)
    await others.release(scan(3), 1)
    assert await ours.claim(scan(4), 1, PUSH)
    assert await ours.claim(scan(4), 1, PUSH), "it has one"


async def test_all_slots_that_others_have_freed_are_found_again() -> None:
    rows = MemoryRows()
    ours, others = slots(rows, total=2), slots(rows, total=2)
    for number in (1, 2):
        assert await ours.claim(scan(number), 1, PUSH)
        await others.release(scan(number), 1)
    for number in (3, 4):
        assert await ours.claim(scan(number), 1, PUSH)
    assert {one.scan for one in await others.taken()} == {scan(3), scan(4)}


async def test_a_claim_says_since_when() -> None:
    ours = slots(MemoryRows())
    await ours.claim(scan(1), 3, RESCAN)
    (claim,) = await ours.taken()
    assert (claim.scan, claim.attempt) == (scan(1), 3)
    assert timedelta(0) <= datetime.now(UTC) - claim.since < timedelta(minutes=1)


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("call", range(1, 7))
async def test_claiming_and_releasing_can_be_repeated_after_any_fault(
    call: int, loss: Loss
) -> None:
    rows, faults = MemoryRows(), Faults(frozenset({call}), loss)
    ours = slots(InterceptedRows(rows, faults), total=2)
    for _ in range(2):
        try:
            assert await ours.claim(scan(1), 1, PUSH)
        except StorageUnavailable:
            continue
    assert len(await slots(rows).taken()) == 1
    for _ in range(2):
        try:
            await ours.release(scan(1), 1)
        except StorageUnavailable:
            continue
    assert (await rows.scan()).rows == ()
