"""Azure's own client of the security API, given no more than another address."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest
from azure.mgmt.security import SecurityCenter
from azure.mgmt.security.v2019_01_01_preview.models import SecuritySubAssessment

from core.access.roles import Role
from core.azure_shapes.keys import AssessmentKey
from core.azure_shapes.pages import PAGE
from core.query.shapes import Json
from dev.issuer.issuer import Issuer
from dev.stack.stack import RESOURCE, Stack
from tests.e2e.push_to_findings.client import Client
from tests.support.examples import python_of

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

SCOPE = RESOURCE.id.strip("/")


@dataclass(frozen=True, slots=True)
class Credential:
    """A reader, by the stack's own issuer of tokens."""

    issuer: Issuer

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        return AccessToken(self.issuer.token(Role.READER), 2**31)


@pytest.fixture
def azure(client: Client) -> Iterator[SecurityCenter]:
    """The client, as a script would make it, after the demo."""
    with client_of(client.stack) as security:
        yield security


def client_of(stack: Stack) -> SecurityCenter:
    return SecurityCenter(
        Credential(stack.issuer),
        stack.subscription,
        base_url=f"{stack.https}/api",
        connection_verify=stack.ca,
    )


def plain(row: SecuritySubAssessment) -> dict[str, Json]:
    """What the client has read, by the names of its attributes."""
    return dict(row.as_dict())


def below(row: dict[str, Json], *names: str) -> Json:
    """What stands in a row under these names."""
    value: Json = row
    for name in names:
        assert isinstance(value, dict)
        value = value[name]
    return value


async def listed(
    azure: SecurityCenter, scope: str, key: str | None = None
) -> list[dict[str, Json]]:
    """The rows of a scope, of all assessments or of one."""

    def rows() -> list[dict[str, Json]]:
        below = azure.sub_assessments
        found = below.list(scope, key) if key else below.list_all(scope)
        return [plain(row) for row in found]

    return await asyncio.to_thread(rows)


async def test_the_client_lists_a_subscription_page_by_page_each_row_once(
    azure: SecurityCenter, client: Client
) -> None:
    def pages() -> list[list[dict[str, Json]]]:
        scope = f"subscriptions/{client.stack.subscription}"
        told = azure.sub_assessments.list_all(scope=scope).by_page()
        return [[plain(row) for row in page] for page in told]

    told = await asyncio.to_thread(pages)
    assert len(told) > 1
    assert {len(page) for page in told[:-1]} == {PAGE}
    names = [str(row["id"]) for page in told for row in page]
    assert len(names) == len(set(names))
    assert names == [row["id"] for row in await listed(azure, SCOPE)], "the order is stable"
    codes = {str(below(row, "status", "code")) for page in told for row in page}
    assert codes == {"Healthy", "Unhealthy"}


async def test_what_the_document_shows_runs(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = client.stack
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", stack.ca)
    names: dict[str, object] = {
        "SecurityCenter": SecurityCenter,
        "ResourceGraphClient": ResourceGraphClient,
        "QueryRequest": QueryRequest,
        "credential": Credential(stack.issuer),
        "subscription": stack.subscription,
    }
    for document, made in (("docs/api.md", "client"), ("docs/resource-graph.md", "graph")):
        shown = python_of(document, app=stack.https)
        await asyncio.to_thread(exec, shown, names)
        opened = names[made]
        assert isinstance(opened, SecurityCenter | ResourceGraphClient)
        opened.close()
    printed = capsys.readouterr().out
    assert " Unhealthy\n" in printed
    assert "'Count': 1" in printed


async def test_both_shapes_tell_of_every_finding_of_an_image(
    azure: SecurityCenter, client: Client
) -> None:
    image = next(
        one
        for one in (await client.ask("/api/images", limit="500")).value
        if one["health"] == "Unhealthy" and one["children"] is None
    )
    path = client.path(str(image["repository"]), str(image["digest"]), "/findings")
    total = (await client.ask(path)).json["total"]
    older = [
        row
        for row in await listed(azure, SCOPE, AssessmentKey.OLDER)
        if below(row, "additional_data", "image_digest") == image["digest"]
        and below(row, "additional_data", "repository_name") == image["repository"]
    ]
    assert len(older) == total
    assert any(below(row, "additional_data", "cve") for row in older)
    newer = await listed(azure, SCOPE, AssessmentKey.NEWER)
    end = f"/repositories/{image['repository']}/images/{image['digest']}"
    assert len([row for row in newer if below(row, "resource_details", "id") == end]) == total


async def test_the_client_gets_what_it_has_listed(azure: SecurityCenter) -> None:
    rows = await listed(azure, SCOPE)
    for row in (rows[0], rows[-1]):
        scope, _, rest = str(row["id"]).partition("/providers/Microsoft.Security/assessments/")
        key, _, name = rest.partition("/subAssessments/")
        got = await asyncio.to_thread(azure.sub_assessments.get, scope.strip("/"), key, name)
        assert plain(got) == row


async def test_the_client_reads_the_registrys_assessments(
    azure: SecurityCenter, client: Client
) -> None:
    scope = f"subscriptions/{client.stack.subscription}"
    rows = await asyncio.to_thread(lambda: list(azure.assessments.list(scope=scope)))
    assert {row.name for row in rows} == set(AssessmentKey)
    for row in rows:
        shown = await asyncio.to_thread(azure.assessments.get, SCOPE, row.name, expand="metadata")
        assert (shown.id, shown.status.code) == (row.id, "Unhealthy")
        assert shown.metadata.display_name == row.display_name


async def test_the_client_understands_what_is_refused(azure: SecurityCenter) -> None:
    with pytest.raises(ResourceNotFoundError, match="no assessment 'unknown'"):
        await asyncio.to_thread(azure.assessments.get, SCOPE, "unknown")
    with pytest.raises(HttpResponseError) as refused:
        await asyncio.to_thread(
            azure.sub_assessments.get, SCOPE, AssessmentKey.OLDER, "x", params={"api-version": "1"}
        )
    assert refused.value.status_code == 400
    assert refused.value.error is not None
    assert refused.value.error.code == "InvalidApiVersionParameter"
