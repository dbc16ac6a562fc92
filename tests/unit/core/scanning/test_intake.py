"""What a registry says is recorded, if the registry is ours; what is not is counted, never lost."""

import json
from dataclasses import replace

import pytest

from core.domain.events import ImagePushed
from core.registry.events import Ignored, Rejected
from core.registry.references import parse_resource
from tests.support.desk import RESOURCE, Desk
from tests.support.tables import IMAGES


async def test_an_event_of_a_registry_that_is_not_enrolled_is_refused_and_counted(
    app: Desk,
) -> None:
    other = parse_resource(RESOURCE.replace("registries/demo", "registries/other"))
    await app.app.services.scanning.intake.take(replace(app.pushed(), resource=other))
    assert await app.story() == []
    assert app.counted() == {"registry-not-enrolled": 1}
    assert not any(app.sandboxes.queues.messages.values())


async def test_what_is_none_of_our_business_is_counted(app: Desk) -> None:
    intake = app.app.services.scanning.intake
    await intake.take(Ignored(reason="a Helm chart", type="ChartPushed", id="1"))
    await intake.take(Rejected(reason="data is missing", id="2"))
    await intake.take(Rejected(reason="no envelope", id=None))
    assert app.counted() == {"registry-event-ignored": 1, "registry-event-rejected": 2}


async def test_an_image_lives_where_it_was_enrolled_whatever_the_event_says(app: Desk) -> None:
    await app.app.services.scanning.intake.take(replace(app.pushed(), login_server="evil.example"))
    (pushed, *_) = await app.history()
    assert isinstance(pushed.event, ImagePushed)
    assert pushed.event.image.registry == "demo.azurecr.io"


@pytest.mark.parametrize("spelling", [RESOURCE.upper(), RESOURCE.lower()])
async def test_the_registrys_id_is_read_without_regard_to_case(app: Desk, spelling: str) -> None:
    event = replace(app.pushed(), resource=parse_resource(spelling))
    await app.app.services.scanning.intake.take(event)
    assert await app.story() == ["ImagePushed", "ScanRequested"]


async def test_messages_follow_from_the_state_though_the_event_is_known(app: Desk) -> None:
    event = app.pushed()
    await app.app.services.scanning.intake.take(event)
    scan = (await app.image()).open_scan
    assert scan is not None
    queues = app.sandboxes.queues.messages
    expected = {name: list(messages) for name, messages in queues.items()}
    assert [json.loads(one) for one in expected["scan-push"]] == [{"scan": scan.id}]
    assert [list(json.loads(one)) for one in expected["hints"]] == [["shard"]]
    for messages in queues.values():
        messages.clear()
    await app.app.services.scanning.intake.take(event)
    assert queues == expected


async def test_once_the_scan_has_ended_the_event_only_says_where_to_look(app: Desk) -> None:
    event = app.pushed()
    await app.app.services.scanning.intake.take(event)
    await app.app.drain()
    await app.app.services.scanning.intake.take(event)
    queues = app.sandboxes.queues.messages
    assert (len(queues["scan-push"]), len(queues["hints"])) == (0, 1)


async def test_a_deletion_of_what_was_never_seen_keeps_an_older_push_out(app: Desk) -> None:
    await app.delete(minute=9)
    await app.push(minute=5)
    await app.app.drain()
    assert await app.story() == ["ImageDeleted", "PushOutdated"]
    assert app.sandboxes.started == []
    assert [row["digest"] for row in (await app.table(IMAGES)).values() if "digest" in row] == []
