"""The local registry's notifications are told in the words of Azure's resource log."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from core.registry.activity import Activity, Operation, read_activity
from dev.stack.acr_events import Notification, Resource
from dev.stack.activity import KEPT, ActivityRows

DIGEST = "sha256:" + "5e" * 32
RESOURCE = Resource(
    id="/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/local"
    "/providers/Microsoft.ContainerRegistry/registries/local",
    location="westeurope",
)
AT = datetime(2026, 11, 21, 21, 16, 4, 764284, UTC)


def notification(action: str = "pull", digest: str | None = DIGEST) -> Notification:
    told = {
        "id": "3a2b",
        "timestamp": "2026-11-21T21:16:04.764284088Z",
        "action": action,
        "target": {"digest": digest, "repository": "sample/app", "tag": "v1"},
        "request": {"id": "0c1d", "useragent": "skopeo/1.9.3"},
    }
    return msgspec.convert(told, Notification)


@pytest.mark.parametrize(
    ("action", "operation"),
    [("pull", Operation.PULL), ("push", Operation.PUSH), ("delete", Operation.DELETE)],
)
def test_the_app_reads_what_the_registry_told(action: str, operation: Operation) -> None:
    rows = ActivityRows(RESOURCE)
    rows.note(notification(action))
    (row,) = rows.between(AT, AT + timedelta(seconds=1))
    read = read_activity(row)
    assert isinstance(read, Activity)
    assert (read.operation, read.digest, read.tag, read.at) == (operation, DIGEST, "v1", AT)
    assert read.user_agent == "skopeo/1.9.3"


def test_what_lies_outside_the_time_is_not_told() -> None:
    rows = ActivityRows(RESOURCE)
    rows.note(notification())
    assert rows.between(AT + timedelta(seconds=1), AT + timedelta(hours=1)) == []
    assert rows.between(AT - timedelta(hours=1), AT) == []


def test_of_mounts_and_of_what_has_no_digest_there_is_no_row() -> None:
    rows = ActivityRows(RESOURCE)
    rows.note(notification("mount"))
    rows.note(notification(digest=None))
    assert rows.between(AT - timedelta(days=1), AT + timedelta(days=1)) == []


def test_it_does_not_grow_for_ever() -> None:
    rows = ActivityRows(RESOURCE)
    for _ in range(KEPT + 10):
        rows.note(notification())
    assert len(rows.between(AT, AT + timedelta(seconds=1))) == KEPT
