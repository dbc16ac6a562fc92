"""A rule's life over HTTP: previewed, put in force, felt everywhere, taken back by a file.

With what follows from findings: recommendations, the secure score, and the ledger, which no rule
touches.
"""

import csv
import io
from datetime import UTC, datetime

import pytest

from core.query.shapes import Json
from tests.e2e.push_to_findings.client import Answer, Client, listed, until
from tests.e2e.push_to_findings.test_images import tagged
from tests.unit.functions.test_rules import EXEMPTION

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

GO = "demo/go-program"
"""Whose notices no other test counts."""


async def send(client: Client, method: str, path: str, body: Json, **asked: str) -> Answer:
    """A request that brings something, about the stack's subscription."""
    async with client.session.request(
        method,
        f"{client.stack.http}{path}",
        json=body,
        params={"subscription": client.stack.subscription, **asked},
        headers=client.stack.headers(),
    ) as response:
        return Answer(status=response.status, headers=response.headers, body=await response.read())


async def becomes(client: Client, health: str) -> dict[str, Json]:
    """The image, once it has that health."""

    async def look() -> dict[str, Json] | None:
        image = await tagged(client, GO)
        return image if image["health"] == health else None

    return await until(look)


async def advised(client: Client) -> list[dict[str, Json]]:
    """What is recommended for the image."""
    return (await client.ask("/api/recommendations", repository=GO)).value


async def test_a_rule_is_felt_wherever_findings_count_and_a_file_takes_it_back(
    client: Client,
) -> None:
    image = await becomes(client, "Unhealthy")
    [advice] = await advised(client)
    assert advice["upgrades"]
    score = (await client.ask("/api/score")).json
    criteria: Json = {
        "digests": [image["digest"]],
        "repositories": [f"*/{GO}"],
        "severityAtMost": "Critical",
    }
    rule: Json = {"criteria": criteria, "reason": "It is never started."}

    preview = await send(client, "POST", "/api/rules/preview", rule)
    assert (preview.status, listed(preview.json["changes"], "to")) == (200, ["Healthy"])  # type: ignore[arg-type]  # JSON: rows
    assert (await becomes(client, "Unhealthy"))["disabled"] == image["disabled"]

    assert (await send(client, "PUT", "/api/rules/e2e", rule)).status == 201
    healthy = await becomes(client, "Healthy")
    assert healthy["disabled"] == image["severities"]
    assert await advised(client) == []
    better = (await client.ask("/api/score")).json
    assert (better["healthy"], better["unhealthy"]) == (
        int(str(score["healthy"])) + 1,
        int(str(score["unhealthy"])) - 1,
    )

    nothing: Json = {"rules": []}
    dry = await send(client, "POST", "/api/rules/apply", nothing, dryRun="true")
    assert (dry.json["dryRun"], dry.json["removed"]) == (True, ["e2e"])
    assert (
        await client.ask("/api/rules/e2e", subscription=client.stack.subscription)
    ).status == 200
    assert (await send(client, "POST", "/api/rules/apply", nothing)).json["removed"] == ["e2e"]
    assert (await becomes(client, "Unhealthy"))["severities"] == image["severities"]
    assert listed(await advised(client), "digest") == [image["digest"]]


async def test_exemptions_are_imported_and_those_that_fit_no_rule_are_named(client: Client) -> None:
    ours = EXEMPTION | {
        "id": f"/subscriptions/{client.stack.subscription}"
        "/providers/Microsoft.Security/standardAssignments/one"
    }
    document = {"value": [ours, {**ours, "properties": {"effect": "Audit"}}]}
    told = await send(client, "POST", "/api/rules/import", document, dryRun="true")  # type: ignore[arg-type]  # JSON
    assert (told.status, told.json["added"], len(told.json["refused"])) == (200, ["one"], 1)  # type: ignore[arg-type]  # JSON
    assert (await client.ask("/api/rules")).value == []


async def test_the_ledger_is_the_same_as_json_and_as_a_sheet(client: Client) -> None:
    month = f"{datetime.now(UTC):%Y-%m}"
    lines = (await client.ask("/api/billing", month=month, limit="500")).value
    sheet = await client.ask("/api/billing", month=month, format="csv")
    assert sheet.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(sheet.body.decode())))
    assert [(one["digest"], one["reason"]) for one in rows] == [
        (one["digest"], one["reason"]) for one in lines
    ]
    assert {"billed", "not-applicable", "index"} <= {one["reason"] for one in rows}
