"""Searching the findings of a past moment: how far one page looks, and where it goes on."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from core.errors import InvalidInput
from core.past.findings import PastFindings
from core.projections.findings import index_key
from core.storage.interface import Cells
from core.storage.tokens import encode_place
from tests.support.desk import Desk
from tests.support.queries import unsealed
from tests.support.samples import digest
from tests.support.sandboxes import VULNERABLE

PREFIX = index_key("c", "CVE-2026-1")
IMAGES = range(1, 8)


def anything(cells: Cells) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Past:
    """What was so at a moment of an app's life."""

    app: Desk
    moment: datetime

    def index(self, looks: int) -> PastFindings:
        """The index of that moment, which looks so far at a time."""
        log, artifacts = self.app.app.services.log, self.app.account.artifacts
        return PastFindings(unsealed(log, artifacts), self.moment, artifacts, looks=looks)


@pytest.fixture
async def past(app: Desk) -> Past:
    for number in IMAGES:
        app.sandboxes.brings[digest(number)] = VULNERABLE
        await app.push(number)
    await app.app.drain()
    return Past(app, datetime.now(UTC))


@pytest.mark.parametrize("looks", [1, 3, 100])
@pytest.mark.parametrize("limit", [1, 2, 7, 50])
async def test_however_far_a_page_looks_every_image_is_found_once(
    past: Past, looks: int, limit: int
) -> None:
    found: list[object] = []
    token = None
    while True:
        page = await past.index(looks).page(PREFIX, anything, limit=limit, token=token)
        assert len(page.rows) <= limit
        found += [row.cells["digest"] for row in page.rows]
        if (token := page.token) is None:
            break
    assert sorted(map(str, found)) == sorted(map(digest, IMAGES))


async def test_a_page_may_find_nothing_and_go_on(past: Past) -> None:
    page = await past.index(1).page(PREFIX, lambda cells: False, limit=5, token=None)
    assert page.rows == ()
    assert page.token is not None


@pytest.mark.parametrize(
    "token",
    [
        *("", "x", encode_place(("000", None)), encode_place(("999", f"{PREFIX}image-1|a"))),
        *(encode_place(("000", key)) for key in ("", "c|CVE-2026-2|image-1|a", PREFIX)),
        *(encode_place(("000", f"{PREFIX}{key}")) for key in ("image-1", "image-1|a|b")),
    ],
)
async def test_a_place_that_no_page_ended_with_is_refused(past: Past, token: str) -> None:
    with pytest.raises(InvalidInput):
        await past.index(100).page(PREFIX, anything, limit=5, token=token)
