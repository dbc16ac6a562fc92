"""Rules over HTTP: each request has the status, the ETag and the words that it should."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import azure.functions as func
import pytest

from core.domain.rules import MAX_RULES
from functions import rule_files, rules
from functions.routes import Handler
from tests.support.access import signed_in
from tests.support.desk import Desk
from tests.support.samples import SUBSCRIPTION, digest
from tests.support.sandboxes import VULNERABLE

RULE = {"criteria": {"vulnerabilities": ["cve-2026-1"]}, "reason": "It is not reachable."}
NEWER = {**RULE, "reason": "Nobody calls it."}
EXEMPTION = {
    "id": f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security/standardAssignments/one",
    "properties": {
        "effect": "Exempt",
        "exemptionData": {
            "assignedAssessment": {"assessmentKey": "c0b7cfc6-3172-465a-b378-53c7ff2cc0d5"},
            "subAssessmentExemptionRule": {
                "if": {
                    "allOf": [
                        {
                            "field": "va.cve.cvss",
                            "operationType": "LessThanFilterOperation",
                            "operation": {"value": "4"},
                        }
                    ]
                }
            },
        },
    },
}
MINE: Mapping[str, str] = {"subscription": SUBSCRIPTION}
PLAIN: Mapping[str, str] = {}
UNLESS_THERE: Mapping[str, str] = {"If-None-Match": "*"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back."""

    status: int
    body: dict[str, object]
    headers: Mapping[str, str]
    media_type: str


def handler(name: str) -> Handler:
    """The app's function of that name."""
    module = rule_files if name in ("rules_apply", "rules_import") else rules
    found: Handler = getattr(module, name)
    return found


async def ask(
    method: str,
    rule: str = "zlib",
    body: object = None,
    *,
    function: str = "rules_one",
    params: Mapping[str, str] = MINE,
    headers: Mapping[str, str] = PLAIN,
) -> Answered:
    """A request, and its answer."""
    request = func.HttpRequest(
        method=method,
        url=f"http://localhost/api/rules/{rule}",
        params=params,
        route_params={"rule": rule},
        headers={**signed_in(), **headers},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )
    response = await handler(function)(request)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    return Answered(
        status=response.status_code,
        body=json.loads(response.get_body()),
        headers=response.headers,
        media_type=response.mimetype,
    )


@pytest.mark.usefixtures("empty")
async def test_a_rule_is_created_read_changed_and_taken_back() -> None:
    assert (await ask("GET")).status == 404
    created = await ask("PUT", body=RULE)
    assert (created.status, created.headers["ETag"]) == (201, '"1"')
    assert created.body["criteria"] == {"vulnerabilities": ["CVE-2026-1"]}
    assert str(created.body["author"]).startswith("developer@localhost (")
    again = await ask("PUT", body=RULE)
    assert (again.status, again.headers["ETag"]) == (200, '"1"'), "the same is no change"
    read = await ask("GET")
    assert (read.status, read.headers["ETag"], read.body) == (200, '"1"', created.body)
    changed = await ask("PUT", body=NEWER)
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    gone = await ask("DELETE")
    assert (gone.status, gone.body) == (200, {"removed": "zlib"})
    assert (await ask("DELETE")).status == 404
    history = await ask("GET", function="rules_history")
    assert isinstance(history.body["value"], list)
    assert [one["event"] for one in history.body["value"]] == ["RuleSet", "RuleSet", "RuleRemoved"]


async def test_the_rules_of_a_moment_are_those_that_were_in_force_then(empty: Desk) -> None:
    for method, body in (("PUT", RULE), ("PUT", NEWER), ("DELETE", None)):
        await ask(method, body=body)
    await empty.app.services.following.runner.sweep()
    history = await ask("GET", function="rules_history")
    assert isinstance(history.body["value"], list)
    moments = [one["at"] for one in history.body["value"]]
    reasons = []
    for moment in ("2026-01-01T00:00Z", *moments):
        then = await ask("GET", params={**MINE, "asOf": moment})
        everywhere = await ask("GET", function="rule_list", params={"asOf": moment})
        ours = await ask("GET", function="rule_list", params={**MINE, "asOf": moment})
        assert everywhere.body == ours.body == {"value": [then.body] * (then.status == 200)}
        reasons.append(then.body.get("reason"))
    assert reasons == [None, RULE["reason"], NEWER["reason"], None]
    assert (await ask("GET", params={**MINE, "asOf": "2126-01-01T00:00Z"})).status == 400


