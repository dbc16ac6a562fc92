"""A partition's rows and its checkpoint are written together, within what one transaction holds."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from core.errors import LimitExceeded, RowConflict
from core.projections.interface import Drop, Set
from core.projections.partition import CHECKPOINT, Partition
from core.storage.interface import Cells, Rows
from core.storage.memory import MemoryRows
from tests.faults.storage import Calls, InterceptedRows

SHARD = "003"


async def loaded(rows: Rows) -> Partition:
    """The partition as a process that has just started sees it."""
    partition = Partition(rows, SHARD)
    await partition.load()
    return partition


async def stored(rows: Rows) -> dict[str, Cells]:
    """The partition's rows, without the checkpoint."""
    found = await rows.range(SHARD, " ", "~", limit=10_000)
    return {row.key: row.cells for row in found if row.key != CHECKPOINT}


async def checkpoint(rows: Rows) -> Cells:
    row = await rows.get(SHARD, CHECKPOINT)
    return row.cells if row else {}


def sets(count: int, cells: Cells | None = None) -> list[Set]:
    """Changes of that many rows."""
    return [Set(f"r|{number:05d}", cells or {"n": number}) for number in range(count)]


async def test_what_was_changed_is_read_back_before_it_is_written() -> None:
    rows = MemoryRows()
    partition = await loaded(rows)
    await partition.change(1, [Set("a", {"n": 1})])
    assert await partition.read(["a", "b"]) == {"a": {"n": 1}}
    await partition.change(2, [Drop("a")])
    assert await partition.read(["a", "b"]) == {}
    assert await stored(rows) == {}


async def test_an_empty_partition_is_asked_once_and_no_row_of_it_is_read() -> None:
    rows, calls = MemoryRows(), Calls()
    partition = await loaded(InterceptedRows(rows, calls))
    calls.take()
    assert await partition.read(["a", "b"]) == {}
    assert [call.split()[0] for call in calls.take()] == ["range"]
    await partition.change(1, [*sets(1), Drop("c")])
    await partition.flush()
    assert [call.split()[0] for call in calls.take()] == ["commit"]
    assert await partition.read(["d", "r|00000"]) == {"r|00000": {"n": 0}}
    assert await partition.read_all("r|") == {"r|00000": {"n": 0}}
    assert calls.take() == []


async def test_rows_that_outlived_their_checkpoint_are_seen() -> None:
    rows = MemoryRows.holding(SHARD, {"a": {"n": 1}})
    partition = await loaded(rows)
    assert await partition.read(["a", "b"]) == {"a": {"n": 1}}
    await partition.change(1, [Drop("a")])
    await partition.flush()
    assert await stored(rows) == {}


async def test_who_took_the_partition_for_empty_fails_when_a_rival_has_written() -> None:
    rows = MemoryRows()
    first, second = await loaded(rows), await loaded(rows)
    assert await first.read(["a"]) == await second.read(["a"]) == {}
    await second.change(1, [Set("a", {"n": 1})])
    await second.flush()
    assert await second.read(["a"]) == {"a": {"n": 1}}
    await first.change(1, [Set("a", {"n": 2})])
    with pytest.raises(RowConflict):
        await first.flush()
    assert await stored(rows) == {"a": {"n": 1}}


async def test_what_was_forgotten_is_read_again_though_the_partition_began_empty() -> None:
    rows = MemoryRows()
    partition = await loaded(rows)
    assert await partition.read(["a"]) == {}
    await partition.change(1, sets(2_100))
    await partition.flush()
    assert await partition.read(["r|00007"]) == {"r|00007": {"n": 7}}
    assert len(await partition.read_all("r|")) == 2_100


async def test_rows_and_checkpoint_are_one_transaction() -> None:
    rows, calls = MemoryRows(), Calls()
    partition = await loaded(InterceptedRows(rows, calls))
    await partition.change(1, sets(50))
    await partition.change(2, [Set("other", {"n": 1})])
    calls.take()
    await partition.flush()
    assert calls.take() == ["commit 52"]
    assert await checkpoint(rows) == {"position": 2}
    assert (partition.position, partition.written, partition.unwritten) == (2, 2, 0)


