"""Over HTTP a scan is asked for, or refused with the reason."""

import asyncio

import pytest

from tests.e2e.push_to_findings.client import Client

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]


async def scanned(client: Client, health: str) -> tuple[str, str]:
    """The path of one of the demo's images that no index lists, and its digest."""
    images = (await client.ask("/api/images", health=health, limit="500")).value
    one = next(image for image in images if not image["parents"] and not image["children"])
    return client.path(str(one["repository"]), str(one["digest"])), str(one["repository"])


async def last_scan(client: Client, path: str) -> tuple[object, object]:
    """The image's last scan, as the API shows it: its name, and how far it is."""
    shown = (await client.ask(path)).json["scan"]
    assert isinstance(shown, dict)
    return shown["id"], shown["stage"]


async def test_a_scan_is_asked_for_and_comes_to_its_end(client: Client) -> None:
    path, _ = await scanned(client, "Unhealthy")
    asked = await client.ask(f"{path}/scan", method="POST")
    assert asked.status == 202, asked.body
    scan = asked.json["scan"]
    assert isinstance(scan, dict)
    assert (scan["reason"], scan["priority"]) == ("on-request", "push")
    while await last_scan(client, path) != (scan["id"], "completed"):
        await asyncio.sleep(0.2)  # pytest's own time-out ends the wait


async def test_what_cannot_be_scanned_is_a_409_and_what_is_not_there_a_404(client: Client) -> None:
    path, repository = await scanned(client, "NotApplicable")
    refused = await client.ask(f"{path}/scan", method="POST")
    assert refused.status == 409
    assert "There is nothing to scan in it" in str(refused.json["detail"])
    missing = client.path(repository, f"sha256:{'0' * 64}", "/scan")
    assert (await client.ask(missing, method="POST")).status == 404
    assert (await client.ask(missing)).status == 405
