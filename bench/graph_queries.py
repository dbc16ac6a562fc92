"""The queries that the bench of Resource Graph asks."""

from collections.abc import Mapping

from core.azure_shapes.keys import AssessmentKey

_SUB = "securityresources | where type == 'microsoft.security/assessments/subassessments'"
_KEYED = f"{_SUB} | extend assessmentKey = extract('.*assessments/(.+?)/.*', 1, id)"

QUERIES: Mapping[str, str] = {
    "sub-assessments of a recommendation, joined by its key": (
        "SecurityResources | where type == 'microsoft.security/assessments'"
        " | where properties.displayName contains 'Container registry images should have'"
        f" | summarize by assessmentKey=name | join kind=inner ({_KEYED}) on assessmentKey"
        " | project assessmentKey, subassessmentKey=name, id, parse_json(properties), resourceGroup"
        " | extend description=properties.description, severity=properties.status.severity,"
        " code=properties.status.code, additionalData=properties.additionalData"
    ),
    "images summed up by severity": (
        f"{_SUB} | where id matches regex '(.+?)/assessments/{AssessmentKey.OLDER}/'"
        " | parse id with registry '/providers/Microsoft.Security/assessments/' *"
        " | extend digest=tostring(properties.additionalData.imageDigest),"
        " repository=tostring(properties.additionalData.repositoryName),"
        " severity=tostring(properties.status.severity), status=tostring(properties.status.code)"
        " | summarize n=count() by severity, status, registry, repository, digest"
        " | summarize severities=make_bag(pack(severity, n))"
        " by registry, repository, digest, status"
    ),
    "what is unhealthy, in the newer shape": (
        f"{_KEYED} | where assessmentKey == '{AssessmentKey.NEWER}'"
        " | project Resource=tolower(extract(@'(?i)(.*?)/providers/Microsoft.Security/([^/]+)', 1,"
        ' id)), ResourceType=tolower(split(id,"/").[6]), status=properties.status.code,'
        " severity=properties.additionalData.vulnerabilityDetails.severity, VulnId=properties.id,"
        " Repo=properties.additionalData.artifactDetails.repositoryName,"
        " imageUri=properties.resourceDetails.id | where status == 'Unhealthy'"
    ),
    "the images with one CVE": (
        f"{_SUB} | where properties.id == 'CVE-2026-10007' | project properties.resourceDetails.id"
    ),
    "the worst packages": (
        f"{_SUB} | where properties.additionalData.softwareDetails.fixStatus == 'FixAvailable'"
        " | summarize images=dcount(tostring(properties.resourceDetails.id))"
        " by package=tostring(properties.additionalData.softwareDetails.packageName)"
        " | top 10 by images desc"
    ),
    "all in order of severity, a page": (
        f"{_SUB} | order by tostring(properties.status.severity) asc, id asc"
    ),
}
"""By what they ask. The first three are what the project's design names."""
