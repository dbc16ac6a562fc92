"""Azure's own client of Resource Graph, given no more than another address."""

import asyncio
from collections.abc import Iterator

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import (
    FacetRequest,
    QueryRequest,
    QueryRequestOptions,
)

from core.query.shapes import Json
from tests.e2e.push_to_findings.client import Client
from tests.e2e.push_to_findings.test_azure_sdk import Credential

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

SUB = "securityresources | where type == 'microsoft.security/assessments/subassessments'"


@pytest.fixture
def azure(client: Client) -> Iterator[ResourceGraphClient]:
    """The client, as a script would make it, after the demo."""
    stack = client.stack
    with ResourceGraphClient(
        Credential(stack.issuer), base_url=f"{stack.https}/api", connection_verify=stack.ca
    ) as graph:
        yield graph


async def asked(
    azure: ResourceGraphClient, query: str, options: QueryRequestOptions, *facets: str
) -> dict[str, Json]:
    """What the client has read, by the names of its attributes."""
    request = QueryRequest(
        query=query,
        options=options,
        facets=[FacetRequest(expression=one) for one in facets],
    )
    answer = await asyncio.to_thread(azure.resources, request)
    return dict(answer.as_dict())


def objects(answer: Json) -> list[dict[str, Json]]:
    assert isinstance(answer, list)
    return [one for one in answer if isinstance(one, dict)]


async def test_the_client_pages_through_all_sub_assessments_each_once(
    azure: ResourceGraphClient,
) -> None:
    query = f"{SUB} | project id, properties.status.code"
    answer = await asked(azure, query, QueryRequestOptions(top=7))
    total, rows = answer["total_records"], objects(answer["data"])
    while (token := answer.get("skip_token")) is not None:
        answer = await asked(azure, query, QueryRequestOptions(top=7, skip_token=str(token)))
        page = objects(answer["data"])
        assert answer["count"] == len(page) <= 7
        rows += page
    assert len({str(row["id"]) for row in rows}) == len(rows) == total
    assert len(rows) > 7
    codes = {str(row["properties_status_code"]) for row in rows}
    assert codes == {"Healthy", "Unhealthy"}


async def test_the_client_reads_tables_and_facets(azure: ResourceGraphClient) -> None:
    query = f"{SUB} | extend severity = tostring(properties.status.severity) | project id, severity"
    options = QueryRequestOptions(result_format="table", top=1)
    answer = await asked(azure, query, options, "severity", "nothing")
    data = answer["data"]
    assert isinstance(data, dict)
    assert data["columns"] == [
        {"name": "id", "type": "string"},
        {"name": "severity", "type": "string"},
    ]
    assert isinstance(data["rows"], list)
    assert len(data["rows"]) == 1
    severities, wrong = objects(answer["facets"])
    counted = [one["count"] for one in objects(severities["data"])]
    assert sum(one for one in counted if isinstance(one, int)) == answer["total_records"]
    assert "there is no column 'nothing'" in str(wrong["errors"])


async def test_the_client_understands_what_is_refused(azure: ResourceGraphClient) -> None:
    with pytest.raises(HttpResponseError) as refused:
        await asked(azure, "securityresources\n| where nmae == 'x'", QueryRequestOptions())
    assert refused.value.status_code == 400
    assert refused.value.error is not None
    assert refused.value.error.code == "BadRequest"
    assert "there is no column 'nmae'" in str(refused.value.message)
    answer = await asked(azure, SUB, QueryRequestOptions(top=1))
    options = QueryRequestOptions(skip_token=str(answer["skip_token"]))
    with pytest.raises(HttpResponseError, match="skipToken belongs to another question"):
        await asked(azure, "resources", options)
