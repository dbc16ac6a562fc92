"""Other advisories come into force: images whose verdict changes hear of it, and no others."""

from pathlib import Path

import msgspec
import pytest

from core.domain.values import Health
from core.processes.dispatch import HINTS
from core.storage.memory import MemoryQueues
from dev.inprocess import memory_account
from tests.support.advisories import below, record
from tests.support.fleet import Fleet, deb, fleet, pypi, vast
from tests.support.images import fail, request, start
from tests.support.samples import artifact

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])
CURL = record("DEBIAN-CVE-2026-2", below("Debian:12", "curl", "8.0"), upstream=["CVE-2026-2"])
JINJA = record("PYSEC-2026-3", below("PyPI", "jinja2", "3.1"), aliases=["CVE-2026-3"])

OLD, NEW = deb("zlib", "1.2", "sha256:aa"), deb("zlib", "1.4", "sha256:aa")
REQUESTED = ["ScanRequested", "ScanCompleted"]


@pytest.fixture
async def world(tmp_path: Path) -> Fleet:
    return await fleet(memory_account(), tmp_path)


async def ids(world: Fleet, number: int) -> list[str]:
    """The names of an image's findings."""
    found = msgspec.json.decode(await world.findings(number), type=list[dict[str, object]])
    return [str(finding["id"]) for finding in found]


async def run(world: Fleet, *, whole: bool = False) -> tuple[int, int]:
    """Reassess: how many images were looked at, and how many have another verdict."""
    done = await world.reassessor.run(whole=whole)
    assert done is not None
    assert done.complete
    assert await world.claim_holds()
    return done.looked_at, done.changed


async def length(world: Fleet) -> int:
    """Events in the whole log."""
    heads = [await world.log.head(shard) for shard in range(world.log.shards)]
    return sum(head.position for head in heads)


async def test_an_image_that_a_new_advisory_touches_gets_its_verdict_without_a_sandbox(
    world: Fleet,
) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD)
    await world.scan(2, NEW)
    await world.publish(CURL, ZLIB)
    await run(world)
    image = await world.state(1)
    assert (image.health, image.open_scan) == (Health.UNHEALTHY, None)
    assert await ids(world, 1) == ["CVE-2026-1"]
    assert (await world.events(1))[-2:] == REQUESTED


async def test_an_image_whose_verdict_stays_costs_no_event(world: Fleet) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD)
    await world.scan(2, NEW)
    before = await world.events(2)
    await world.publish(CURL, ZLIB)
    assert (await run(world))[1] == 1
    assert await world.events(2) == before


async def test_that_the_fleet_was_assessed_is_recorded_once(world: Fleet) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD)
    await run(world)
    published, end = await world.published(), await length(world)
    assert published.assessed is not None
    assert (published.assessed.version, published.assessed.database) == (1, published.database)
    for _ in range(3):
        assert await run(world) == (0, 0)
    assert (await world.published(), await length(world)) == (published, end)


async def test_the_same_database_published_again_does_nothing(world: Fleet) -> None:
    await world.publish(CURL, ZLIB)
    await world.scan(1, OLD)
    await run(world)
    end = await length(world)
    assert await world.publish(ZLIB, CURL) == 1
    assert await run(world) == (0, 0)
    assert await length(world) == end


async def test_nothing_happens_before_the_first_database(world: Fleet) -> None:
    await world.take(1, OLD)
    assert await world.reassessor.run() is None


async def test_images_that_wait_for_the_first_database_are_assessed_with_it(world: Fleet) -> None:
    for number in range(1, 40):
        await world.take(number, OLD if number % 3 == 0 else NEW)
    await world.publish(ZLIB)
    assert await run(world) == (39, 39)
    healths = {(await world.state(number)).health for number in range(3, 40, 3)}
    assert healths == {Health.UNHEALTHY}
    assert (await world.state(1)).health is Health.HEALTHY
    assert (await world.events(1))[-1:] == ["ScanCompleted"]
    assert (await world.state(1)).scans == 1


async def test_only_images_with_a_package_that_changed_are_looked_at(world: Fleet) -> None:
    await world.publish(CURL, JINJA)
    await world.scan(1, OLD, pypi("jinja2", "3.0"))
    await world.scan(2, deb("curl", "7.0"))
    await world.scan(3, deb("bash", "5.0"))
    await run(world)
    await world.publish(CURL, JINJA, ZLIB)
    assert await run(world) == (1, 1)
    reworded = {**CURL, "summary": "What it is about."}
    await world.publish(reworded, JINJA, ZLIB)
    assert await run(world) == (1, 1)
    await world.publish(JINJA, ZLIB)
    assert await run(world) == (1, 1)
    assert (await world.state(2)).health is Health.HEALTHY


