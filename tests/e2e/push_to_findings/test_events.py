"""Events come twice, late, in any order, in either schema, or are none: the images come out right.

What is pushed here is small and of kinds that are scanned fast; repositories are never shared.
"""

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dev.images import samples
from dev.images.oci import Image
from dev.stack.acr_events import DeliverySchema, Resource
from dev.stack.skopeo import delete
from dev.stack.stack import RESOURCE
from tests.e2e.push_to_findings.client import Client, Fact, Json, listed, until

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

CVE = "CVE-2024-5535"


def alpine(name: str) -> Image:
    """An Alpine that has the CVE, and a digest of its own."""
    return replace(samples.alpine(), labels={"name": name})


def windows(name: str) -> Image:
    """An image whose scan is over at once."""
    return replace(samples.windows(), labels={"name": name})


def pushed_at(image: dict[str, Json]) -> datetime:
    return datetime.fromisoformat(str(image["pushedAt"]))


async def test_the_same_event_fifty_times_is_one_scan_and_one_line(client: Client) -> None:
    repository = "events/repeated"
    digest = await client.push(alpine("repeated"), repository, "v1")
    image = await until(lambda: _listed(client, repository, digest))
    again = Fact(
        action="push",
        repository=repository,
        digest=digest,
        tag="v1",
        at=pushed_at(image) + timedelta(seconds=1),
        id="2b3c8c5e-0000-4000-8000-000000000050",
    )
    await asyncio.gather(*(client.deliver(again) for _ in range(50)))
    await client.settled(repository, digest)
    timeline = await client.timeline(repository, digest)
    assert timeline.count("ImagePushed") == 2  # the registry's own event, and the repeated one
    assert timeline.count("ScanRequested") == timeline.count("ScanStarted") == 1
    assert timeline.count("ScanCompleted") == 1

    async def billed() -> list[str]:
        return await client.billed() if digest in await client.billed() else []

    assert (await until(billed)).count(digest) == 1


async def test_a_deletion_that_overtakes_its_push_wins(client: Client) -> None:
    repository = "events/overtaken"
    digest = await client.push(windows("overtaken"), repository, "v1")
    at = pushed_at(await client.settled(repository, digest))
    later = [at + timedelta(seconds=seconds) for seconds in (10, 20)]
    await client.deliver(Fact(action="delete", repository=repository, digest=digest, at=later[1]))
    await client.deliver(
        Fact(action="push", repository=repository, digest=digest, at=later[0], tag="v1")
    )
    await until(lambda: _gone(client, repository, digest))
    # What comes after both is another push, which brings it back: the first events are through.
    await client.deliver(
        Fact(
            action="push",
            repository=repository,
            digest=digest,
            at=later[1] + timedelta(seconds=1),
            tag="v2",
        )
    )
    image = await client.settled(repository, digest)
    assert image["tags"] == ["v2"]
    assert image["health"] == "NotApplicable"


async def test_a_deletion_that_a_later_push_has_undone_leaves_the_image(client: Client) -> None:
    repository = "events/undone"
    digest = await client.push(windows("undone"), repository, "v1")
    at = pushed_at(await client.settled(repository, digest)) - timedelta(seconds=10)
    await client.deliver(Fact(action="delete", repository=repository, digest=digest, at=at))

    async def recorded() -> bool:
        return "DeletionOutdated" in await client.timeline(repository, digest)

    await until(recorded)
    image = (await client.images(repository))[digest]
    assert (image["tags"], image["health"]) == (["v1"], "NotApplicable")


async def test_a_tag_whose_moves_arrive_in_reverse_ends_where_it_points(client: Client) -> None:
    repository = "events/reverse"
    first, second = await asyncio.gather(
        client.push(windows("first"), repository, "a"),
        client.push(windows("second"), repository, "b"),
    )
    at = max([pushed_at(await client.settled(repository, one)) for one in (first, second)])
    earlier, later = (at + timedelta(seconds=seconds) for seconds in (10, 20))
    for digest, moved in ((second, later), (first, earlier)):
        await client.deliver(
            Fact(action="push", repository=repository, digest=digest, at=moved, tag="v1")
        )

    async def lost() -> bool:
        return "TagMoved" in await client.timeline(repository, first)

    async def shown() -> bool:
        images = await client.images(repository)
        return (images[first]["tags"], images[second]["tags"]) == (["a"], ["b", "v1"])

    await until(lost)  # before that, the first image may just not have had the tag yet
    await until(shown)


async def test_a_tag_that_moves_leaves_the_old_image_listed_and_found_by_its_cve(
    client: Client,
) -> None:
    repository = "events/moved"
    old = await client.push(alpine("old"), repository, "v1")
    await client.settled(repository, old)
    new = await client.push(alpine("new"), repository, "v1")
    await client.settled(repository, new)

    async def moved() -> dict[str, dict[str, Json]] | None:
        images = await client.images(repository)
        return images if images[old]["tags"] == [] else None

    images = await until(moved)
    assert images[new]["tags"] == ["v1"]
    assert images[old]["health"] == "Unhealthy"
    by_tag = await client.ask("/api/images", repository=repository, tag="v1")
    assert listed(by_tag.value, "digest") == [new]
    assert {old, new} <= await _with_cve(client)


async def test_a_deleted_image_leaves_every_view_and_its_bill_stays(client: Client) -> None:
    repository = "events/deleted"
    digest = await client.push(alpine("deleted"), repository, "v1")
    await client.settled(repository, digest)

    async def found() -> bool:
        return digest in await _with_cve(client) and digest in await client.billed()

    await until(found)
    await delete(client.stack.registry, repository, digest)
    await until(lambda: _gone(client, repository, digest))

    async def lost() -> bool:
        return digest not in await _with_cve(client)

    await until(lost)
    for part in ("", "/findings", "/sbom"):
        assert (await client.ask(client.path(repository, digest, part))).status == 404
    assert (await client.billed()).count(digest) == 1


