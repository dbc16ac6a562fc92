"""An inventory is known by its digest, and taken as good only from the cataloger that is asked."""

from dataclasses import replace

import pytest

from core.domain.values import Platform, ScanId
from core.sandbox.cataloger import Cataloger
from core.sandbox.interface import CatalogerName
from core.scanning.known import KnownInventories
from core.storage.memory import MemoryRows
from tests.support.images import inventory
from tests.support.samples import artifact, digest

TRIVY = Cataloger(name=CatalogerName.TRIVY)
SYFT = Cataloger(name=CatalogerName.SYFT)
SCAN = ScanId("b" * 32 + "-7")


@pytest.fixture
def known() -> KnownInventories:
    return KnownInventories(MemoryRows())


@pytest.mark.parametrize(
    ("platform", "distribution"),
    [
        (Platform(os="linux", architecture="amd64"), "debian 12.15"),
        (Platform(os="linux", architecture="arm", variant="v7"), None),
    ],
)
async def test_what_was_remembered_is_found_for_another_scan(
    known: KnownInventories, platform: Platform, distribution: str | None
) -> None:
    taken = replace(inventory(), platform=platform, distribution=distribution)
    await known.remember(digest(1), taken)
    found = await known.find(digest(1), SCAN, cataloger=TRIVY)
    assert found == replace(taken, scan=SCAN, attempt=0)


async def test_another_catalogers_inventory_is_none(known: KnownInventories) -> None:
    await known.remember(digest(1), inventory())
    assert await known.find(digest(1), SCAN, cataloger=SYFT) is None


async def test_a_version_counts_where_one_is_asked_for(known: KnownInventories) -> None:
    await known.remember(digest(1), inventory())
    assert await known.find(digest(1), SCAN, cataloger=replace(TRIVY, version="0.76.0"))
    assert await known.find(digest(1), SCAN, cataloger=replace(TRIVY, version="0.77.0")) is None


async def test_the_newest_inventory_is_the_one_that_is_known(known: KnownInventories) -> None:
    await known.remember(digest(1), inventory(bom=1))
    await known.remember(digest(1), inventory(bom=2))
    found = await known.find(digest(1), SCAN, cataloger=TRIVY)
    assert found is not None
    assert found.bom == artifact(2)


async def test_nothing_is_known_of_another_digest(known: KnownInventories) -> None:
    await known.remember(digest(1), inventory())
    assert await known.find(digest(2), SCAN, cataloger=TRIVY) is None
