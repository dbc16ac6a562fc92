"""The first rows of all shards are found, however they lie, without reading all that there are."""

import random
from dataclasses import dataclass

import pytest

from core.errors import InvalidInput
from core.log import layout
from core.query.shards import from_shards
from core.storage.interface import Insert, Row
from core.storage.memory import MemoryRows
from dev.passing import PassingRows

SHARDS = 16


@dataclass(slots=True)
class Counting(PassingRows):
    """Rows that count how many of them were read."""

    read: int = 0
    asked: int = 0

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        found = await self.inner.range(partition, first, last, limit=limit)
        self.asked += 1
        self.read += len(found)
        return found


async def filled(places: list[int]) -> Counting:
    """Rows 0, 1, 2 …, each in its shard."""
    counting = Counting(MemoryRows())
    for number, shard in enumerate(places):
        row = Insert(f"c|x|{number:05d}", {"n": number})
        await counting.commit(layout.partition(shard), [row])
    await counting.commit(layout.partition(3), [Insert("c|y|00000", {}), Insert("c|a", {})])
    return counting


async def first(rows: Counting, limit: int, after: str | None = None) -> list[object]:
    found = await from_shards(rows, SHARDS, "c|x|", limit=limit, after=after)
    return [row.cells["n"] for row in found]


CHANCE = random.Random(7)  # noqa: S311 - the same rows every time
LYING = {
    "evenly": [number % SHARDS for number in range(700)],
    "by chance": [CHANCE.randrange(SHARDS) for _ in range(700)],
    "in one shard": [5] * 700,
    "one shard after the other": [number // 50 for number in range(700)],
    "few": [1, 9, 9],
    "none": [],
}


@pytest.mark.parametrize("lying", LYING)
@pytest.mark.parametrize("limit", [1, 10, 101, 5000])
async def test_the_first_rows_are_found_however_they_lie(lying: str, limit: int) -> None:
    places = LYING[lying]
    rows = await filled(places)
    assert await first(rows, limit) == list(range(len(places)))[:limit]


async def test_a_page_goes_on_behind_the_last_one() -> None:
    rows = await filled(LYING["by chance"])
    assert await first(rows, 101, after="c|x|00100") == list(range(101, 202))


async def test_little_more_is_read_than_is_asked_for() -> None:
    rows = await filled(LYING["by chance"])
    await first(rows, 101)
    assert rows.read < 3 * 101
    assert rows.asked <= SHARDS + 2


@pytest.mark.parametrize("after", ["c|y|00001", "", f"c|x|{'0' * 2000}"])
async def test_a_place_of_another_prefix_is_refused(after: str) -> None:
    with pytest.raises(InvalidInput):
        await first(await filled([]), 10, after=after)
