"""The app answers as it describes itself behind the real host, too, which reads addresses, joins
parameters and sends answers in its own way: every question that changes nothing, a few times.

tests/unit/functions/test_conformance.py asks the whole API in the process, and `make fuzz` at
length.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import schemathesis
from schemathesis import GenerationMode

from core.azure_shapes.keys import AssessmentKey
from core.query.shapes import Json
from dev.stack.skopeo import push
from dev.stack.stack import RESOURCE
from tests.e2e.push_to_findings.client import Client
from tests.support.conforming import Interview, asked_of
from tests.support.furnished import Names
from tests.support.operations import READS

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

RULE = "of-nothing"
VIEW = "billing"
"""A view that is soon made anew."""
SHORT, TAG = "short", "v1"
OURS = "demo/almalinux"
"""Whose digest and notices no other test counts."""
SECURITY = f"/api{RESOURCE.id}/providers/Microsoft.Security/assessments/{AssessmentKey.OLDER}"


@pytest.fixture(scope="module")
async def interview(client: Client) -> AsyncIterator[Interview]:
    """The app after the demo, with a rule that disables nothing, and a rebuild."""
    rule = f"/api/rules/{RULE}?subscription={client.stack.subscription}"
    criteria: Json = {"vulnerabilities": ["CVE-1999-0"]}
    assert await _act(client, "PUT", rule, criteria=criteria, reason="To be read.") == 201
    rebuild = f"/api/manage/projections/{VIEW}/rebuild"
    assert await _act(client, "POST", rebuild, reason="To be read.") == 202
    yield Interview(
        schema=await asyncio.to_thread(
            schemathesis.openapi.from_url, f"{client.stack.http}/api/openapi.json"
        ),
        names=await _names(client),
        headers=client.stack.headers(),
    )
    assert await _act(client, "DELETE", rule) < 300


async def _act(client: Client, method: str, target: str, **body: Json) -> int:
    """The status of what becomes of a request that changes something."""
    asked = client.session.request(
        method, f"{client.stack.http}{target}", json=body, headers=client.stack.headers()
    )
    async with asked as response:
        return response.status


async def _names(client: Client) -> Names:
    """Parameters that name what is there."""
    image = await _short(client)
    found = await client.ask(client.path(SHORT, image["digest"], "/findings"))
    below = await client.ask(f"{SECURITY}/subAssessments", **{"api-version": "2019-01-01-preview"})
    group, registry = (RESOURCE.id.split("/")[at] for at in (4, 8))
    subscription = client.stack.subscription
    return {
        "billing": {"month": f"{datetime.now(UTC):%Y-%m}"},
        "findings": {"cve": str(found.value[0]["id"])},
        "images": image,
        "manage": {"name": VIEW},
        "plans": {"subscription": subscription},
        "registries": {"name": image["registry"]},
        "rules": {"rule": RULE, "subscription": subscription},
        "search": {"q": "demo"},
        "subscriptions": {
            "subscription": subscription,
            "group": group,
            "registry": registry,
            "key": AssessmentKey.OLDER,
            "name": str(below.value[0]["name"]),
            "api-version": "2019-01-01-preview",
        },
        "tags": {**image, "tag": TAG},
    }


async def _short(client: Client) -> dict[str, str]:
    """An unhealthy image whose repository's name has no slash, which clients would escape."""
    [there] = (await client.ask("/api/images", repository=OURS, health="unhealthy")).value
    source = "docker://{registry}/{repository}@{digest}".format_map(there)
    digest = await push(source, client.stack.registry, SHORT, TAG)
    image = await client.settled(SHORT, digest)
    return {name: str(image[name]) for name in ("registry", "repository", "digest")}


@pytest.mark.parametrize(
    ("name", "mode"), asked_of(READS), ids=lambda one: getattr(one, "value", one)
)
async def test_every_answer_is_as_described(
    interview: Interview, name: str, mode: GenerationMode
) -> None:
    answered = await asyncio.to_thread(interview.of, name, mode)
    if mode is GenerationMode.POSITIVE:
        assert 200 in answered, "it names what is there"
