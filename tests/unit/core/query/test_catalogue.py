"""The whole of the fleet: repositories, what goes by some words, and a tag's history."""

import pytest

from core.answers.catalogue import Found
from core.errors import InvalidInput
from tests.support.desk import Desk
from tests.support.ruling import scanned
from tests.support.samples import REGISTRY, REPOSITORY, digest
from tests.support.sandboxes import CLEAN, VULNERABLE


async def search(app: Desk, words: str, **given: str) -> Found:
    """What goes by those words."""
    return await app.app.services.answers.catalogue.search({"q": words, **given})


def digests(found: Found) -> list[str]:
    """Which images were found."""
    return [one.digest for one in found.images]


@pytest.fixture
async def fleet(app: Desk) -> Desk:
    """A vulnerable image under `latest`, and a clean one under `v2`."""
    app.sandboxes.brings |= {digest(1): VULNERABLE, digest(2): CLEAN}
    await app.push(1)
    await app.push(2, tag="v2")
    await app.app.drain()
    return app


async def test_images_are_found_by_repository_tag_and_digest(fleet: Desk) -> None:
    assert set(digests(await search(fleet, "TEAM"))) == {digest(1), digest(2)}
    assert digests(await search(fleet, "v2")) == [digest(2)]
    assert digests(await search(fleet, "app:v2")) == [digest(2)]
    assert digests(await search(fleet, digest(1))) == [digest(1)]
    assert digests(await search(fleet, digest(2).removeprefix("sha256:"))) == [digest(2)]
    assert digests(await search(fleet, "nothing-of-that-name")) == []


async def test_a_vulnerability_and_a_package_are_found_where_some_image_has_them(
    fleet: Desk,
) -> None:
    assert (await search(fleet, "cve-2026-1")).vulnerability == "CVE-2026-1"
    assert (await search(fleet, "zlib")).package == "zlib"
    nothing = await search(fleet, "CVE-1999-0001")
    assert (nothing.vulnerability, nothing.package, nothing.total) == (None, None, 0)


async def test_the_past_is_searched_as_it_was(app: Desk) -> None:
    await scanned(app, 1)
    then = (await app.history())[-1].at
    await app.delete(1)
    await app.app.drain()
    assert digests(await search(app, "team")) == []
    assert digests(await search(app, "team", asOf=f"{then:%Y-%m-%dT%H:%M:%S.%fZ}")) == [digest(1)]


async def test_repositories_are_counted(fleet: Desk) -> None:
    answer = await fleet.app.services.answers.catalogue.repositories({"registry": REGISTRY})
    (one,) = answer.value
    assert (one.repository, one.images, one.health.unhealthy) == (REPOSITORY, 2, 1)
    assert one.findings.total == 1
    elsewhere = await fleet.app.services.answers.catalogue.repositories({"registry": "x.io"})
    assert elsewhere.total == 0


async def test_repositories_are_counted_anew_once_something_has_changed(fleet: Desk) -> None:
    async def counted() -> list[tuple[int, int]]:
        answer = await fleet.app.services.answers.catalogue.repositories({})
        return [(one.images, one.health.unhealthy) for one in answer.value]

    assert await counted() == await counted() == [(2, 1)]
    fleet.sandboxes.brings[digest(3)] = VULNERABLE
    await fleet.push(3, tag="v3")
    await fleet.app.drain()
    assert await counted() == [(3, 2)]
    await fleet.delete(1)
    await fleet.app.drain()
    assert await counted() == [(2, 1)]


async def test_a_tags_history_says_where_it_pointed_the_latest_first(app: Desk) -> None:
    await app.push(1)
    await app.app.drain()
    await app.push(2)
    await app.app.drain()
    asked = {"registry": REGISTRY, "repository": REPOSITORY, "tag": "latest"}
    found = await app.app.services.answers.tags.history(asked)
    assert found is not None
    assert [(one.digest, one.previous) for one in found.value] == [
        (digest(2), digest(1)),
        (digest(1), None),
    ]
    assert await app.app.services.answers.tags.history({**asked, "tag": "other"}) is None
    with pytest.raises(InvalidInput, match="by their names"):
        await app.app.services.answers.tags.history({**asked, "tag": "no tag"})
