"""What to upgrade: in unhealthy images only, once for all of them, and not where it is done."""

from typing import cast

import pytest

from core.domain.criteria import Criteria
from core.errors import InvalidInput
from core.query.shapes import Json
from dev.inprocess import Delivered
from tests.support.desk import Desk, desk
from tests.support.fleet import deb, sbom
from tests.support.indexes import index_of, listed
from tests.support.ruling import ZLIB_IS_FINE, apply, rule, scanned
from tests.support.samples import REGISTRY, REPOSITORY, digest
from tests.support.sandboxes import CLEAN, VULNERABLE
from tests.support.wire import wire

UNKNOWN_VERSION = Delivered(sbom=sbom(deb("zlib", "1.4"), {"type": "library", "name": "who"}))
"""A package in it has no package URL: nobody knows whether it is vulnerable."""


async def asked(app: Desk, **given: str) -> dict[str, Json]:
    answer = wire(await app.app.services.answers.recommendations.page(given))
    assert isinstance(answer, dict)
    return answer


async def entries(app: Desk, **given: str) -> list[dict[str, Json]]:
    return cast("list[dict[str, Json]]", (await asked(app, **given))["value"])


def upgrade(entry: dict[str, Json]) -> dict[str, Json]:
    """The only one of an entry."""
    (one,) = cast("list[dict[str, Json]]", entry["upgrades"])
    return one


async def test_only_unhealthy_images_are_recommended_on(app: Desk) -> None:
    app.sandboxes.brings[digest(2)] = CLEAN
    await app.push(2, tag="clean")
    await scanned(app, 1)
    (entry,) = await entries(app)
    assert (entry["digest"], entry["tags"]) == (digest(1), ["latest"])
    assert cast("dict[str, int]", entry["severities"])["unknown"] == 1
    assert upgrade(entry)["sentence"] == "Upgrade zlib from 1.2 to 1.3, which resolves 1 finding."
    assert upgrade(entry)["fixedIn"] is None


async def test_a_disabled_finding_recommends_nothing(app: Desk) -> None:
    await scanned(app, 1, 2)
    await rule(app, criteria=Criteria(vulnerabilities=("CVE-2026-1",), digests=(digest(1),)))
    await apply(app)
    await app.app.drain()
    assert [entry["digest"] for entry in await entries(app)] == [digest(2)]
    await rule(app, "all", ZLIB_IS_FINE)
    await apply(app)
    await app.app.drain()
    for by in ("image", "repository", "registry"):
        assert await entries(app, by=by) == []


async def test_a_newer_tag_that_is_rid_of_it_is_named(app: Desk) -> None:
    await scanned(app, 1)
    app.sandboxes.brings[digest(2)] = CLEAN
    await app.push(2, tag="v2")
    await app.app.drain()
    (entry,) = await entries(app)
    fixed = cast("dict[str, Json]", upgrade(entry)["fixedIn"])
    assert (fixed["digest"], fixed["tags"]) == (digest(2), ["v2"])
    (rolled,) = await entries(app, by="registry")
    assert (upgrade(rolled)["images"], upgrade(rolled)["fixedInNewerTag"]) == (1, 1)


async def test_an_older_tag_an_untagged_image_and_a_vulnerable_one_fix_nothing(app: Desk) -> None:
    app.sandboxes.brings[digest(2)] = CLEAN
    await app.push(2, tag="v0", minute=0)
    await app.push(3, tag=None, minute=90)
    app.events = 50
    await scanned(app, 1, 4)
    assert [upgrade(entry)["fixedIn"] for entry in await entries(app)] == [None, None]


async def test_an_image_that_was_not_compared_fully_proves_nothing(app: Desk) -> None:
    await scanned(app, 1)
    app.sandboxes.brings[digest(2)] = UNKNOWN_VERSION
    await app.push(2, tag="v2")
    await app.app.drain()
    assert [upgrade(entry)["fixedIn"] for entry in await entries(app)] == [None]


async def test_images_below_an_index_are_fixed_by_those_below_a_newer_one(app: Desk) -> None:
    for index, image, brings in ((1, 11, VULNERABLE), (2, 12, CLEAN)):
        app.sandboxes.brings[digest(index)] = index_of(listed(image, "amd64"))
        app.sandboxes.brings[digest(image)] = brings
        await app.push(index, tag=f"v{index}")
        await app.push(image, tag=None)
        await app.app.drain()
    (entry,) = await entries(app)
    assert entry["digest"] == digest(11)
    assert cast("dict[str, Json]", upgrade(entry)["fixedIn"])["tags"] == ["v2"]


async def test_one_upgrade_of_many_images_is_recommended_once(app: Desk) -> None:
    await scanned(app, 1, 2, 3)
    (entry,) = await entries(app, by="repository")
    assert (entry["registry"], entry["repository"]) == (REGISTRY, REPOSITORY)
    assert (entry["images"], entry["imagesRead"]) == (3, 3)
    assert cast("dict[str, int]", entry["severities"])["unknown"] == 3
    assert upgrade(entry)["images"] == 3
    (whole,) = await entries(app, by="registry")
    assert "repository" not in whole
    assert await entries(app, by="repository", repository="another") == []


async def test_pages_give_every_image_once(app: Desk) -> None:
    await scanned(app, 1, 2, 3)
    found, given = list[Json](), {"limit": "2"}
    while True:
        page = await asked(app, **given)
        found += [one["digest"] for one in cast("list[dict[str, Json]]", page["value"])]
        if "continuationToken" not in page:
            break
        given["continuationToken"] = cast("str", page["continuationToken"])
    assert sorted(cast("list[str]", found)) == [digest(1), digest(2), digest(3)]


async def test_what_makes_no_sense_is_refused() -> None:
    app = await desk()
    with pytest.raises(InvalidInput, match="by must be one of image, repository, registry"):
        await asked(app, by="planet")
    with pytest.raises(InvalidInput, match="unknown parameter severity"):
        await asked(app, severity="high")
    assert await entries(app) == []