async def test_the_checkpoint_moves_with_the_last_transaction_of_a_large_event() -> None:
    rows = MemoryRows()
    moved: list[object] = []
    partition = await loaded(InterceptedRows(rows, _Watching(rows, moved)))
    await partition.change(1, [Set("a", {"n": 1})])
    await partition.change(2, sets(250))
    await partition.change(3, [Set("b", {"n": 1})])
    await partition.flush()
    assert moved == [1, 1, 1, 2, 3]
    assert len(await stored(rows)) == 252


@dataclass(slots=True)
class _Watching:
    """Notes where the checkpoint stands after each commit."""

    rows: Rows
    moved: list[object]

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        answer = await do()
        if what.startswith("commit"):
            self.moved.append((await checkpoint(self.rows)).get("position"))
        return answer


async def test_events_share_a_transaction_only_as_long_as_their_bytes_fit_too() -> None:
    rows, calls = MemoryRows(), Calls()
    partition = await loaded(InterceptedRows(rows, calls))
    wide: Cells = {f"text{column}": "é" * 32_000 for column in range(4)}
    for position in range(1, 21):
        await partition.change(position, [Set(f"r|{position:02d}", wide)])
    await partition.flush()
    commits = [call for call in calls.take() if call.startswith("commit")]
    assert len(commits) > 1
    assert len(await stored(rows)) == 20


async def test_one_event_of_too_many_bytes_is_written_in_several_transactions() -> None:
    rows = MemoryRows()
    partition = await loaded(rows)
    await partition.change(1, sets(90, {f"text{column}": "é" * 32_000 for column in range(4)}))
    await partition.flush()
    assert len(await stored(rows)) == 90
    assert await checkpoint(rows) == {"position": 1}


@pytest.mark.parametrize(
    "refused",
    [
        Set("r|2", {"text": "x" * 40_000}),
        Set("r|2", {f"text{column}": "x" * 32_000 for column in range(20)}),
        Set("a/b", {}),
        Set("r|2", {"text": "\ud800"}),
        Drop("k" * 600),
    ],
)
async def test_an_event_that_storage_would_refuse_is_refused_whole(refused: Set | Drop) -> None:
    rows = MemoryRows()
    partition = await loaded(rows)
    await partition.change(1, [Set("r|1", {"n": 1})])
    with pytest.raises(LimitExceeded):
        await partition.change(2, [Set("r|1", {"n": 2}), refused])
    assert partition.position == 1
    await partition.flush()
    assert await stored(rows) == {"r|1": {"n": 1}}


async def test_a_row_that_is_so_already_is_not_written() -> None:
    rows, calls = MemoryRows(), Calls()
    partition = await loaded(InterceptedRows(rows, calls))
    await partition.change(1, [Set("a", {"n": 1})])
    await partition.flush()
    calls.take()
    await partition.change(2, [Set("a", {"n": 1})])
    await partition.flush()
    assert calls.take() == []
    assert (partition.position, partition.written) == (2, 1)
    await partition.write_checkpoint()
    assert (await checkpoint(rows), partition.unwritten) == ({"position": 2}, 0)


async def test_a_row_that_changes_and_changes_back_is_left_as_it_was() -> None:
    rows = MemoryRows()
    partition = await loaded(rows)
    await partition.change(1, [Set("a", {"n": 1})])
    await partition.flush()
    await partition.change(2, [Set("a", {"n": 2})])
    await partition.change(3, [Set("a", {"n": 1})])
    await partition.flush()
    assert (await stored(rows), await checkpoint(rows)) == ({"a": {"n": 1}}, {"position": 3})


@pytest.mark.parametrize("fresh", [False, True])
async def test_rows_come_and_go_within_one_transaction(fresh: bool) -> None:
    rows = MemoryRows()
    partition = await loaded(rows)
    await partition.change(1, [Set("old", {"n": 1})])
    await partition.flush()
    if fresh:
        partition = await loaded(rows)
    await partition.change(2, [Set("brief", {"n": 1}), Drop("old"), Drop("never")])
    await partition.change(3, [Drop("brief"), Set("old", {"n": 2})])
    await partition.flush()
    assert await stored(rows) == {"old": {"n": 2}}
    await partition.change(4, [Drop("old")])
    await partition.change(5, [Drop("old")])
    await partition.flush()
    assert await stored(rows) == {}


