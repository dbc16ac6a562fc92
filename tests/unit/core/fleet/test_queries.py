"""Who has this package, and who has this vulnerability."""

from pathlib import Path

import pytest

from core.advisories.matching import Matcher
from core.fleet.queries import Asked, FleetQueries, affected, named
from dev.inprocess import memory_account
from tests.support.advisories import below, opened, record
from tests.support.fleet import Fleet, deb, fleet, pypi, vast
from tests.support.samples import image_name

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])
JINJA = record("PYSEC-2026-3", below("PyPI", "jinja2", "3.1"), aliases=["CVE-2026-3"])


@pytest.fixture
async def world(tmp_path: Path) -> Fleet:
    """Five images; the last one is gone, and the one before has no room in a row."""
    world = await fleet(memory_account(), tmp_path)
    await world.take(1, deb("zlib1g", "1.2", source="zlib"), pypi("jinja2", "3.0"))
    await world.take(2, deb("zlib1g", "1.4", source="zlib"))
    await world.take(3, pypi("jinja2", "3.0"), pypi("jinja2", "3.2"))
    await world.take(4, deb("zlib1g", "1.2", source="zlib"), *vast())
    await world.take(5, deb("zlib1g", "1.2", source="zlib"))
    await world.delete(5)
    await world.store.catch_up()
    return world


async def ask[Answer](world: Fleet, asked: Asked[Answer]) -> dict[int, list[Answer]]:
    """What is said of the packages of each image, by its number."""
    numbers = {image_name(number): number for number in range(1, 6)}
    holders = FleetQueries(world.store, world.artifacts).holders(asked)
    return {
        numbers[holder.image]: [answer for _, answer in holder.packages] async for holder in holders
    }


async def test_a_package_is_found_by_its_own_name_and_its_sources(world: Fleet) -> None:
    expected = {1: ["1.2"], 2: ["1.4"], 4: ["1.2"]}
    for name in ("zlib1g", "zlib", "debian/zlib1g"):
        assert await ask(world, named(name)) == expected


async def test_a_package_is_found_at_a_version(world: Fleet) -> None:
    assert await ask(world, named("zlib", "1.4")) == {2: ["1.4"]}
    assert await ask(world, named("jinja2")) == {1: ["3.0"], 3: ["3.0", "3.2"]}
    assert await ask(world, named("jinja2", "3.3")) == {}


async def test_a_vulnerability_is_found_by_any_of_its_names(world: Fleet, tmp_path: Path) -> None:
    with opened(tmp_path, ZLIB, JINJA) as advisories:
        matcher = Matcher(advisories)
        for name in ("CVE-2026-1", "DEBIAN-CVE-2026-1"):
            assert (await ask(world, affected(matcher, name))).keys() == {1, 4}
        found = await ask(world, affected(matcher))
    assert {number: len(answers) for number, answers in found.items()} == {1: 2, 3: 1, 4: 1}
    ((finding,),) = found[3]
    assert (finding.id, finding.version, finding.fixed) == ("CVE-2026-3", "3.0", "3.1")