@pytest.mark.usefixtures("empty")
async def test_whoever_has_seen_another_version_is_told_and_changes_nothing() -> None:
    first = (await ask("PUT", body=RULE, headers=UNLESS_THERE)).headers["ETag"]
    assert (await ask("PUT", body=NEWER, headers=UNLESS_THERE)).status == 412
    second = await ask("PUT", body=NEWER, headers={"If-Match": first})
    assert second.status == 200
    late = await ask("PUT", body=RULE, headers={"If-Match": first})
    assert late.status == 412
    assert "read it again" in str(late.body["detail"])
    assert (await ask("DELETE", headers={"If-Match": first})).status == 412
    assert (await ask("GET")).body["reason"] == "Nobody calls it."
    assert (await ask("DELETE", headers={"If-Match": second.headers["ETag"]})).status == 200
    assert (await ask("PUT", body=RULE, headers={"If-Match": '"2"'})).status == 412, (
        "it is there no more"
    )


@pytest.mark.usefixtures("empty")
async def test_one_rule_too_many_is_a_conflict_however_it_comes() -> None:
    many = [{**RULE, "id": f"r{number}"} for number in range(MAX_RULES)]
    full = await ask("POST", body={"rules": many}, function="rules_apply")
    assert (full.status, len(cast("list[str]", full.body["added"]))) == (200, MAX_RULES)
    refused = await ask("PUT", body=RULE)
    assert (refused.status, refused.media_type) == (409, "application/problem+json")
    assert f"there are {MAX_RULES} rules already" in str(refused.body["detail"])
    more = await ask("POST", body={"rules": [*many, {**RULE, "id": "z"}]}, function="rules_apply")
    assert more.status == 400
    imported = await ask("POST", body={"value": [EXEMPTION]}, function="rules_import")
    assert (imported.status, imported.media_type) == (409, "application/problem+json")
    assert (await ask("PUT", "r7", body=NEWER)).status == 200, "one that is there can be changed"


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    ("body", "headers", "says"),
    [
        (b"{", {}, "this is no rule"),
        ({"criteria": {}, "reason": "x"}, {}, "every finding"),
        ({**RULE, "expires": "2020-01-01T00:00:00Z"}, {}, "expired before it began"),
        (RULE, {"If-Match": "3"}, "If-Match"),
        (RULE, {"If-Match": '"1"', "If-None-Match": "*"}, "not both"),
    ],
    ids=["no JSON", "all findings", "expired", "no ETag", "both"],
)
async def test_what_makes_no_sense_is_refused_and_says_why(
    body: object, headers: dict[str, str], says: str
) -> None:
    refused = await ask("PUT", body=body, headers=headers)
    assert (refused.status, refused.media_type) == (400, "application/problem+json")
    assert says in str(refused.body["detail"])
    assert (await ask("GET")).status == 404


@pytest.mark.usefixtures("empty")
async def test_a_rule_needs_a_name_that_is_free_and_a_subscription() -> None:
    for name in ("preview", "Zlib", "a b"):
        assert (await ask("PUT", name, RULE)).status == 400
    for params in ({}, {"subscription": "mine"}, {**MINE, "color": "red"}):
        assert (await ask("PUT", body=RULE, params=params)).status == 400


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    ("function", "method", "allowed"),
    [
        ("rules_one", "POST", "GET, HEAD, PUT, DELETE"),
        ("rule_list", "DELETE", "GET, HEAD"),
        ("rules_history", "PUT", "GET, HEAD"),
        ("rules_effect", "GET", "POST"),
    ],
)
async def test_another_method_is_refused_and_told_which_are_not(
    function: str, method: str, allowed: str
) -> None:
    refused = await ask(method, function=function)
    assert (refused.status, refused.headers["Allow"]) == (405, allowed)


async def test_a_preview_counts_and_sets_nothing(empty: Desk) -> None:
    empty.sandboxes.brings[digest(1)] = VULNERABLE
    await empty.push()
    await empty.app.drain()
    told = await ask("POST", body=RULE, function="rules_effect")
    assert (told.status, told.body["findings"], told.body["healthChanges"]) == (200, 1, 1)
    assert (await ask("POST", body=b"[]", function="rules_effect")).status == 400
    listed = await ask("GET", function="rule_list")
    assert (listed.status, listed.body) == (200, {"value": []})
