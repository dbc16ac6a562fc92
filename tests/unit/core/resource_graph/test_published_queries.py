"""Queries that people run against Azure: the design's three, and others of their kind."""

import pytest

from core.azure_shapes.keys import AssessmentKey
from core.query.shapes import Json
from tests.support.desk import RESOURCE, Desk
from tests.support.graph import asked
from tests.support.samples import REGISTRY, REPOSITORY, SUBSCRIPTION, digest

OLDER, NEWER = AssessmentKey.OLDER.value, AssessmentKey.NEWER.value

RECOMMENDED = """SecurityResources
| where type == 'microsoft.security/assessments'
| where properties.displayName contains 'Container registry images should have vulnerability findings resolved'
| summarize by assessmentKey=name
| join kind=inner (
    securityresources
    | where type == 'microsoft.security/assessments/subassessments'
    | extend assessmentKey = extract('.*assessments/(.+?)/.*',1,id)
) on assessmentKey
| project assessmentKey, subassessmentKey=name, id, parse_json(properties), resourceGroup, subscriptionId, tenantId
| extend description=properties.description, displayName=properties.displayName, resourceId=properties.resourceDetails.id, severity=properties.status.severity, code=properties.status.code, vulnId=properties.id, additionalData=properties.additionalData
"""

SUMMARY = """securityresources
| where type == 'microsoft.security/assessments/subassessments'
| where id matches regex '(.+?)/providers/Microsoft.Security/assessments/dbd0cb49-b563-45e7-9724-889e799fa648/'
| parse id with registryResourceId '/providers/Microsoft.Security/assessments/' *
| parse registryResourceId with * "/providers/Microsoft.ContainerRegistry/registries/" registryName
| extend imageDigest=tostring(properties.additionalData.imageDigest), repository=tostring(properties.additionalData.repositoryName)
| extend scanFindingSeverity=tostring(properties.status.severity), scanStatus=tostring(properties.status.code)
| summarize scanFindingSeverityCount=count() by scanFindingSeverity, scanStatus, registryResourceId, registryName, repository, imageDigest
| summarize severitySummary=make_bag(pack(scanFindingSeverity, scanFindingSeverityCount)) by registryResourceId, registryName, repository, imageDigest, scanStatus
"""

UNHEALTHY = """securityresources
| where type == "microsoft.security/assessments/subassessments"
| extend assessmentKey = extract(".*assessments/(.+?)/.*",1,id)
| where assessmentKey == "c0b7cfc6-3172-465a-b378-53c7ff2cc0d5"
| project Resource=tolower(extract(@'(?i)(.*?)/providers/Microsoft.Security/([^/]+)',1,id)), ResourceType=tolower(split(id,"/").[6]), subscriptionId, severity=properties.additionalData.vulnerabilityDetails.severity, status=properties.status.code, VulnId=properties.id, fixStatus=properties.additionalData.softwareDetails.fixStatus, Repo=properties.additionalData.artifactDetails.repositoryName, imageUri=properties.resourceDetails.id
| where status == 'Unhealthy'
"""


async def test_the_recommendations_sub_assessments_are_joined_by_their_key(fleet: Desk) -> None:
    rows = await asked(fleet, RECOMMENDED)
    assert len(rows) == 3
    assert {row["code"] for row in rows} == {"Healthy", "Unhealthy"}
    found = next(row for row in rows if row["code"] == "Unhealthy")
    assert list(found) == [
        *("assessmentKey", "subassessmentKey", "id", "properties", "resourceGroup"),
        *("subscriptionId", "tenantId", "description", "displayName", "resourceId", "severity"),
        *("code", "vulnId", "additionalData"),
    ]
    assert found["assessmentKey"] == OLDER
    assert str(found["resourceId"]).endswith(f"/subAssessments/{found['subassessmentKey']}")
    additional = found["additionalData"]
    assert isinstance(additional, dict)
    assert (additional["repositoryName"], additional["patchable"]) == (REPOSITORY, True)


