"""Views within a scope: pages hold what may be seen, and say nothing of the rest."""

import math
from collections.abc import Callable, Sequence

import pytest

from core.access.scope import Place, Scope
from core.errors import InvalidInput
from core.log import layout
from core.query.scoped import ScopedImages, ScopedLedger
from core.storage.account import open_account
from core.storage.interface import Page, Put, Row, RowReader, Rows, Where
from core.storage.memory import MemoryRows
from core.storage.tokens import decode_place, encode_place
from dev.passing import PassingRows
from dev.stack.azurite import Azurite
from tests.support.samples import REGISTRY
from tests.support.tables import unique_name

OURS = Scope(places=(Place(registry=REGISTRY, repository="team/*"),))
"""Storage itself can tell what lies within it."""
ALSO_OURS = Scope(places=(Place(repository="t*m/*"),))
"""It cannot."""


@pytest.fixture
async def rows() -> MemoryRows:
    made = MemoryRows()
    await filled(made)
    return made


async def filled(rows: Rows) -> None:
    """Rows of four shards, every third of which is ours; the last ones are all hidden."""
    for shard in range(4):
        numbers = range(10 * shard, 10 * shard + 10)
        await rows.commit(layout.partition(shard), [_row(number) for number in numbers])


def _row(number: int) -> Put:
    ours = number % 3 == 0 and number < 33
    cells = {"registry": REGISTRY, "repository": "team/app" if ours else "other/secret"}
    return Put(key=f"i|image-{number:02}", cells={**cells, "digest": "x"})


@pytest.mark.parametrize("view", [ScopedImages, ScopedLedger])
@pytest.mark.parametrize("scope", [OURS, ALSO_OURS])
@pytest.mark.parametrize("limit", [1, 2, 3, 11, 12, 100])
async def test_pages_are_full_and_their_tokens_name_what_they_show(
    rows: MemoryRows, view: Callable[[RowReader, Scope], RowReader], scope: Scope, limit: int
) -> None:
    await walk(view(rows, scope), limit)


@pytest.mark.azurite
async def test_table_storage_gives_the_same_pages(azurite: Azurite) -> None:
    """Its own pages end wherever it likes, and its tokens name the row that comes next."""
    async with open_account(azurite.connection_string) as account:
        rows = await account.tables.open(unique_name())
        await filled(rows)
        halting = Halting(rows)
        for view in (ScopedImages(halting, OURS), ScopedLedger(halting, ALSO_OURS)):
            for limit in (4, 100):
                await walk(view, limit)


class Halting(PassingRows):
    """Rows of which a scan gives two at most, as Azure may at any time: pages are short, and some
    of them are empty where what they looked at does not fit."""

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = 1000, token: str | None = None
    ) -> Page:
        return await self.inner.scan(where, limit=min(limit, 2), token=token)


async def walk(view: RowReader, limit: int) -> None:
    """All pages are as they must be."""
    seen: list[Row] = []
    token: str | None = None
    for left in range(math.ceil(11 / limit), 0, -1):
        page = await view.scan(limit=limit, token=token)
        seen += page.rows
        token = page.token
        assert (token is None) == (left == 1), "who sees the last of theirs learns of no others"
        assert token is None or decode_place(token)[1] == page.rows[-1].key
    assert [row.key for row in seen] == [f"i|image-{number:02}" for number in range(0, 33, 3)]


@pytest.mark.parametrize("place", [("0", None), ("0\x00", "i|a"), ("0", "i|" + "a" * 600)])
async def test_a_token_that_was_not_given_out_is_refused(
    rows: MemoryRows, place: tuple[str, str | None]
) -> None:
    with pytest.raises(InvalidInput):
        await ScopedImages(rows, OURS).scan(token=encode_place(place))
