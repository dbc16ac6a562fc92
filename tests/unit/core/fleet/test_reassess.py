"""Other advisories come into force: images whose verdict changes hear of it, and no others."""

from pathlib import Path

import msgspec
import pytest

from core.domain.advisories import ADVISORIES, Published
from core.domain.ids import advisories_stream
from core.domain.values import Health
from core.log.handle import current
from dev.inprocess import memory_account
from tests.support.advisories import below, record
from tests.support.fleet import Fleet, deb, fleet

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])
CURL = record("DEBIAN-CVE-2026-2", below("Debian:12", "curl", "8.0"), upstream=["CVE-2026-2"])

OLD_ZLIB, NEW_ZLIB = deb("zlib", "1.2", "sha256:aa"), deb("zlib", "1.4", "sha256:aa")


@pytest.fixture
async def world(tmp_path: Path) -> Fleet:
    return await fleet(memory_account(), tmp_path)


async def ids(world: Fleet, number: int) -> list[str]:
    """The names of an image's findings."""
    found = msgspec.json.decode(await world.findings(number), type=list[dict[str, object]])
    return [str(finding["id"]) for finding in found]


async def assessed(world: Fleet) -> Published:
    return await current(world.log, ADVISORIES, advisories_stream())


async def test_an_image_that_a_new_advisory_touches_gets_its_verdict_without_a_sandbox(
    world: Fleet,
) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD_ZLIB)
    await world.scan(2, NEW_ZLIB)
    await world.publish(CURL, ZLIB)
    done = await world.reassessor.run()
    assert done is not None
    assert (done.version, done.changed, done.complete) == (2, 1, True)
    assert (await world.state(1)).health is Health.UNHEALTHY
    assert await ids(world, 1) == ["CVE-2026-1"]
    assert (await world.events(1))[-2:] == ["ScanRequested", "ScanCompleted"]
    assert (await world.events(2))[-1] == "ScanCompleted"
    assert (await world.state(2)).scans == 1
    known = (await assessed(world)).assessed
    assert known is not None
    assert known.version == 2
    assert (await world.reassessor.run()) is not None
    assert await assessed(world) == await assessed(world)