async def test_images_are_summed_up_by_severity(fleet: Desk) -> None:
    rows = await asked(fleet, SUMMARY)
    told = {row["imageDigest"]: (row["scanStatus"], row["severitySummary"]) for row in rows}
    assert told == {
        digest(1): ("Unhealthy", {"Low": 1}),
        digest(2): ("Unhealthy", {"Low": 1}),
        digest(3): ("Healthy", {"": 1}),
    }
    assert {(row["registryName"], row["registryResourceId"]) for row in rows} == {
        ("demo", RESOURCE)
    }


async def test_unhealthy_images_are_listed_in_the_newer_shape(fleet: Desk) -> None:
    rows = await asked(fleet, UNHEALTHY)
    assert {str(row.pop("imageUri")) for row in rows} == {
        f"/repositories/{REPOSITORY}/images/{digest(number)}" for number in (1, 2)
    }
    assert rows == 2 * [
        {
            "Resource": RESOURCE.lower(),
            "ResourceType": "microsoft.containerregistry",
            "subscriptionId": SUBSCRIPTION,
            "severity": "Low",
            "status": "Unhealthy",
            "VulnId": "CVE-2026-1",
            "fixStatus": "FixAvailable",
            "Repo": REPOSITORY,
        }
    ]


async def test_a_disabled_finding_is_not_applicable(ruled: Desk) -> None:
    query = "securityresources | where type has 'subassessments' | distinct tostring(properties.status.code), tostring(properties.status.cause)"
    assert await asked(ruled, query) == [
        {"properties_status_code": "Healthy", "properties_status_cause": ""},
        {"properties_status_code": "NotApplicable", "properties_status_cause": "Exempt"},
    ]


SUB = "securityresources | where type =~ 'Microsoft.Security/assessments/subAssessments'"
OF_OLDER = f"{SUB} | where id contains '{OLDER}'"
OF_NEWER = f"{SUB} | where id contains '{NEWER}'"
UNHEALTHY_OLDER = f"{OF_OLDER} and tostring(properties.status.code) == 'Unhealthy'"