async def test_of_two_changes_of_a_row_in_one_event_the_last_counts() -> None:
    rows = MemoryRows()
    partition = await loaded(rows)
    await partition.change(1, [Set("a", {"n": 1}), Drop("a"), Set("a", {"n": 2})])
    await partition.change(2, [Set("b", {"n": 1}), Drop("b")])
    await partition.flush()
    assert await stored(rows) == {"a": {"n": 2}}


async def test_a_rival_takes_the_etag_away_and_nothing_of_ours_is_written() -> None:
    rows = MemoryRows()
    ours, rival = await loaded(rows), await loaded(rows)
    await rival.change(1, [Set("a", {"by": "rival"})])
    await rival.flush()
    await ours.change(1, [Set("a", {"by": "us"}), Set("b", {"by": "us"})])
    with pytest.raises(RowConflict):
        await ours.flush()
    assert await stored(rows) == {"a": {"by": "rival"}}


async def test_why_it_halts_is_written_and_goes_with_the_next_effect() -> None:
    rows = MemoryRows()
    partition = await loaded(rows)
    await partition.change(4, [Set("a", {"n": 1})])
    await partition.flush()
    await partition.write_checkpoint(halted="a reason")
    assert await checkpoint(rows) == {"position": 4, "halted": "a reason"}
    partition = await loaded(rows)
    assert (partition.position, partition.halted) == (4, "a reason")
    await partition.change(5, [Set("a", {"n": 2})])
    await partition.flush()
    assert await checkpoint(rows) == {"position": 5}


async def test_many_rows_are_read_some_at_a_time() -> None:
    rows, crowd = MemoryRows(), _Crowd()
    await (partition := await loaded(rows)).change(1, sets(1_500))
    await partition.flush()
    partition = await loaded(InterceptedRows(rows, crowd))
    await partition.change(2, [Drop(change.key) for change in sets(1_500)])
    await partition.flush()
    assert await stored(rows) == {}
    assert 1 < crowd.most <= 100


@dataclass(slots=True)
class _Crowd:
    """Counts the calls that are under way."""

    now: int = 0
    most: int = 0

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        answer = await do()
        self.now -= 1
        return answer


async def test_rows_that_begin_alike_are_read_at_once_and_kept() -> None:
    rows, calls = MemoryRows(), Calls()
    await (partition := await loaded(rows)).change(1, [*sets(300), Set("q|1", {}), Set("s|1", {})])
    await partition.flush()
    partition = await loaded(InterceptedRows(rows, calls))
    await partition.change(2, [Set("r|00001", {"n": 9}), Drop("r|00002"), Set("r|new", {"n": 8})])
    calls.take()
    expected = {change.key: change.cells for change in sets(300)} | {"r|00001": {"n": 9}}
    del expected["r|00002"]
    for _ in range(2):
        assert await partition.read_all("r|") == expected | {"r|new": {"n": 8}}
    assert calls.take() == ["range r|"]
    await partition.flush()
    assert await (await loaded(rows)).read_all("r|") == await partition.read_all("r|")


async def test_what_is_forgotten_is_read_again() -> None:
    rows = MemoryRows()
    partition = await loaded(rows)
    for position in range(1, 32):
        await partition.change(
            position, [Set(f"r|{position:02d}|{number:02d}", {"n": number}) for number in range(80)]
        )
        assert len(await partition.read_all("r|")) == position * 80
    await partition.flush()
    await partition.change(99, [Drop("r|01|00")])
    assert len(await partition.read_all("r|")) == 31 * 80 - 1


async def test_a_long_way_is_remembered_only_in_part() -> None:
    rows = MemoryRows()
    partition = await loaded(rows)
    for position in range(1, 40):
        many = [Set(f"{position:02d}|{number:02d}", {"n": number}) for number in range(90)]
        await partition.change(position, many)
    await partition.flush()
    await partition.change(40, [Drop("01|00"), Set("39|00", {"n": 7})])
    await partition.flush()
    found = await stored(rows)
    assert (len(found), found["39|00"], "01|00" in found) == (39 * 90 - 1, {"n": 7}, False)


async def test_a_row_that_changes_again_counts_once_in_its_transaction() -> None:
    rows, calls = MemoryRows(), Calls()
    partition = await loaded(InterceptedRows(rows, calls))
    wide: Cells = {f"text{column}": "x" * 32_000 for column in range(4)}
    calls.take()
    for position in range(1, 101):
        await partition.change(position, [Set("r", {**wide, "n": position})])
    await partition.flush()
    assert calls.take() == ["commit 2"]
