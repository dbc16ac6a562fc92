"""Registry events are read in both envelopes, and one bad event never costs another."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidEvent
from core.registry.events import (
    MAX_BODY,
    MAX_EVENTS,
    Deleted,
    Ignored,
    Pushed,
    Rejected,
    parse_event,
    parse_events,
)
from core.registry.references import RegistryResource

type Json = dict[str, object]
type Envelope = Callable[[str, object], Json]

DIGEST = "sha256:" + "3c" * 32
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
TOPIC = (
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/Images"
    "/providers/Microsoft.ContainerRegistry/registries/Demo"
)
RESOURCE = RegistryResource(
    subscription="11111111-2222-3333-4444-555555555555", resource_group="images", name="demo"
)


def push(**target: object) -> Json:
    """The data of a push, with fields of its target changed; None leaves one out."""
    fields: Json = {
        "mediaType": MANIFEST,
        "size": 3023,
        "digest": DIGEST,
        "length": 3023,
        "repository": "team/app",
        "tag": "v1",
    }
    fields.update(target)
    return {
        "id": "5ad9",
        "timestamp": "2026-11-20T10:00:00.276585742Z",
        "action": "push",
        "location": "westeurope",
        "target": {name: value for name, value in fields.items() if value is not None},
        "request": {"id": "77", "host": "demo.azurecr.io", "method": "PUT", "useragent": "a b"},
        "connectedRegistry": {"name": "edge1"},
    }


def delete() -> Json:
    return {
        "id": "5ada",
        "timestamp": "2026-11-20T11:00:00.996603117Z",
        "action": "delete",
        "target": {"mediaType": MANIFEST, "digest": DIGEST, "repository": "team/app"},
        "request": {"id": "78", "host": "demo.azurecr.io", "method": "DELETE"},
    }


def chart() -> Json:
    """A chart's data: no request, and an offset in the time."""
    return {
        "id": "5adb",
        "timestamp": "2026-11-20T03:16:31.0087496-07:00",
        "action": "chart_push",
        "target": {"mediaType": "application/vnd.acr.helm.chart", "name": "c", "version": "1"},
    }


def grid(kind: str, data: object, **changed: object) -> Json:
    event: Json = {
        "id": "831e1650",
        "topic": TOPIC,
        "subject": "team/app:v1",
        "eventType": kind,
        "eventTime": "2026-11-20T10:00:00.6549614Z",
        "data": data,
        "dataVersion": "2.0",
        "metadataVersion": "1",
    }
    return event | changed


def cloud(kind: str, data: object, **changed: object) -> Json:
    event: Json = {
        "specversion": "1.0",
        "id": "831e1650",
        "source": TOPIC,
        "subject": "team/app:v1",
        "type": kind,
        "time": "2026-11-20T10:00:00.6549614Z",
        "data": data,
    }
    return event | changed


def reason(event: object) -> str:
    parsed = parse_event(event)
    assert isinstance(parsed, Rejected)
    return parsed.reason


PUSHED = Pushed(
    id="831e1650",
    resource=RESOURCE,
    login_server="demo.azurecr.io",
    repository="team/app",
    digest=DIGEST,
    tag="v1",
    media_type=MANIFEST,
    size=3023,
    timestamp=datetime(2026, 11, 20, 10, 0, 0, 276586, tzinfo=UTC),
)
DELETED = Deleted(
    id="831e1650",
    resource=RESOURCE,
    login_server="demo.azurecr.io",
    repository="team/app",
    digest=DIGEST,
    timestamp=datetime(2026, 11, 20, 11, 0, 0, 996603, tzinfo=UTC),
)


@pytest.mark.parametrize("envelope", [grid, cloud])
@pytest.mark.parametrize("prefix", ["Microsoft.ContainerRegistry.", ""])
class TestBothEnvelopesWithAndWithoutPrefix:
    def test_a_push(self, envelope: Envelope, prefix: str) -> None:
        assert parse_event(envelope(f"{prefix}ImagePushed", push())) == PUSHED

    def test_a_deletion_without_a_tag(self, envelope: Envelope, prefix: str) -> None:
        assert parse_event(envelope(f"{prefix}ImageDeleted", delete())) == DELETED

    def test_a_chart_is_ignored(self, envelope: Envelope, prefix: str) -> None:
        parsed = parse_event(envelope(f"{prefix}ChartPushed", chart()))
        assert parsed == Ignored(
            reason="a Helm chart, not an image", type=f"{prefix}ChartPushed", id="831e1650"
        )


def test_a_batch_is_read_in_its_order_from_bytes_text_and_objects() -> None:
    batch = [grid("ImageDeleted", delete()), cloud("ImagePushed", push())]
    text = json.dumps(batch)
    for body in (text, text.encode(), batch):
        assert parse_events(body) == [DELETED, PUSHED]


def test_a_single_event_needs_no_array() -> None:
    event = cloud("ImagePushed", push())
    assert parse_events(json.dumps(event)) == parse_events(event) == [PUSHED]


def test_a_bad_event_does_not_take_the_batch_with_it() -> None:
    bad = grid("ImagePushed", push(digest="sha256:short"), id="bad")
    parsed = parse_events([bad, 7, None, grid("ImagePushed", push())])
    assert [type(event) for event in parsed] == [Rejected, Rejected, Rejected, Pushed]
    assert isinstance(parsed[0], Rejected)
    assert parsed[0].id == "bad"


