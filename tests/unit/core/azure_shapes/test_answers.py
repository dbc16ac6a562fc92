"""Azure's questions, asked of the app over memory: scopes, versions, verdicts, and refusals."""

from http import HTTPStatus

import pytest

from core.azure_shapes.keys import AssessmentKey
from core.azure_shapes.versions import CloudFault
from core.errors import InvalidInput
from core.query.shapes import Json
from tests.support.desk import RESOURCE, Desk
from tests.support.ruling import rule, scanned
from tests.support.samples import REGISTRY, REPOSITORY, SUBSCRIPTION, digest

SUB, ABOVE = "2019-01-01-preview", "2021-06-01"
HERE = "https://localhost/api/somewhere"
SECURITY = "/providers/Microsoft.Security"
SCOPES = [
    f"subscriptions/{SUBSCRIPTION}",
    f"subscriptions/{SUBSCRIPTION}/resourceGroups/demo",
    RESOURCE,
    RESOURCE.upper(),
]


async def ask(app: Desk, path: str, version: str = SUB, **given: str) -> Json | CloudFault:
    return await app.app.services.answers.security.answer(
        path, {"api-version": version, **given}, HERE
    )


async def asked(app: Desk, path: str, version: str = SUB, **given: str) -> dict[str, Json]:
    answer = await ask(app, path, version, **given)
    assert isinstance(answer, dict), answer
    return answer


async def listed(app: Desk, path: str, version: str = SUB) -> list[dict[str, Json]]:
    value = (await asked(app, path, version))["value"]
    assert isinstance(value, list)
    return [one for one in value if isinstance(one, dict)]


def below(row: dict[str, Json], *names: str) -> Json:
    """What stands in a row under these names."""
    value: Json = row
    for name in names:
        assert isinstance(value, dict)
        value = value[name]
    return value


def codes(rows: list[dict[str, Json]]) -> list[tuple[Json, Json]]:
    """What the rows say, and why."""
    return [
        (below(row, "properties", "status", "code"), below(row, "properties", "status", "cause"))
        for row in rows
    ]


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_finding_is_told_in_both_shapes_in_every_scope_that_has_it(
    app: Desk, scope: str
) -> None:
    await scanned(app, 1)
    rows = await listed(app, f"{scope}{SECURITY}/subAssessments")
    assert [below(row, "properties", "additionalData", "assessedResourceType") for row in rows] == [
        "ContainerRegistryVulnerability",
        "AzureContainerRegistryVulnerability",
    ]
    assert codes(rows) == [("Unhealthy", "")] * 2


@pytest.mark.parametrize(
    "scope",
    [
        f"subscriptions/{SUBSCRIPTION}/resourceGroups/other",
        f"{RESOURCE.rpartition('/')[0]}/other",
        "subscriptions/00000000-0000-0000-0000-00000000000f",
    ],
)
async def test_another_scope_has_none_of_it(app: Desk, scope: str) -> None:
    await scanned(app, 1)
    answer = await ask(app, f"{scope}{SECURITY}/subAssessments")
    assert answer == {"value": []} or (
        isinstance(answer, CloudFault) and answer.status is HTTPStatus.NOT_FOUND
    )


@pytest.mark.parametrize("key", AssessmentKey)
async def test_one_assessment_has_one_shape_and_each_row_is_found_by_its_id(
    app: Desk, key: AssessmentKey
) -> None:
    await scanned(app, 1)
    await app.push(2)
    await app.app.drain()
    rows = await listed(app, f"{RESOURCE}{SECURITY}/assessments/{key}/subAssessments")
    assert sorted(codes(rows)) == [("Healthy", ""), ("Unhealthy", "")]
    for row in rows:
        assert await asked(app, str(row["id"])) == row
        assert await asked(app, str(row["id"]).upper()) == row, "ARM ids know no case"
        other = next(one for one in AssessmentKey if one is not key)
        assert isinstance(await ask(app, str(row["id"]).replace(key, other)), CloudFault)


async def test_a_finding_that_a_rule_disables_is_exempt_beside_the_verdict(app: Desk) -> None:
    await scanned(app, 1)
    await rule(app)
    await app.app.drain()
    rows = await listed(
        app, f"{RESOURCE}{SECURITY}/assessments/{AssessmentKey.NEWER}/subAssessments"
    )
    assert codes(rows) == [("NotApplicable", "Exempt"), ("Healthy", "")]


