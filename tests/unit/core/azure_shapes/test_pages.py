"""Pages of sub-assessments: every row once, however many an image has, and none left out when a
rescan comes in between."""

import json

import pytest

from core.azure_shapes.keys import AssessmentKey
from core.azure_shapes.pages import PAGE, SubAssessments, Told
from core.domain.findings import Finding
from core.domain.ids import image_stream
from core.domain.values import Health
from core.errors import InvalidInput
from core.log import layout
from core.log.sharded import open_log
from core.projections.images import image_key
from core.query.shapes import Json
from core.registry.references import RegistryResource
from core.scanning.exploited import KnownExploitation
from core.storage.interface import Put
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.support.findings import blob, finding
from tests.support.samples import REGISTRY, SUBSCRIPTION, image_name

DEMO = RegistryResource(subscription=SUBSCRIPTION, resource_group="demo", name="demo")
REGISTRIES = {REGISTRY: DEMO}
BOTH = tuple(AssessmentKey)
SHARDS = 3


class Listing:
    """Images by hand, and the pages of what is said of them."""

    def __init__(self, images: MemoryRows, artifacts: MemoryArtifacts, pages: SubAssessments):
        self.images = images
        self.artifacts = artifacts
        self.pages = pages

    async def image(self, number: int, *findings: Finding, **more: str) -> None:
        """An image with these findings; healthy, where there are none."""
        stored = await self.artifacts.put(blob(*findings))
        image = image_name(number)
        health = Health.UNHEALTHY if findings else Health.HEALTHY
        cells = {
            "registry": image.registry,
            "repository": image.repository,
            "digest": image.digest,
            "health": health.value,
            "high": len(findings),
            "findings_sha256": stored.sha256,
            "findings_size": stored.size,
            **more,
        }
        row = Put(image_key(image_stream(image)), cells)
        await self.images.commit(layout.partition(number % SHARDS), [row])

    async def all(self) -> list[Told]:
        """Every page."""
        told = [await self.pages.page(REGISTRIES, BOTH, None)]
        while told[-1].next is not None:
            told.append(await self.pages.page(REGISTRIES, BOTH, told[-1].next))
        return told


@pytest.fixture
async def listing() -> Listing:
    images, artifacts = MemoryRows(), MemoryArtifacts()
    log = await open_log(MemoryRows(), artifacts, shards=SHARDS)
    known = KnownExploitation(log, artifacts)
    return Listing(images, artifacts, SubAssessments(images, SHARDS, artifacts, known))


def many(count: int, prefix: str = "CVE-2026") -> list[Finding]:
    return [finding(f"{prefix}-{number:04d}") for number in range(count)]


def names(*pages: Told) -> list[Json]:
    return [one["name"] for page in pages for one in page.value if isinstance(one, dict)]


async def test_pages_are_full_and_give_every_row_exactly_once(listing: Listing) -> None:
    await listing.image(1, *many(PAGE + 30))
    await listing.image(2)
    await listing.image(3, *many(20))
    await listing.image(4, *many(PAGE // 2))
    pages = await listing.all()
    assert {len(page.value) for page in pages[:-1]} == {PAGE}
    assert len(names(*pages)) == len(set(names(*pages))) == 2 * (PAGE + 30 + 1 + 20 + PAGE // 2)
    assert names(*await listing.all()) == names(*pages)


async def test_a_page_that_ends_with_the_last_row_is_the_last(listing: Listing) -> None:
    await listing.image(1, *many(PAGE // 2))
    (page,) = await listing.all()
    assert len(page.value) == PAGE


async def test_a_rescan_between_two_pages_leaves_nothing_out(listing: Listing) -> None:
    await listing.image(1, *many(PAGE))
    first = await listing.pages.page(REGISTRIES, BOTH, None)
    await listing.image(1, *many(40, "CVE-2027"))
    second = await listing.pages.page(REGISTRIES, BOTH, first.next)
    assert len(second.value) == 80
    assert second.next is None


async def test_an_image_that_goes_between_two_pages_is_passed_over(listing: Listing) -> None:
    await listing.image(1, *many(PAGE))
    await listing.image(2, *many(3))
    first = await listing.pages.page(REGISTRIES, BOTH, None)
    await listing.image(1, digest="")
    second = await listing.pages.page(REGISTRIES, BOTH, first.next)
    assert len(second.value) == 6


async def test_equal_findings_of_an_image_have_names_of_their_own(listing: Listing) -> None:
    await listing.image(1, finding(), finding())
    (page,) = await listing.all()
    assert len(set(names(page))) == 4


async def test_an_indexs_findings_are_told_with_its_images_alone(listing: Listing) -> None:
    await listing.image(1, finding())
    await listing.image(2, finding(), children=json.dumps({}))
    assert len(names(*await listing.all())) == 2


async def test_a_row_is_found_by_its_name_in_whichever_shard_it_is(listing: Listing) -> None:
    for number in range(6):
        await listing.image(number, *many(3))
    for row in (await listing.all())[0].value:
        assert isinstance(row, dict)
        assert await listing.pages.one(REGISTRIES, str(row["name"])) == row
        assert await listing.pages.one({}, str(row["name"])) is None


@pytest.mark.parametrize(
    "place",
    [
        *("", "x", "{}", "[]x", '["0","i|","",0]', '[99,"i|","",0]', '[-1,"i|","",0]'),
        *('[0,"!","",0]', '[0,"i|","",-1]', f'[0,"i|{"a" * 200}","",0]', "[" * 5000),
    ],
)
async def test_a_place_that_was_not_given_out_is_refused(listing: Listing, place: str) -> None:
    with pytest.raises(InvalidInput, match="skipToken"):
        await listing.pages.page(REGISTRIES, BOTH, place)
