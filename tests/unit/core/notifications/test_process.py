"""An image's story is told by its changes, once each, whatever is repeated."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from core.domain.ids import image_stream
from core.notifications.delivery import PATIENCE, QUIET
from core.notifications.notices import FleetNotice, ImageNotice
from core.processes.dispatch import HINTS
from core.scanning.exploited import publish_exploitation
from core.scanning.published import publish
from core.storage.account import Account
from dev.inprocess import memory_account
from tests.faults.storage import Faults, Loss, ProcessDied
from tests.support.advisories import below, record
from tests.support.campaign import Campaign
from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.exploited import known_exploited
from tests.support.ruling import apply, rule, scanned
from tests.support.samples import digest, image_name
from tests.support.sandboxes import CLEAN, VULNERABLE
from tests.support.topics import MemoryTopic

STREAM = image_stream(image_name(1))
MORE = record("DEBIAN-CVE-2026-2", below("Debian:12", "zlib", "1.9"), upstream=["CVE-2026-2"])
"""An advisory that even what `CLEAN` has falls under."""


async def told(desk: Desk, topic: MemoryTopic, *, later: timedelta = timedelta()) -> list[str]:
    """The kinds of what the topic was told by then."""
    await desk.app.drain()
    delivery = desk.app.services.notices.delivery
    assert delivery is not None
    await delivery.deliver(datetime.now(UTC) + later)
    return [notice.type.removeprefix("Pratique.") for notice in topic.sent]


async def publish_more(desk: Desk, folder: Path) -> None:
    """Other advisories come into force, and the fleet is assessed with them."""
    core = desk.app.services
    await publish(core.log, desk.account.artifacts, compiled(folder, ZLIB, MORE), records=2)
    await core.reassessor.run()


async def test_a_vulnerable_image_is_told_of_once(tmp_path: Path) -> None:
    topic = MemoryTopic()
    one = await desk(compiled(tmp_path, ZLIB), topic=topic)
    one.sandboxes.brings[digest(1)] = VULNERABLE
    pushed = one.pushed(1)
    for _ in range(3):
        await one.app.services.scanning.intake.take(pushed)
        assert await told(one, topic) == ["Image.BecameUnhealthy"]
    [notice] = topic.sent
    said = msgspec.json.decode(notice.data, type=ImageNotice)
    assert (said.digest, said.tags, said.cause) == (digest(1), ["latest"], "push")
    assert [(found.id, found.fixed) for found in said.new.listed] == [("CVE-2026-1", "1.3")]
    assert said.counts["unknown"] == said.new.total == 1
    assert notice.subject.endswith(f"@{digest(1)}")


async def test_a_clean_image_makes_no_noise(tmp_path: Path) -> None:
    topic = MemoryTopic()
    one = await desk(compiled(tmp_path, ZLIB), topic=topic)
    one.sandboxes.brings[digest(1)] = CLEAN
    await one.push(1)
    assert await told(one, topic) == []


async def test_one_cause_with_many_images_is_one_digest(tmp_path: Path) -> None:
    topic = MemoryTopic()
    one = await desk(compiled(tmp_path, ZLIB), topic=topic)
    for number in (1, 2, 3):
        await one.push(number, tag=f"v{number}")
    assert await told(one, topic) == []
    await publish_more(one, tmp_path)
    assert await told(one, topic) == []  # more images may follow
    assert await told(one, topic, later=QUIET) == ["Fleet.Changed"]
    [notice] = topic.sent
    said = msgspec.json.decode(notice.data, type=FleetNotice)
    assert (said.images, said.kinds) == (3, {"BecameUnhealthy": 3})
    assert (said.cause, said.version) == ("advisories-changed", 2)
    assert sorted(image.tags[0] for image in said.examples) == ["v1", "v2", "v3"]
    assert await told(one, topic, later=PATIENCE) == ["Fleet.Changed"]


async def test_one_cause_with_one_image_is_told_as_the_image(tmp_path: Path) -> None:
    topic = MemoryTopic()
    one = await desk(compiled(tmp_path, ZLIB), topic=topic)
    await one.push(1)
    await told(one, topic)
    await publish_more(one, tmp_path)
    assert await told(one, topic, later=QUIET) == ["Image.BecameUnhealthy"]


async def exploit(desk: Desk, folder: Path, *cves: str) -> None:
    """CISA lists just these."""
    known = known_exploited(folder, *cves)
    core = desk.app.services
    artifacts = desk.account.artifacts
    await publish_exploitation(core.log, artifacts, known, probabilities=0, exploited=len(cves))
    await core.following.runner.sweep()


async def test_whoever_has_what_is_exploited_now_is_told(tmp_path: Path) -> None:
    topic = MemoryTopic()
    one = await desk(compiled(tmp_path, ZLIB), topic=topic)
    await exploit(one, tmp_path, "CVE-2020-1")
    one.sandboxes.brings[digest(1)] = VULNERABLE
    await one.push(1)
    await one.push(2)
    assert await told(one, topic) == ["Image.BecameUnhealthy"]
    await exploit(one, tmp_path, "CVE-2020-1", "CVE-2026-1", "CVE-2026-2")
    await one.app.services.following.runner.sweep()
    kinds = await told(one, topic, later=QUIET)
    assert kinds == ["Image.BecameUnhealthy", "Image.KnownExploited"]
    said = msgspec.json.decode(topic.sent[-1].data, type=ImageNotice)
    assert [(each.id, each.known_exploited) for each in said.exploited.listed] == [
        ("CVE-2026-1", True)
    ]


async def test_the_first_list_of_what_is_exploited_is_no_news(tmp_path: Path) -> None:
    topic = MemoryTopic()
    one = await desk(compiled(tmp_path, ZLIB), topic=topic)
    one.sandboxes.brings[digest(1)] = VULNERABLE
    await one.push(1)
    await told(one, topic)
    await exploit(one, tmp_path, "CVE-2026-1")
    assert await told(one, topic, later=PATIENCE) == ["Image.BecameUnhealthy"]


async def test_a_disabled_finding_says_nothing_until_its_rule_has_expired(tmp_path: Path) -> None:
    topic = MemoryTopic()
    one = await desk(compiled(tmp_path, ZLIB), topic=topic)
    soon = datetime.now(UTC) + timedelta(hours=1)
    await rule(one, expires=soon)
    await scanned(one, 1, 2)
    assert await told(one, topic, later=PATIENCE) == []
    await apply(one, now=soon)
    assert await told(one, topic, later=PATIENCE) == ["Fleet.Changed"]
    said = msgspec.json.decode(topic.sent[0].data, type=FleetNotice)
    assert (said.cause, said.kinds) == ("rules-changed", {"BecameUnhealthy": 2})


async def test_a_rule_that_hides_everything_is_no_recovery(tmp_path: Path) -> None:
    topic = MemoryTopic()
    one = await desk(compiled(tmp_path, ZLIB), topic=topic)
    await scanned(one, 1)
    assert await told(one, topic) == ["Image.BecameUnhealthy"]
    await rule(one)
    await apply(one)
    assert await told(one, topic, later=PATIENCE) == ["Image.BecameUnhealthy"]


async def test_what_happened_before_there_was_a_topic_is_not_news(tmp_path: Path) -> None:
    account, topic = memory_account(), MemoryTopic()
    before = await desk(compiled(tmp_path, ZLIB), account=account)
    before.sandboxes.brings[digest(1)] = VULNERABLE
    await before.push(1)
    await before.app.drain()
    after = await desk(account=account, topic=topic)
    await after.app.services.following.runner.sweep()
    assert await told(after, topic) == []


async def test_a_topic_that_comes_back_is_not_told_of_the_meantime(tmp_path: Path) -> None:
    account, topic = memory_account(), MemoryTopic()
    await desk(compiled(tmp_path, ZLIB), account=account, topic=topic)
    without = await desk(account=account)
    without.sandboxes.brings[digest(1)] = VULNERABLE
    await without.push(1)
    await without.app.drain()
    back = await desk(account=account, topic=topic)
    await back.app.services.following.runner.sweep()
    assert await told(back, topic) == []


async def test_an_image_that_was_deleted_and_pushed_again_is_news_again(tmp_path: Path) -> None:
    topic = MemoryTopic()
    one = await desk(compiled(tmp_path, ZLIB), topic=topic)
    one.sandboxes.brings[digest(1)] = VULNERABLE
    await one.push(1)
    await told(one, topic)
    await one.delete(1)
    assert await told(one, topic) == ["Image.BecameUnhealthy"]
    await one.push(1)
    assert await told(one, topic) == ["Image.BecameUnhealthy"] * 2
    assert len({notice.id for notice in topic.sent}) == 2


async def assessed_unseen(folder: Path, account: Account) -> None:
    """An image is assessed while no follower runs: every hint is lost."""
    first = await desk(compiled(folder, ZLIB), account=account, topic=MemoryTopic())
    first.sandboxes.brings[digest(1)] = VULNERABLE
    await first.push(1)
    while "ScanCompleted" not in await first.story():
        await first.app.mailbox.receive(HINTS)
        assert await first.app.step()


@pytest.mark.parametrize("loss", Loss)
async def test_a_death_at_any_call_of_telling_loses_nothing(
    tmp_path: Path, loss: Loss, campaign: Campaign
) -> None:
    place = list(Loss).index(loss)
    for k in itertools.count(1) if campaign.long else range(2 + 3 * place, 24, 6):
        account, topic = memory_account(), MemoryTopic()
        await assessed_unseen(tmp_path, account)
        dying = Faults(at=frozenset(), loss=loss, error=ProcessDied)
        one = await desk(account=account, by=dying, topic=topic)
        last = dying.calls + k
        dying.at = frozenset({last})
        try:
            await one.app.services.following.runner.catch_up(one.app.services.log.shard_of(STREAM))
            await told(one, topic)
        except* ProcessDied:
            pass
        again = await desk(account=account, topic=topic)
        await again.app.services.following.runner.sweep()
        assert set(await told(again, topic)) == {"Image.BecameUnhealthy"}, k
        assert len({notice.id for notice in topic.sent}) == 1
        if dying.calls < last:
            break
    assert k > campaign.pick(20, 15)
    campaign.tried(f"a notice, and a process that dies, {loss.value}: {k} calls")
