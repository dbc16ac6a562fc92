"""Whose turn it is, however much waits."""

from collections.abc import Sequence

import pytest

from core.domain.ids import image_stream
from core.domain.image import Command
from core.domain.values import FailureCause, ScanId
from core.log.sharded import SHARDS
from core.projections.scans import OpenScans
from core.scanning.waiting import Overdue, Waiting
from core.storage.interface import Page, Put, Rows, Where
from core.storage.memory import MemoryRows
from core.storage.tokens import encode_place
from tests.support.images import RUNNING, fail, inventory, push, request, scan
from tests.support.samples import at, image_name
from tests.support.views import fold, history

PAGE = 5
GIVEN_UP = (*RUNNING, fail(FailureCause.PULL_DENIED))
WAITING_RESCAN = (*GIVEN_UP, request())


@pytest.fixture
def rows() -> MemoryRows:
    return MemoryRows()


async def put(rows: Rows, number: int, *commands: Command, after: int = 0) -> ScanId:
    """The open scan of image `number`, requested `after` others; its name."""
    told = history(commands, number=number, after=after)
    shown = fold(OpenScans(), told)
    ordinal = str(next(iter(shown.values()))["scan"]).rpartition("-")[2]
    name = scan(int(ordinal), number)
    shard = int(image_stream(image_name(number))[-1], 16)
    puts = [Put(key, {**cells, "scan": name}) for key, cells in shown.items()]
    await rows.commit(f"{shard:03d}", puts)
    return name


async def turn(rows: Rows, minute: int = 1000) -> list[ScanId]:
    return await Waiting(rows, SHARDS, page=PAGE).for_a_sandbox(at(minute))


async def test_the_oldest_comes_first_and_pushes_before_all(rows: MemoryRows) -> None:
    rescan = await put(rows, 1, *WAITING_RESCAN, after=0)
    late = await put(rows, 2, push(), after=30)
    early = await put(rows, 3, push(), after=10)
    assert await turn(rows) == [early, late, rescan]


async def test_what_runs_is_inventoried_or_given_up_does_not_wait_for_a_sandbox(
    rows: MemoryRows,
) -> None:
    await put(rows, 1, *RUNNING)
    await put(rows, 2, *RUNNING, inventory())
    await put(rows, 3, *GIVEN_UP)
    assert await turn(rows) == []


async def test_a_failed_attempt_waits_its_time(rows: MemoryRows) -> None:
    again = await put(rows, 1, *RUNNING, fail(retry=20))
    assert await turn(rows, 19) == []
    assert await turn(rows, 20) == [again]


async def test_however_many_rescans_wait_the_pushes_are_known(rows: MemoryRows) -> None:
    for number in range(1, 40):
        await put(rows, number, *WAITING_RESCAN)
    pushes = [await put(rows, number, push(), after=number) for number in range(50, 54)]
    assert (await turn(rows))[: len(pushes)] == pushes


async def test_of_more_rescans_than_a_page_the_oldest_come_first(rows: MemoryRows) -> None:
    numbers = [*range(1, 40)]
    names = [
        await put(rows, number, *WAITING_RESCAN, after=10 * (40 - number)) for number in numbers
    ]
    assert await turn(rows) == names[::-1][:PAGE]


async def test_of_more_than_a_page_none_starts_before_its_time(rows: MemoryRows) -> None:
    for number in range(1, 40):
        await put(rows, number, push(), after=number)
    early = await put(rows, 50, *RUNNING, fail(retry=500))
    assert early not in await Waiting(rows, SHARDS, page=39).for_a_sandbox(at(499))
    assert early in await Waiting(rows, SHARDS, page=40).for_a_sandbox(at(500))


async def test_what_cannot_go_on_yet_hides_nothing(rows: MemoryRows) -> None:
    for number in range(1, 20):
        await put(rows, number, *RUNNING, fail(retry=2000))
    for number in range(20, 40):
        await put(rows, number, *RUNNING, inventory())
    due = await put(rows, 50, push())
    assert await turn(rows) == [due]


async def test_an_inventory_waits_for_the_advisories_that_are_demanded(rows: MemoryRows) -> None:
    any_version = await put(rows, 1, *RUNNING, inventory())
    second = await put(rows, 2, *RUNNING, inventory(), request(advisories=2))
    waiting = Waiting(rows, SHARDS, page=PAGE)
    assert await waiting.for_advisories(1) == [any_version]
    assert await waiting.for_advisories(2) == [any_version, second]


async def test_attempts_past_their_deadline_are_overdue(rows: MemoryRows) -> None:
    name = await put(rows, 1, *RUNNING)
    await put(rows, 2, *RUNNING, fail())
    waiting = Waiting(rows, SHARDS, page=PAGE)
    assert await waiting.overdue(at(16)) == []
    assert await waiting.overdue(at(17)) == [Overdue(scan=name, attempt=1, since=at(16))]


class Halting(MemoryRows):
    """A table whose pages are short, and empty now and then, as Azure's may be."""

    empty: bool = True

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = 1000, token: str | None = None
    ) -> Page:
        page = await MemoryRows.scan(self, where, limit=1, token=token)
        self.empty = not self.empty
        return Page(rows=(), token=token or _BEGINNING) if self.empty else page


_BEGINNING = encode_place(("", ""))


async def test_an_empty_page_is_not_the_end() -> None:
    rows = Halting()
    pushes = {await put(rows, number, push(), after=number) for number in range(1, 5)}
    for _ in range(2):
        assert set(await turn(rows)) == pushes
