"""Plans and registries over HTTP: switched, listed, swept on request; and clear answers else."""

import aiohttp
import pytest

from core.query.shapes import Json
from tests.e2e.push_to_findings.client import Client

pytestmark = pytest.mark.e2e


async def send(client: Client, method: str, path: str, body: Json = None) -> tuple[int, Json]:
    """A request that changes something: status and answer."""
    headers = client.stack.headers()
    url = f"{client.stack.http}{path}"
    async with client.session.request(
        method, url, json=body, headers=headers, timeout=aiohttp.ClientTimeout(total=60)
    ) as response:
        return response.status, await response.json(content_type=None)


async def test_the_stacks_plan_is_on_and_its_registry_scanned(client: Client) -> None:
    (plan,) = (await client.ask("/api/plans")).value
    assert (plan["subscription"], plan["on"]) == (client.stack.subscription, True)
    assert str(plan["by"]).startswith("developer@localhost (")
    (registry,) = (await client.ask("/api/registries")).value
    assert (registry["loginServer"], registry["scanned"]) == (client.stack.registry, True)


async def test_switching_on_says_what_waits_and_a_repetition_changes_nothing(
    client: Client,
) -> None:
    path = f"/api/plans/{client.stack.subscription}"
    status, answer = await send(client, "PUT", path, {"on": True})
    assert status == 200
    assert isinstance(answer, dict)
    assert isinstance(answer["history"], list)
    assert len(answer["history"]) == 1
    waiting = answer["waiting"]
    assert isinstance(waiting, dict)
    assert waiting["complete"] is True


async def test_a_sweep_can_be_asked_for(client: Client) -> None:
    status, _ = await send(client, "POST", "/api/registries/local/reconcile")
    assert status == 202


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/api/plans/unknown", {"on": True}, 404),
        ("GET", "/api/plans/unknown", None, 404),
        ("PUT", "/api/plans/{subscription}", {"on": "yes"}, 400),
        ("PUT", "/api/plans/{subscription}", None, 400),
        ("DELETE", "/api/plans/{subscription}", None, 405),
        ("POST", "/api/registries/unknown/reconcile", None, 404),
        ("GET", "/api/registries/local/reconcile", None, 405),
        ("POST", "/api/plans", {"on": True}, 405),
    ],
)
async def test_what_makes_no_sense_is_said(
    client: Client, method: str, path: str, body: Json, status: int
) -> None:
    path = path.format(subscription=client.stack.subscription)
    answered, problem = await send(client, method, path, body)
    assert answered == status
    assert isinstance(problem, dict)
    assert problem["status"] == status


async def test_the_ledger_is_a_sheet_for_whoever_asks_for_one(client: Client) -> None:
    headers = {**client.stack.headers(), "Accept": "text/csv"}
    url = f"{client.stack.http}/api/billing?month=2026-01"
    async with client.session.get(url, headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/csv")
        assert (await response.text()).startswith("subscription,registry,repository,digest")
