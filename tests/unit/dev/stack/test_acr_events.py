"""Notifications become the events that Azure documents, field by field, and nothing more."""

from datetime import UTC, datetime

import msgspec
import pytest

from core.registry.events import Deleted, Pushed, parse_events
from dev.stack.acr_events import DeliverySchema, Notifications, Resource, translate
from dev.stack.delivery import encode

DIGEST = "sha256:" + "5e" * 32
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
TOPIC = (
    "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/local"
    "/providers/Microsoft.ContainerRegistry/registries/local"
)
RESOURCE = Resource(id=TOPIC, location="westeurope")
AT = datetime(2026, 11, 21, 21, 16, 5, 123456, UTC)

REQUEST = {
    "id": "0c1d",
    "addr": "127.0.0.1:45008",
    "host": "127.0.0.1:5000",
    "method": "PUT",
    "useragent": "skopeo/1.9.3",
}
PUSH: dict[str, object] = {
    "id": "3a2b",
    "timestamp": "2026-11-21T21:16:04.764284088Z",
    "action": "push",
    "target": {
        "mediaType": MANIFEST,
        "size": 418,
        "digest": DIGEST,
        "length": 418,
        "repository": "sample/app",
        "url": f"http://127.0.0.1:5000/v2/sample/app/manifests/{DIGEST}",
        "tag": "v1",
    },
    "request": REQUEST,
    "actor": {},
    "source": {"addr": "laptop:5000", "instanceID": "17"},
}
DELETE: dict[str, object] = {
    "id": "7f6e",
    "timestamp": "2026-11-21T21:17:00.5Z",
    "action": "delete",
    "target": {"digest": DIGEST, "repository": "sample/app"},
    "request": {**REQUEST, "method": "DELETE"},
    "actor": {},
    "source": {},
}


def raised(
    notification: dict[str, object],
    schema: DeliverySchema = DeliverySchema.EVENT_GRID,
    media_type: str | None = None,
) -> bytes | None:
    """The body that would be delivered for one notification, as the registry posts it."""
    body = msgspec.json.encode({"events": [notification]})
    [read] = msgspec.json.decode(body, type=Notifications).events
    event = translate(read, resource=RESOURCE, schema=schema, at=AT, media_type=media_type)
    return None if event is None else encode(event)[0]


def data(action: str, target: dict[str, object]) -> dict[str, object]:
    source = PUSH if action == "push" else DELETE
    method = "PUT" if action == "push" else "DELETE"
    return {
        "id": source["id"],
        "timestamp": source["timestamp"],
        "action": action,
        "location": "westeurope",
        "target": target,
        "request": {
            "id": "0c1d",
            "host": "127.0.0.1:5000",
            "method": method,
            "useragent": "skopeo/1.9.3",
        },
    }


PUSHED_DATA = data(
    "push",
    {
        "mediaType": MANIFEST,
        "size": 418,
        "digest": DIGEST,
        "length": 418,
        "repository": "sample/app",
        "tag": "v1",
    },
)


def decoded(body: bytes | None) -> object:
    assert body is not None
    return msgspec.json.decode(body)


def test_a_push_in_event_grids_schema_has_exactly_the_documented_fields() -> None:
    [event] = msgspec.convert(decoded(raised(PUSH)), list[dict[str, object]])
    assert event.pop("id") not in ("", PUSH["id"])
    assert event == {
        "topic": TOPIC,
        "subject": "sample/app:v1",
        "eventType": "Microsoft.ContainerRegistry.ImagePushed",
        "eventTime": "2026-11-21T21:16:05.1234560Z",
        "data": PUSHED_DATA,
        "dataVersion": "2.0",
        "metadataVersion": "1",
    }


def test_a_push_in_cloud_events_is_one_object_with_the_same_data() -> None:
    body = raised(PUSH, DeliverySchema.CLOUD_EVENTS)
    event = msgspec.convert(decoded(body), dict[str, object])
    assert event.pop("id") not in ("", PUSH["id"])
    assert event == {
        "source": TOPIC,
        "subject": "sample/app:v1",
        "type": "Microsoft.ContainerRegistry.ImagePushed",
        "time": "2026-11-21T21:16:05.1234560Z",
        "data": PUSHED_DATA,
        "specversion": "1.0",
    }


def test_the_same_notification_gives_the_same_event_id_every_time() -> None:
    assert raised(PUSH) == raised(PUSH)


def test_a_push_by_digest_has_no_tag_and_names_the_repository_alone() -> None:
    target = {"mediaType": MANIFEST, "size": 2, "digest": DIGEST, "repository": "sample/app"}
    [event] = msgspec.convert(decoded(raised({**PUSH, "target": target})), list[dict[str, object]])
    assert event["subject"] == "sample/app"
    assert event["data"] == {**PUSHED_DATA, "target": target}


def test_a_deletion_names_the_digest_and_the_media_type_that_an_earlier_push_told() -> None:
    body = raised(DELETE, media_type=MANIFEST)
    target: dict[str, object] = {
        "mediaType": MANIFEST,
        "digest": DIGEST,
        "repository": "sample/app",
    }
    assert decoded(body) == [
        {
            "id": DELETE["id"],
            "topic": TOPIC,
            "subject": "sample/app",
            "eventType": "Microsoft.ContainerRegistry.ImageDeleted",
            "eventTime": "2026-11-21T21:16:05.1234560Z",
            "data": data("delete", target),
            "dataVersion": "2.0",
            "metadataVersion": "1",
        }
    ]


@pytest.mark.parametrize(
    "notification",
    [
        pytest.param({**PUSH, "action": "pull"}, id="pull"),
        pytest.param({**PUSH, "action": "mount"}, id="mount"),
        pytest.param(
            {**DELETE, "target": {"repository": "sample/app", "tag": "v1"}}, id="tag deleted"
        ),
    ],
)
def test_what_azure_is_silent_about_raises_nothing(notification: dict[str, object]) -> None:
    assert raised(notification) is None


@pytest.mark.parametrize("schema", DeliverySchema)
def test_the_app_reads_what_is_raised(schema: DeliverySchema) -> None:
    pushed, deleted = (raised(notification, schema) for notification in (PUSH, DELETE))
    assert pushed is not None
    assert deleted is not None
    [push] = parse_events(pushed)
    assert isinstance(push, Pushed)
    assert (push.repository, push.tag, push.digest) == ("sample/app", "v1", DIGEST)
    assert push.login_server == "127.0.0.1:5000"
    assert str(push.resource) == TOPIC
    [deletion] = parse_events(deleted)
    assert isinstance(deletion, Deleted)
    assert deletion.digest == DIGEST
