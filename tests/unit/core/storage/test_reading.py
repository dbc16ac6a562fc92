"""Reading all rows: a page that is short, or empty, is not the last."""

from collections.abc import Sequence

from core.storage.interface import Page, Row, Where
from core.storage.reading import every, pages

ROWS = tuple(Row(f"p{number % 2}", f"r{number}", {}, "1") for number in range(3))
FOUND = (Page((), "a"), Page(ROWS[:1], "b"), Page((), "c"), Page(ROWS[1:], None))


class Scattered:
    """A table whose rows are with several servers, so that its pages end where one server's do."""

    def __init__(self) -> None:
        self.asked: list[tuple[Sequence[Where], str | None]] = []

    async def get(self, partition: str, key: str) -> Row | None:
        raise NotImplementedError

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        raise NotImplementedError

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = 1000, token: str | None = None
    ) -> Page:
        self.asked.append((where, token))
        return FOUND[len(self.asked) - 1]


async def test_every_row_is_read_behind_pages_that_are_empty() -> None:
    table, where = Scattered(), (Where("kind", "eq", "x"),)
    assert [row async for row in every(table, where)] == list(ROWS)
    assert table.asked == [(where, token) for token in (None, "a", "b", "c")]


async def test_pages_come_as_storage_ends_them() -> None:
    assert [page async for page in pages(Scattered())] == list(FOUND)
