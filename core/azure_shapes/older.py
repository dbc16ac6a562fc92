"""Sub-assessments of the shape `ContainerRegistryVulnerability`: vulnerabilities by number.

Its schema knows three severities, and names what was found by a number of the scanner's; ours is
made of the vulnerability's name.
"""

from core.azure_shapes.keys import AssessmentKey, finding_number, sub_assessment_name
from core.azure_shapes.subjects import (
    HEALTHY,
    Exposure,
    ImageFacts,
    below_assessment,
    cve_link,
    envelope,
    healthy_status,
    references,
    score,
    status,
    three_severities,
)
from core.domain.findings import Finding
from core.query.shapes import Json

_KEY = AssessmentKey.OLDER


def vulnerability(facts: ImageFacts, exposure: Exposure) -> dict[str, Json]:
    """What the older shape says of a finding."""
    finding = exposure.finding
    severity = three_severities(finding.severity)
    properties: dict[str, Json] = {
        "displayName": f"{finding.id} in {finding.package}",
        "id": finding_number(finding),
        "status": status(exposure.exempt, severity),
        "remediation": _remediation(finding),
        "impact": f"{finding.severity.value}, by {finding.severity_source}",
        "category": finding.ecosystem.partition(":")[0],
        "description": finding.summary,
        **_common(facts, exposure.identity),
        "additionalData": {
            **_image(facts),
            "cvss": _cvss(finding),
            "patchable": finding.patchable,
            "cve": [{"title": name, "link": cve_link(name)} for name in finding.cves],
            "publishedTime": finding.published,
            "vendorReferences": references(finding),
        },
    }
    return envelope(facts, _KEY, exposure.identity, properties)


def healthy(facts: ImageFacts) -> dict[str, Json]:
    """The one row of an image in which nothing was found."""
    properties: dict[str, Json] = {
        "displayName": "No vulnerability found",
        "id": "0",
        "status": healthy_status(),
        "remediation": "",
        "impact": "",
        "category": "",
        "description": "",
        **_common(facts, HEALTHY),
        "additionalData": {
            **_image(facts),
            "cvss": {},
            "patchable": False,
            "cve": [],
            "vendorReferences": [],
        },
    }
    return envelope(facts, _KEY, HEALTHY, properties)


def _common(facts: ImageFacts, identity: str) -> dict[str, Json]:
    name = sub_assessment_name(_KEY, facts.stream, identity)
    image = f"/repository/{facts.image.repository}/imageDigest/{facts.image.digest}"
    resource = f"{facts.registry}{image}{below_assessment(_KEY, name)}"
    return {
        "timeGenerated": facts.assessed_at,
        "resourceDetails": {"source": "Azure", "id": resource},
    }


def _image(facts: ImageFacts) -> dict[str, Json]:
    return {
        "assessedResourceType": "ContainerRegistryVulnerability",
        "type": "Vulnerability",
        "imageDigest": facts.image.digest,
        "repositoryName": facts.image.repository,
        "registryHost": facts.image.registry,
    }


def _cvss(finding: Finding) -> dict[str, Json]:
    scores = {"2.0": score(finding, "2"), "3.0": score(finding, "3")}
    return {version: {"base": base} for version, base in scores.items() if base is not None}


def _remediation(finding: Finding) -> str:
    if finding.fixed is None:
        return f"No version of {finding.package} that resolves it is known."
    return f"Upgrade {finding.package} from {finding.version} to {finding.fixed} or later."