def test_a_push_by_digest_has_no_tag() -> None:
    for tag in (None, ""):
        parsed = parse_event(grid("ImagePushed", push(tag=tag)))
        assert isinstance(parsed, Pushed)
        assert parsed.tag is None


def test_an_offset_is_turned_into_utc() -> None:
    data = push() | {"timestamp": "2019-03-12T15:16:31.0087496-07:00"}
    parsed = parse_event(grid("ImagePushed", data))
    assert isinstance(parsed, Pushed)
    assert parsed.timestamp.isoformat() == "2019-03-12T22:16:31.008750+00:00"


def test_a_push_that_does_not_say_its_host_is_still_a_push() -> None:
    data = push()
    del data["request"]
    parsed = parse_event(grid("ImagePushed", data))
    assert isinstance(parsed, Pushed)
    assert parsed.login_server is None


@pytest.mark.parametrize(
    "kind",
    [
        "Microsoft.EventGrid.SubscriptionValidationEvent",
        "Microsoft.ContainerRegistry.ImageSigned",
        "Microsoft.Storage.BlobCreated",
        "imagepushed",
    ],
)
def test_an_unknown_type_is_ignored_whatever_its_data(kind: str) -> None:
    for parsed in map(parse_event, [grid(kind, None), grid(kind, []), grid(kind, {"code": "1"})]):
        assert parsed == Ignored(reason="unknown type of event", type=kind, id="831e1650")


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ({"digest": None}, "data.target.digest is missing"),
        ({"digest": DIGEST.upper()}, "data.target.digest"),
        ({"digest": DIGEST + "0"}, "data.target.digest"),
        ({"digest": "md5:0"}, "data.target.digest"),
        ({"digest": 5}, "$.data.target.digest"),
        ({"repository": None}, "`repository` - at `$.data.target`"),
        ({"repository": "../etc"}, "data.target.repository"),
        ({"repository": "team/../app"}, "data.target.repository"),
        ({"repository": "a" * 256}, "data.target.repository"),
        ({"repository": "Team"}, "data.target.repository"),
        ({"tag": "v 1"}, "data.target.tag"),
        ({"tag": "v" * 129}, "data.target.tag"),
        ({"mediaType": None}, "data.target.mediaType is missing"),
        ({"mediaType": "text"}, "$.data.target.mediaType"),
        ({"mediaType": MANIFEST + "\n"}, "$.data.target.mediaType"),
        ({"size": -1}, "$.data.target.size"),
        ({"size": 2**63}, "$.data.target.size"),
        ({"size": "3023"}, "$.data.target.size"),
    ],
)
def test_a_refusal_names_the_field_of_the_target(target: Json, named: str) -> None:
    assert named in reason(grid("ImagePushed", push(**target)))


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (grid("ImagePushed", push(), id=""), "$.id"),
        (grid("ImagePushed", push(), id="x" * 257), "$.id"),
        (grid("ImagePushed", push(), id="a\nb"), "$.id"),
        (grid("ImagePushed", push(), topic="/subscriptions/x"), "topic"),
        (grid("ImagePushed", push(), eventType=None), "$.eventType"),
        (cloud("ImagePushed", push(), source="https://example.com"), "source"),
        (cloud("ImagePushed", push(), specversion="0.3"), "$.specversion"),
        (grid("ImagePushed", None), "$.data"),
        (grid("ImagePushed", {"target": {"repository": "a"}}), "`timestamp`"),
        (grid("ImagePushed", push() | {"timestamp": "2026-11-20T10:00:00"}), "$.data.timestamp"),
        (grid("ImagePushed", push() | {"timestamp": "yesterday"}), "$.data.timestamp"),
        (grid("ImagePushed", push() | {"timestamp": "0001-01-01T00:00:00+14:00"}), "timestamp"),
        (grid("ImagePushed", push() | {"request": {"host": "a/b"}}), "data.request.host"),
        ({}, "`id`"),
        ({"specversion": "1.0"}, "`id`"),
    ],
)
def test_a_refusal_names_the_field_of_the_event(event: Json, named: str) -> None:
    assert named in reason(event)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ('"\ud800"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"[]", "empty array"),
        (b"7", "neither"),
        (b'"ImagePushed"', "neither"),
        (b"null", "neither"),
        (b"[" + b" " * MAX_BODY + b"]", "more than 1048576 bytes"),
        (b"[" + b"1," * MAX_EVENTS + b"1]", "carries 5001 events"),
    ],
)
def test_what_is_no_delivery_at_all_is_refused_as_a_whole(body: bytes | str, why: str) -> None:
    with pytest.raises(InvalidEvent, match=why):
        parse_events(body)


def test_an_event_of_a_megabyte_is_read() -> None:
    event = grid("ImagePushed", push(), subject="x" * (MAX_BODY - 2_000))
    assert parse_events(json.dumps([event])) == [PUSHED]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@given(anything)
def test_no_object_makes_the_reader_stumble(event: object) -> None:
    assert isinstance(parse_event(event), Rejected | Ignored)


@given(st.sampled_from(["repository", "digest", "tag", "mediaType", "size"]), anything)
def test_no_target_makes_the_reader_stumble(name: str, value: object) -> None:
    parsed = parse_event(grid("ImagePushed", push(**{name: value})))
    assert isinstance(parsed, Pushed | Rejected)


@given(st.binary(max_size=64))
def test_no_body_makes_the_reader_stumble(body: bytes) -> None:
    try:
        parsed = parse_events(body)
    except InvalidEvent:
        return
    assert all(isinstance(event, Rejected | Ignored) for event in parsed)
