"""An event becomes the document that it was, in whichever of the two schemas it came."""

from collections.abc import Callable
from datetime import UTC, datetime

import azure.functions as func
import pytest

from core.registry.events import Pushed, Rejected, parse_event
from functions.registry_events import document
from tests.support.samples import MANIFEST, digest

RESOURCE = (
    "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/demo"
    "/providers/Microsoft.ContainerRegistry/registries/demo"
)
DATA: dict[str, object] = {
    "id": "1",
    "timestamp": "2026-01-01T00:00:00.123456789Z",
    "action": "push",
    "target": {
        "mediaType": MANIFEST,
        "size": 1234,
        "digest": digest(1),
        "repository": "team/app",
        "tag": "v1",
    },
    "request": {"id": "2", "host": "demo.azurecr.io", "method": "PUT"},
}


def grid(kind: str, data: dict[str, object]) -> func.EventGridEvent:
    return func.EventGridEvent(
        id="event-1",
        data=data,
        topic=RESOURCE,
        subject="team/app:v1",
        event_type=kind,
        event_time=datetime(2026, 1, 1, tzinfo=UTC),
        data_version="2.0",
    )


def cloud(kind: str, data: dict[str, object]) -> func.CloudEvent:
    return func.CloudEvent(
        id="event-1",
        data=data,
        source=RESOURCE,
        subject="team/app:v1",
        type=kind,
        specversion="1.0",
    )


type Envelope = Callable[[str, dict[str, object]], object]


@pytest.mark.parametrize("envelope", [grid, cloud])
@pytest.mark.parametrize("prefix", ["", "Microsoft.ContainerRegistry."])
def test_a_push_is_read_from_either_schema(envelope: Envelope, prefix: str) -> None:
    parsed = parse_event(document(envelope(f"{prefix}ImagePushed", DATA)))
    assert isinstance(parsed, Pushed)
    assert (parsed.id, parsed.digest, parsed.tag) == ("event-1", digest(1), "v1")
    assert str(parsed.resource).endswith("/registries/demo")


def test_nothing_but_an_event_becomes_a_document() -> None:
    assert document("no event") == {}
    assert isinstance(parse_event(document(None)), Rejected)
