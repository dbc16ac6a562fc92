"""Advisories that are not published yet: which images they would touch, and nothing is kept."""

import json

import pytest

from core.errors import InvalidInput
from core.query.whatif import MOST_RECORDS
from tests.support.advisories import Json, below, record
from tests.support.desk import Desk
from tests.support.ruling import scanned
from tests.support.samples import digest
from tests.support.sandboxes import CLEAN

NEW = record("DEBIAN-CVE-2026-2", below("Debian:12", "zlib", "1.5"), upstream=["CVE-2026-2"])
WITHDRAWN: Json = {**NEW, "id": "X-1", "withdrawn": "2026-01-02T00:00:00Z"}


async def filled(app: Desk) -> Desk:
    """The app with two images that have zlib, as its fleet's view shows them."""
    await scanned(app, 1)
    app.sandboxes.brings[digest(2)] = CLEAN
    await app.push(2)
    await app.app.drain()
    await app.app.services.reassessor.run()
    return app


async def test_images_that_records_would_touch_are_named(app: Desk) -> None:
    queries = (await filled(app)).app.services.answers.whatif
    answer = await queries.ask(json.dumps([NEW, WITHDRAWN]).encode(), {})
    assert (answer.advisories, answer.images, answer.whole) == (1, 2, True)
    assert answer.refused == {"withdrawn": 1}
    assert {(one.digest, one.id, one.fixed) for one in answer.value} == {
        (digest(1), "CVE-2026-2", "1.5"),
        (digest(2), "CVE-2026-2", "1.5"),
    }
    assert await queries.ask(json.dumps(NEW).encode(), {}) != answer


@pytest.mark.parametrize(
    "document",
    [b"", b"1", b"[1]", b"[]", b"{}", b"\xff", b"[" * 5000, json.dumps(WITHDRAWN).encode()],
)
async def test_what_holds_no_advisory_is_refused(app: Desk, document: bytes) -> None:
    with pytest.raises(InvalidInput):
        await app.app.services.answers.whatif.ask(document, {})


async def test_no_more_is_taken_than_can_be_answered(app: Desk) -> None:
    many = json.dumps([{}] * (MOST_RECORDS + 1)).encode()
    with pytest.raises(InvalidInput, match="at most"):
        await app.app.services.answers.whatif.ask(many, {})