async def test_cloud_events_do_the_same(client: Client) -> None:
    repository = "events/cloud"
    digest = await client.push(windows("cloud"), repository, "v1")
    at = pushed_at(await client.settled(repository, digest)) + timedelta(seconds=1)
    gone = Fact(action="delete", repository=repository, digest=digest, at=at)
    await client.deliver(gone, schema=DeliverySchema.CLOUD_EVENTS)
    await until(lambda: _gone(client, repository, digest))
    at += timedelta(seconds=1)
    back = Fact(action="push", repository=repository, digest=digest, at=at, tag="v2")
    await client.deliver(back, schema=DeliverySchema.CLOUD_EVENTS)
    image = await client.settled(repository, digest)
    assert (image["tags"], image["health"]) == (["v2"], "NotApplicable")


async def test_a_registry_that_is_not_enrolled_is_refused_and_counted(client: Client) -> None:
    before = await client.refused("registry-not-enrolled")
    stranger = Resource(id=f"{RESOURCE.id}2", location="westeurope")
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    digest = f"sha256:{'1' * 64}"
    event = Fact(action="push", repository="events/strange", digest=digest, at=at, tag="v1")
    await client.deliver(event, resource=stranger)
    assert await client.refused("registry-not-enrolled") == before + 1
    assert await client.images("events/strange") == {}


def pushed(**target: object) -> dict[str, object]:
    """An event about a push of something that is not there, well-formed but for the changes."""
    return {
        "id": "9f1c0e3a-0000-4000-8000-000000000001",
        "topic": RESOURCE.id,
        "subject": "events/none:v1",
        "eventType": "Microsoft.ContainerRegistry.ImagePushed",
        "eventTime": "2026-01-01T00:00:00.0000000Z",
        "dataVersion": "2.0",
        "metadataVersion": "1",
        "data": {
            "id": "9f1c0e3a-0000-4000-8000-000000000002",
            "timestamp": "2026-01-01T00:00:00.123456789Z",
            "action": "push",
            "target": {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "size": 1,
                "digest": f"sha256:{'2' * 64}",
                "repository": "events/none",
                "tag": "v1",
                **target,
            },
            "request": {"id": "9f1c0e3a-0000-4000-8000-000000000003", "host": "demo.example"},
        },
    }


@pytest.mark.parametrize(
    ("event", "counted"),
    [
        (pushed(digest="sha256:123"), "registry-event-rejected"),
        (pushed(digest=None), "registry-event-rejected"),
        (pushed(repository="../../etc"), "registry-event-rejected"),
        (pushed(repository="events/none/.."), "registry-event-rejected"),
        (pushed(tag="a b"), "registry-event-rejected"),
        (pushed(mediaType="x" * 1_000_000), "registry-event-rejected"),
        (pushed() | {"data": {}}, "registry-event-rejected"),
        (pushed() | {"data": None}, "registry-event-rejected"),
        (pushed() | {"data": "text"}, "registry-event-rejected"),
        (pushed() | {"data": [1]}, "registry-event-rejected"),
        (pushed() | {"topic": "/subscriptions/none"}, "registry-event-rejected"),
        (pushed() | {"eventType": "Microsoft.Storage.BlobCreated"}, "registry-event-ignored"),
        (
            pushed() | {"eventType": "Microsoft.ContainerRegistry.ChartPushed"},
            "registry-event-ignored",
        ),
        ({}, "registry-event-rejected"),
        ({"specversion": "1.0"}, "registry-event-rejected"),
        ({"specversion": 3, "id": [], "type": {}, "source": None}, "registry-event-rejected"),
        ({"id": 7, "data": {"a": {"b": [None]}}}, "registry-event-rejected"),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else str(value),
)
async def test_an_event_that_says_nothing_is_taken_counted_and_never_sent_again(
    client: Client, event: dict[str, object], counted: str
) -> None:
    before = await client.refused(counted)
    assert await client.post(json.dumps([event]).encode()) == (202, "")
    assert await client.refused(counted) == before + 1
    assert await client.images("events/none") == {}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (json.dumps([pushed()]).encode(), "text/plain", 400),
        (json.dumps([pushed()]).encode(), "application/octet-stream", 400),
        (b"", "application/json", 400),
        (b"not JSON", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"null", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 202),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_delivery_that_is_none_is_answered_clearly(
    client: Client, body: bytes, content_type: str, status: int
) -> None:
    assert (await client.post(body, content_type=content_type))[0] == status


async def test_one_bad_event_does_not_spoil_its_batch(client: Client) -> None:
    before = await client.refused("registry-event-rejected")
    ignored = await client.refused("registry-event-ignored")
    batch = [{}, pushed() | {"eventType": "Microsoft.Storage.BlobCreated"}, pushed(digest="no")]
    assert await client.post(json.dumps(batch).encode()) == (202, "")
    assert await client.refused("registry-event-rejected") == before + 2
    assert await client.refused("registry-event-ignored") == ignored + 1


async def _listed(client: Client, repository: str, digest: str) -> dict[str, Json] | None:
    return (await client.images(repository)).get(digest)


async def _gone(client: Client, repository: str, digest: str) -> bool:
    return digest not in await client.images(repository)


async def _with_cve(client: Client) -> set[str]:
    answer = await client.ask("/api/findings", cve=CVE, limit="500")
    return {str(digest) for digest in listed(answer.value, "digest")}