async def test_a_whole_assessment_looks_at_all_and_changes_no_more(world: Fleet) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD)
    await world.scan(2, NEW)
    await run(world)
    await world.publish(CURL, ZLIB)
    assert await run(world, whole=True) == (2, 1)


async def test_an_ecosystem_of_which_nothing_was_known_changes_what_is_compared(
    world: Fleet,
) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD, pypi("unheard-of", "1.0"))
    await run(world)
    assert await uncompared(world) == 1
    await world.publish(CURL, JINJA)
    assert await run(world) == (1, 1)
    assert await uncompared(world) == 0


async def uncompared(world: Fleet) -> int:
    (image,) = [
        one for shard in range(world.log.shards) for one in await world.store.all_images(shard)
    ]
    return image.uncompared


async def test_without_the_older_database_everything_is_looked_at(world: Fleet) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD)
    await world.scan(2, NEW)
    await run(world)
    await world.claim(version=1, database=artifact(9))
    await world.publish(CURL, ZLIB)
    assert await run(world) == (2, 1)


async def test_a_verdict_of_somebody_behind_the_times_is_caught(world: Fleet) -> None:
    await world.publish(CURL)
    late = world.assessor()
    await world.scan(1, NEW, by=late)
    await world.publish(CURL, ZLIB)
    await run(world)
    await world.scan(2, OLD, by=late)
    await world.scan(3, NEW, by=late)
    assert (await world.state(2)).health is Health.HEALTHY
    assert await run(world) == (2, 1)
    assert (await world.state(2)).health is Health.UNHEALTHY
    assert await run(world) == (0, 0)


async def test_such_a_verdict_is_caught_by_a_later_database_that_does_not_touch_it(
    world: Fleet,
) -> None:
    await world.publish(CURL)
    late = world.assessor()
    await world.scan(1, NEW, by=late)
    await world.publish(CURL, ZLIB)
    await run(world)
    await world.scan(2, OLD, by=late)
    await world.publish(CURL, ZLIB, JINJA)
    await run(world)
    assert (await world.state(2)).health is Health.UNHEALTHY


async def test_what_is_deleted_is_left_alone_and_looked_at_again_when_it_comes_back(
    world: Fleet,
) -> None:
    await world.publish(CURL)
    late = world.assessor()
    await world.scan(1, OLD, by=late)
    await world.delete(1)
    await world.publish(CURL, ZLIB)
    assert await run(world) == (0, 0)
    await world.scan(1, OLD, by=late)
    assert await run(world) == (1, 1)
    assert await ids(world, 1) == ["CVE-2026-1"]


async def test_a_scan_that_somebody_asked_for_is_completed_with_it(world: Fleet) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD)
    await world.tell(1, request())
    await world.publish(CURL, ZLIB)
    await run(world)
    image = await world.state(1)
    assert (image.open_scan, image.scans) == (None, 2)


async def test_a_running_scan_is_waited_for(world: Fleet) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD)
    await world.scan(2, OLD)
    await world.tell(1, request())
    await world.tell(1, start(of=2))
    await world.publish(CURL, ZLIB)
    done = await world.reassessor.run()
    assert done is not None
    assert (done.changed, done.unsettled, done.complete) == (1, 1, False)
    assert (await world.published()).assessed is None
    again = await world.reassessor.run()
    assert again is not None
    assert (again.changed, again.unsettled, again.complete) == (0, 1, False)
    await world.tell(1, fail(of=2))
    await run(world)
    assert (await world.state(1)).health is Health.UNHEALTHY


async def test_an_inventory_that_rows_have_no_room_for_is_read(world: Fleet) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD, *vast())
    await world.scan(2, NEW, *vast())
    await run(world)
    await world.publish(CURL, ZLIB)
    assert await run(world) == (2, 1)
    assert await ids(world, 1) == ["CVE-2026-1"]


async def test_an_inventory_that_cannot_be_read_any_more_is_said_and_keeps_the_claim_back(
    world: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD)
    await world.break_inventory(2)
    await world.publish(CURL, ZLIB)
    done = await world.reassessor.run()
    assert done is not None
    assert (done.unsettled, done.complete) == (1, False)
    assert "cannot be read any more" in caplog.text
    assert (await world.state(1)).health is Health.UNHEALTHY
    assert (await world.published()).assessed is None
    await world.delete(2)
    await run(world)


async def test_whoever_shows_images_is_told_where_there_is_news(world: Fleet) -> None:
    await world.publish(CURL)
    await world.scan(1, OLD)
    await world.scan(2, NEW)
    await run(world)
    assert isinstance(world.account.queues, MemoryQueues)
    assert world.account.queues.messages.get(HINTS, []) == []
    await world.publish(CURL, ZLIB)
    await run(world)
    (hint,) = world.account.queues.messages[HINTS]
    assert msgspec.json.decode(hint) == {"shard": world.shard(1)}
