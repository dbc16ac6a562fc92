"""No more groups are created than Azure allows, whoever asks and however many at once."""

import asyncio
from datetime import UTC, datetime, timedelta

from core.domain.events import Priority
from core.sandbox.creations import PER_HOUR, Creations
from core.storage.memory import MemoryRows
from tests.faults.storage import InterceptedRows, Jitter

PER_FIVE_MINUTES = 95
"""A hundred, less those that are left to chance."""
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def taken(creations: Creations, moment: datetime, tries: int) -> int:
    """How many of so many tries are granted."""
    return sum([await creations.take(moment) for _ in range(tries)])


async def test_so_many_in_five_minutes_and_no_more() -> None:
    creations = Creations(MemoryRows())
    assert await taken(creations, NOON, PER_FIVE_MINUTES + 20) == PER_FIVE_MINUTES
    assert await creations.left(Priority.PUSH, NOON + timedelta(minutes=4)) == 0
    assert await creations.left(Priority.PUSH, NOON + timedelta(minutes=6)) == PER_FIVE_MINUTES


async def test_so_many_in_any_hour_and_no_more() -> None:
    creations = Creations(MemoryRows())
    times = [(minutes, await taken(creations, NOON + timedelta(minutes=minutes), 300))
             for minutes in range(0, 120, 2)]  # fmt: skip
    for start in range(0, 60, 2):
        within = [count for minutes, count in times if start <= minutes <= start + 60]
        assert sum(within) <= PER_HOUR
    assert sum(count for _, count in times) > PER_HOUR


async def test_rescans_leave_some_to_pushes() -> None:
    creations = Creations(MemoryRows())
    while await creations.left(Priority.RESCAN, NOON):
        assert await creations.take(NOON)
    assert await creations.left(Priority.PUSH, NOON) == 20


async def test_more_are_created_where_azure_allows_more() -> None:
    creations = Creations(MemoryRows(), per_hour=3000)
    assert await creations.left(Priority.PUSH, NOON) == 995


async def test_instances_share_the_count() -> None:
    rows = MemoryRows()
    rivals = [Creations(InterceptedRows(rows, Jitter(number))) for number in range(3)]
    granted = await asyncio.gather(*(taken(one, NOON, 12) for one in rivals))
    assert sum(granted) == 36
    assert await Creations(rows).left(Priority.PUSH, NOON) == PER_FIVE_MINUTES - 36


async def test_where_azure_says_no_nobody_asks_before_its_time() -> None:
    creations = Creations(MemoryRows())
    await creations.block(timedelta(seconds=90), NOON)
    await creations.block(timedelta(seconds=5), NOON)
    assert not await creations.take(NOON + timedelta(seconds=80))
    assert await creations.take(NOON + timedelta(seconds=91))
