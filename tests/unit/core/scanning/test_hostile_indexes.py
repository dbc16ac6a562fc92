"""An index that wants to be too much: 10,000 children, circles, children that are not there.

What a sandbox says of an index is hostile like the rest. The index gets a cause that says what was
wrong, nothing of it is taken by halves, and no other image waits for it.
"""

from collections.abc import Iterable

import pytest

from core.domain.image import Image
from core.domain.values import FailureCause, Freshness, Health
from core.sandbox.interface import Child, ChildKind, Status
from core.sandbox.outcomes import MAX_CHILDREN
from dev.inprocess import Delivered
from tests.support.desk import Desk
from tests.support.samples import MANIFEST, digest
from tests.support.sandboxes import VULNERABLE


def index(children: Iterable[int], kind: ChildKind = ChildKind.IMAGE) -> Delivered:
    """What a sandbox says of an index that lists these images."""
    listed = tuple(
        Child(digest=digest(one), media_type=MANIFEST, kind=kind, os="linux") for one in children
    )
    return Delivered(status=Status.INDEX, parts={"children": listed})


async def settled(app: Desk, number: int = 1) -> Image:
    """The image after its push and all attempts that follow."""
    await app.push(number)
    await app.app.drain()
    for minutes in (2, 10, 30, 60):
        await app.look(minutes=minutes)
    return await app.image(number)


@pytest.mark.parametrize("count", [MAX_CHILDREN + 1, 10_000])
async def test_too_many_children_are_no_index_and_none_of_them_is_touched(
    app: Desk, count: int
) -> None:
    app.sandboxes.brings[digest(1)] = index(range(2, 2 + count))
    image = await settled(app)
    assert (image.failure, image.children) == (FailureCause.REPORT_INVALID, None)
    assert (image.health, image.freshness) == (Health.UNSCANNED, Freshness.FAILED)
    assert await app.story(2) == []
    assert await app.taken() == []
    assert (await settled(app, 20_000)).health is Health.HEALTHY, "no other image waits for it"


async def test_indexes_that_list_each_other_come_to_an_end(app: Desk) -> None:
    app.sandboxes.brings[digest(1)] = index([2], ChildKind.INDEX)
    app.sandboxes.brings[digest(2)] = index([1], ChildKind.INDEX)
    above = await settled(app)
    below = await app.image(2)
    assert list(above.children or {}) == [digest(2)]
    assert (below.children, below.failure) == (None, FailureCause.REPORT_INVALID)
    assert above.health is Health.UNSCANNED, "never clean by omission"
    assert await app.taken() == []


async def test_a_child_that_does_not_exist_keeps_none_of_the_others_from_their_verdict(
    app: Desk,
) -> None:
    app.sandboxes.brings = {
        digest(1): index([2, 3]),
        digest(2): Delivered(status=Status.FAILED, parts={"cause": FailureCause.MANIFEST_UNKNOWN}),
        digest(3): VULNERABLE,
    }
    image = await settled(app)
    assert (await app.image(2)).failure is FailureCause.MANIFEST_UNKNOWN
    assert image.health is Health.UNHEALTHY, "what is known to be bad is said"
    assert {row["digest"] for row in await app.bills()} == {digest(3)}