OTHERS: list[tuple[str, Json]] = [
    # types are matched whatever their case, even by ==
    ("securityresources | where type == 'Microsoft.Security/assessments/subAssessments' | count", 6),
    ("SECURITYRESOURCES | WHERE type in ('MICROSOFT.SECURITY/ASSESSMENTS') | COUNT", 2),
    # a query may leave its first table out
    ("where type =~ 'Microsoft.ContainerRegistry/registries' | count", 1),
    # the newest finding
    (
        f"{UNHEALTHY_OLDER} | extend timeGenerated=todatetime(properties.timeGenerated)"
        " | top 1 by timeGenerated desc | project tostring(properties.status.severity)",
        "Low",
    ),
    # one finding may have several CVEs
    (f"{UNHEALTHY_OLDER} | mvexpand properties.additionalData.cve"
     ' | extend cve = properties_additionalData_cve["title"] | distinct tostring(cve)', "CVE-2026-1"),
    (f"{UNHEALTHY_OLDER} | mv-expand cve = properties.additionalData.cve to typeof(dynamic)"
     " | summarize dcount(tostring(cve.title))", 1),
    # a score that is quoted in the path, and one that there is not
    (f'{UNHEALTHY_OLDER} | summarize countif(isnull(properties.additionalData.cvss.["3.0"].base))', 2),
    # severities counted with and without a name
    (f"{OF_OLDER} | extend high = iff(tostring(properties.status.severity) == 'High', 1, 0),"
     " low = iff(tostring(properties.status.severity) == 'Low', 1, 0)"
     " | summarize high=sum(high), low=sum(low) by tolower(tostring(properties.additionalData.repositoryName))"
     " | project strcat(high, '/', low)", "0/2"),
    (f"{OF_OLDER} | summarize Total = count(), patched = countif(tobool(properties.additionalData.patchable))"
     " | project Total - patched", 1),
    # reports of a scan, bag by bag
    (f"{OF_OLDER} | extend severity = tostring(properties.status.severity), status = tostring(properties.status.code)"
     " | summarize n = count() by severity, status"
     " | summarize total = sum(n), severities = make_bag(pack(severity, n)) by status"
     " | summarize report = make_bag_if(pack('status', status, 'of', severities), status != 'Healthy')"
     " | project report.of.Low", 2),
    # columns with names that need quotes
    (f"{UNHEALTHY_OLDER} | project [\"CVE Score 3.0\"]=1, ['Name']=properties.displayName"
     " | order by ['Name'] asc | project-away ['Name'] | take 1", 1),
    # parts of the id, from either end
    (f"{OF_NEWER} | extend Registry = tostring(split(tolower(id), '/')[8]) | distinct Registry", "demo"),
    (f"{UNHEALTHY_OLDER} | project tostring(split(split(id, '/providers/')[1], '/')[-1]) | distinct id_1__1",
     "demo"),
    # the time, as dynamic values are
    (f"{OF_NEWER} | extend timeGenerated = properties.timeGenerated"
     " | where timeGenerated > datetime(2000-01-01) | count", 3),
    (f"{OF_NEWER} | extend age = datetime_diff('day', datetime(2100-01-01), todatetime(properties.timeGenerated))"
     " | where age between (1 .. 100000) | count", 3),
    # choices, with long(-1) and lists without case
    (f"{OF_NEWER} | extend patchable = case("
     "tostring(properties.additionalData.softwareDetails.fixStatus) =~ 'fixavailable', 'true',"
     " tostring(properties.additionalData.softwareDetails.fixStatus) in~ ('NOFIX'), 'false', '')"
     " | extend age = iff(isnotnull(properties.additionalData.vulnerabilityDetails.publishedDate), 1, long(-1))"
     " | summarize by patchable, age | order by patchable desc | project strcat(patchable, age) | take 1",
     "true-1"),
    (f"{OF_NEWER} | project tags = strcat_array(todynamic(properties.additionalData.artifactDetails.tags), ',')"
     " | where tags != '' | distinct tags", "latest"),
    (f"{OF_NEWER} | where isnotempty(properties.additionalData.artifactDetails)"
     f" | where properties.additionalData.artifactDetails.registryHost contains '{REGISTRY.upper()}' | count", 3),
    (f"{OF_NEWER} | extend p = todynamic(tostring(properties))"
     " | distinct tostring(p.additionalData.artifactDetails.registryHost)", REGISTRY),
    # registries without a finding: anti joins and unions
    ("resources | where type =~ 'microsoft.containerregistry/registries' | project id, name"
     f" | join kind=leftanti ({SUB} | where properties.status.code == 'Nothing'"
     " | parse id with root '/providers/Microsoft.Security/' * | project id=root) on id | count", 1),
    (f"union ({OF_OLDER}), ({OF_NEWER}) | summarize dcount(tostring(properties.additionalData.assessedResourceType))",
     2),
    (f"{OF_OLDER} | project id | union ({OF_NEWER} | project id, x = 1) | where isnull(x) | count", 3),
    # subscriptions by name
    (f"{OF_OLDER} | join kind=leftouter (resourcecontainers"
     " | where type =~ 'microsoft.resources/subscriptions' | project subscription=name, subscriptionId)"
     " on subscriptionId | distinct subscription", SUBSCRIPTION),
    # what `let` has named
    (f"let critical = dynamic(['Low', 'Critical']);\nlet found = {SUB}; // both shapes\nfound"
     " | where properties.status.severity in (critical) | count", 4),
    (f"let top = 1; {SUB} | take top | count", 1),
    (f"{SUB} | where name in (({OF_OLDER} | project name)) | count", 3),
    # scores
    ("securityresources | where type == 'microsoft.security/securescores/securescorecontrols'"
     " | extend score = properties.score.current, most = properties.definition.properties.maxScore"
     " | project strcat(score, ' of ', most)", "2.0 of 6"),
    ("securityresources | where type == 'microsoft.security/securescores'"
     " | project todouble(properties.score.percentage) * 100", 33.33),
    ("securityresources | where type == 'microsoft.security/assessments' and"
     " properties.status.code == 'Unhealthy'"
     " | summarize make_set(tostring(properties.resourceDetails.Id)) | project array_length(set_properties_resourceDetails_Id)", 1),
]  # fmt: skip


@pytest.mark.parametrize(("query", "value"), OTHERS)
async def test_a_query_of_the_kind_that_people_run_gives_one_value(
    fleet: Desk, query: str, value: Json
) -> None:
    (row,) = await asked(fleet, query)
    assert list(row.values()) == [value]
