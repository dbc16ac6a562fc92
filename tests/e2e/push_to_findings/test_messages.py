"""A message is a hint. One that leads nowhere is dropped and counted, and poisons nothing."""

import base64
import json

import pytest

from tests.e2e.push_to_findings.client import Client, until

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

UNKNOWN = f"{'0' * 32}-1"
REPORTS, HINTS = "sandbox-reports", "hints"


def message(document: object) -> str:
    """A message as the queues hold them: base64 of its text."""
    text = document if isinstance(document, str) else json.dumps(document)
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("queue", "texts", "counted"),
    [
        (REPORTS, ["not JSON", "[]", "{}", "null", "[" * 900], "report-malformed"),
        (REPORTS, [{"scan": "../x", "attempt": 1}, {"scan": UNKNOWN}], "report-malformed"),
        (REPORTS, [{"scan": UNKNOWN, "attempt": 10**9}, "x" * 40_000], "report-malformed"),
        (REPORTS, [{"scan": UNKNOWN, "attempt": 1}], "report-unfounded"),
        (REPORTS, [{"scan": "nobody", "attempt": 1}], "report-unfounded"),
        (HINTS, ["not JSON", "{}", "null", {"shard": "0"}, "[" * 900], "hint-malformed"),
        (HINTS, [{"shard": -1}, {"shard": 16}, {"shard": 10**30}], "hint-malformed"),
        ("scan-push", ["not JSON", "{}", {"scan": 1}], "scan-message-malformed"),
        ("scan-rescan", ["not JSON", "[" * 900], "scan-message-malformed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_message_that_says_nothing_is_dropped_and_counted(
    client: Client, queue: str, texts: list[object], counted: str
) -> None:
    before = await client.refused(counted)
    await client.send(queue, *map(message, texts))

    async def dropped() -> bool:
        return await client.refused(counted) >= before + len(texts)

    await until(dropped)
    assert not any((await client.poisoned()).values())


async def test_a_scan_that_is_none_is_looked_for_and_forgotten(client: Client) -> None:
    marker = "scan-message-malformed"
    before = await client.refused(marker)
    await client.send("scan-push", message({"scan": UNKNOWN}), message({"scan": "x" * 5000}))
    await client.send("scan-push", message("the last one"))

    async def reached() -> bool:
        return await client.refused(marker) > before

    await until(reached)
    assert not any((await client.poisoned()).values())


async def test_a_report_of_an_attempt_that_was_never_made_changes_nothing(client: Client) -> None:
    [image] = (await client.images("demo/clean")).values()
    scan = image["scan"]
    assert isinstance(scan, dict)
    path = client.path("demo/clean", str(image["digest"]))
    before, told = await client.refused("report-unfounded"), (await client.ask(path)).json
    await client.send(REPORTS, message({"scan": scan["id"], "attempt": 77}))

    async def counted() -> bool:
        return await client.refused("report-unfounded") > before

    await until(counted)
    assert (await client.ask(path)).json == told


async def test_a_report_that_is_repeated_changes_nothing(client: Client) -> None:
    [image] = (await client.images("demo/clean")).values()
    scan = image["scan"]
    assert isinstance(scan, dict)
    path = client.path("demo/clean", str(image["digest"]))
    told = (await client.ask(path)).json
    report = message({"scan": scan["id"], "attempt": scan["attempt"]})
    before = await client.refused("report-malformed")
    await client.send(REPORTS, report, report, report, message("the last one"))

    async def reached() -> bool:
        return await client.refused("report-malformed") > before

    await until(reached)
    assert (await client.ask(path)).json == told
    assert (await client.billed()).count(str(image["digest"])) == 1
    assert not any((await client.poisoned()).values())
