"""Rows of a registry's log are read for what they are, and a bad one harms no other."""

from datetime import UTC, datetime

import pytest

from core.registry.activity import Activity, NoActivityLog, Operation, Unreadable, read_activity
from core.registry.references import parse_resource
from tests.support.samples import digest

RESOURCE = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/demo"
    "/providers/microsoft.containerregistry/registries/demo"
)
ROW: dict[str, object] = {
    "TimeGenerated": "2026-11-20T10:00:00Z",
    "OperationName": "importImage",
    "ResultType": "0",
    "ResultDescription": "200",
    "LoginServer": "demo.azurecr.io",
    "Repository": "team/app",
    "Tag": "v1",
    "Digest": digest(1),
    "Identity": "11111111-1111-1111-1111-111111111111",
    "UserAgent": "AzureCLI/2.60",
    "_ResourceId": RESOURCE,
}


def activity(**changes: object) -> Activity | Unreadable | None:
    return read_activity(ROW | changes)


def test_a_row_says_who_did_what_to_which_image_and_when() -> None:
    assert activity() == Activity(
        resource=parse_resource(RESOURCE),
        repository="team/app",
        digest=digest(1),
        tag="v1",
        operation=Operation.IMPORT,
        at=datetime(2026, 11, 20, 10, tzinfo=UTC),
        identity="11111111-1111-1111-1111-111111111111",
        user_agent="AzureCLI/2.60",
    )


def test_a_time_may_be_a_time_already() -> None:
    moment = datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert activity(TimeGenerated=moment) == activity()


@pytest.mark.parametrize(
    "changes",
    [
        {"OperationName": "purge-tag"},
        {"OperationName": None},
        {"ResultDescription": "403"},
        {"ResultDescription": None},
    ],
)
def test_what_failed_or_is_none_of_ours_is_passed_over(changes: dict[str, object]) -> None:
    assert activity(**changes) is None


@pytest.mark.parametrize("missing", [{"Digest": ""}, {"Digest": None}, {"Tag": ""}])
def test_a_digest_or_a_tag_is_enough(missing: dict[str, object]) -> None:
    assert isinstance(activity(**missing), Activity)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Digest": "", "Tag": None}, "neither Digest nor Tag"),
        ({"Digest": "sha256:123"}, "no digest"),
        ({"Tag": "../v1"}, "no tag"),
        ({"Repository": "../etc"}, "no repository"),
        ({"Repository": None}, "no repository"),
        ({"_ResourceId": "demo"}, "no id of a registry"),
        ({"TimeGenerated": "yesterday"}, "Invalid isoformat"),
        ({"TimeGenerated": None}, "Invalid isoformat"),
        ({"TimeGenerated": "2026-11-20T10:00:00"}, "no time zone"),
        ({"TimeGenerated": "0001-01-01T00:00:00+14:00"}, "beyond the calendar"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(changes: dict[str, object], reason: str) -> None:
    told = activity(**changes)
    assert isinstance(told, Unreadable)
    assert reason in told.reason


async def test_without_a_log_nothing_is_known() -> None:
    log = NoActivityLog()
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    assert [one async for one in log.between(frozenset(Operation), moment, moment)] == []