async def test_an_image_that_nobody_has_judged_is_not_told_of_as_if_it_were_clean(
    app: Desk,
) -> None:
    app.sandboxes.patient = True
    await app.push()
    await app.app.drain()
    assert await listed(app, f"{RESOURCE}{SECURITY}/subAssessments") == []
    rows = await listed(app, f"{RESOURCE}{SECURITY}/assessments", ABOVE)
    assert codes(rows) == [("NotApplicable", "Unscanned")] * 2


async def test_a_registry_is_what_the_worst_of_its_images_is(app: Desk) -> None:
    path = f"subscriptions/{SUBSCRIPTION}{SECURITY}/assessments"
    assert codes(await listed(app, path, ABOVE)) == [("NotApplicable", "NoImages")] * 2
    await app.push(2)
    await app.app.drain()
    assert codes(await listed(app, path, ABOVE)) == [("Healthy", "")] * 2
    await scanned(app, 1)
    rows = await listed(app, path, ABOVE)
    assert codes(rows) == [("Unhealthy", "")] * 2
    assert below(rows[0], "properties", "additionalData", "unhealthyImages") == "1"
    for row in rows:
        assert await asked(app, str(row["id"]), ABOVE) == row
        shown = await asked(app, str(row["id"]), ABOVE, **{"$expand": "metadata"})
        assert below(shown, "properties", "metadata", "severity") == "High"
        shown = await asked(app, str(row["id"]), ABOVE, **{"$expand": "links"})
        page = below(shown, "properties", "links", "azurePortalUri")
        assert page == f"https://localhost/images?registry={REGISTRY}"


async def test_rows_name_the_image_as_the_samples_do(app: Desk) -> None:
    await scanned(app, 1)
    older, newer = await listed(app, f"{RESOURCE}{SECURITY}/subAssessments")
    image = f"{RESOURCE}/repository/{REPOSITORY}/imageDigest/{digest(1)}"
    assert below(older, "properties", "resourceDetails", "id") == (
        f"{image}{str(older['id']).removeprefix(RESOURCE)}"
    )
    assert below(newer, "properties", "resourceDetails", "id") == (
        f"/repositories/{REPOSITORY}/images/{digest(1)}"
    )
    assert below(newer, "properties", "additionalData", "artifactDetails", "registryHost") == (
        REGISTRY
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "MissingApiVersionParameter"),
        ({"api-version": "2099-01-01"}, "InvalidApiVersionParameter"),
        ({"api-version": ABOVE}, "InvalidApiVersionParameter"),
    ],
)
async def test_a_version_that_is_not_answered_is_refused_with_those_that_are(
    app: Desk, given: dict[str, str], code: str
) -> None:
    path = f"{RESOURCE}{SECURITY}/subAssessments"
    fault = await app.app.services.answers.security.answer(path, given, HERE)
    assert isinstance(fault, CloudFault)
    assert (fault.status, fault.code) == (HTTPStatus.BAD_REQUEST, code)
    assert SUB in fault.message


@pytest.mark.parametrize(
    "path",
    [
        f"subscriptions/{SUBSCRIPTION}",
        f"subscriptions/{SUBSCRIPTION}{SECURITY}/pricings",
        f"{RESOURCE}{SECURITY}/assessments/unknown",
        f"{RESOURCE}{SECURITY}/assessments/unknown/subAssessments",
        f"{RESOURCE}{SECURITY}/assessments/{AssessmentKey.OLDER}/subAssessments/unknown",
        f"subscriptions/{SUBSCRIPTION}{SECURITY}/assessments/{AssessmentKey.OLDER}",
        f"{RESOURCE}/../..{SECURITY}/subAssessments",
        f"{RESOURCE}{SECURITY}/subAssessments/" + "a" * 5000,
    ],
)
async def test_what_is_not_there_is_said_in_a_sentence(app: Desk, path: str) -> None:
    fault = await ask(app, path, SUB)
    assert isinstance(fault, CloudFault)
    assert fault.status is HTTPStatus.NOT_FOUND
    assert len(fault.message) < 300


@pytest.mark.parametrize(
    "given",
    [
        {"$skipToken": "nonsense"},
        {"$skipToken": "é"},
        {"$filter": "properties/status/code eq 'Healthy'"},
    ],
)
async def test_what_makes_no_sense_is_refused(app: Desk, given: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        await ask(app, f"{RESOURCE}{SECURITY}/subAssessments", SUB, **given)
