"""Views within a scope: pages hold what may be seen, and say nothing of the rest."""

import math
from collections.abc import Callable

import pytest

from core.access.scope import Place, Scope
from core.errors import InvalidInput
from core.log import layout
from core.query.scoped import ScopedImages, ScopedLedger
from core.storage.interface import Put, Row, RowReader
from core.storage.memory import MemoryRows
from core.storage.tokens import decode_place, encode_place
from tests.support.samples import REGISTRY

OURS = Scope(places=(Place(registry=REGISTRY, repository="team/*"),))
"""Storage itself can tell what lies within it."""
ALSO_OURS = Scope(places=(Place(repository="t*m/*"),))
"""It cannot."""


@pytest.fixture
async def rows() -> MemoryRows:
    """Rows of four shards, every third of which is ours; the last ones are all hidden."""
    made = MemoryRows()
    for number in range(40):
        ours = number % 3 == 0 and number < 33
        cells = {"registry": REGISTRY, "repository": "team/app" if ours else "other/secret"}
        shard = layout.partition(number // 10)
        await made.commit(shard, [Put(key=f"i|image-{number:02}", cells={**cells, "digest": "x"})])
    return made


@pytest.mark.parametrize("view", [ScopedImages, ScopedLedger])
@pytest.mark.parametrize("scope", [OURS, ALSO_OURS])
@pytest.mark.parametrize("limit", [1, 2, 3, 11, 12, 100])
async def test_pages_are_full_and_their_tokens_name_what_they_show(
    rows: MemoryRows, view: Callable[[RowReader, Scope], RowReader], scope: Scope, limit: int
) -> None:
    seen: list[Row] = []
    token: str | None = None
    for left in range(math.ceil(11 / limit), 0, -1):
        page = await view(rows, scope).scan(limit=limit, token=token)
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
