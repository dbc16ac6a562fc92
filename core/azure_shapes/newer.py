"""Sub-assessments of the shape `AzureContainerRegistryVulnerability`: packages and their fixes.

What the shape has room for and nobody knows here (weaknesses, CPE names, exploits' addresses) is
empty. Names of fields follow the published samples where those and the published tables differ.
"""

from core.azure_shapes.keys import AssessmentKey
from core.azure_shapes.subjects import (
    HEALTHY,
    Exposure,
    ImageFacts,
    envelope,
    four_severities,
    healthy_status,
    references,
    score,
    status,
)
from core.domain.findings import Category, Exploitation, Finding
from core.query.shapes import Json

_KEY = AssessmentKey.NEWER

_LANGUAGES = {
    "crates.io": "rust",
    "Go": "go",
    "Maven": "java",
    "npm": "javascript",
    "NuGet": "dotnet",
    "Packagist": "php",
    "PyPI": "python",
    "RubyGems": "ruby",
}
"""Languages by the ecosystem of OSV."""

_WONT_FIX = ("wont-fix", "unimportant", "end-of-life")
"""A vendor's own words for: there will be none."""


def vulnerability(facts: ImageFacts, exposure: Exposure) -> dict[str, Json]:
    """What the newer shape says of a finding."""
    finding = exposure.finding
    properties: dict[str, Json] = {
        "id": finding.id,
        "displayName": finding.id,
        "description": finding.summary,
        "remediation": _remediation(finding),
        **_common(facts),
        "status": status(exposure.exempt, four_severities(finding.severity)),
        "additionalData": {
            "assessedResourceType": "AzureContainerRegistryVulnerability",
            "cvssV30Score": score(finding, "3"),
            "vulnerabilityDetails": _vulnerability(finding, exposure.known),
            "artifactDetails": _artifact(facts),
            "softwareDetails": _software(facts, finding),
        },
    }
    return envelope(facts, _KEY, exposure.identity, properties)


def healthy(facts: ImageFacts) -> dict[str, Json]:
    """The one row of an image in which nothing was found."""
    properties: dict[str, Json] = {
        "id": "",
        "displayName": "No vulnerability found",
        "description": "",
        "remediation": "",
        **_common(facts),
        "status": healthy_status(),
        "additionalData": {
            "assessedResourceType": "AzureContainerRegistryVulnerability",
            "artifactDetails": _artifact(facts),
        },
    }
    return envelope(facts, _KEY, HEALTHY, properties)


def _common(facts: ImageFacts) -> dict[str, Json]:
    image = f"/repositories/{facts.image.repository}/images/{facts.image.digest}"
    return {
        "timeGenerated": facts.assessed_at,
        "resourceDetails": {"source": "Azure", "id": image},
    }


def _vulnerability(finding: Finding, known: Exploitation) -> dict[str, Json]:
    return {
        "cveId": next(iter(finding.cves), finding.id),
        "severity": four_severities(finding.severity),
        "publishedDate": finding.published,
        "lastModifiedDate": finding.modified,
        "workarounds": [],
        "references": references(finding),
        "weaknesses": {"cwe": []},
        "cvss": {"2.0": _cvss(finding, "2"), "3.0": _cvss(finding, "3")},
        "cpe": None,
        "exploitabilityAssessment": {
            "exploitStepsPublished": known.known_exploited,
            "exploitStepsVerified": known.known_exploited,
            "isInExploitKit": False,
            "exploitUris": [],
            "types": _exploit_types(finding),
        },
    }


def _cvss(finding: Finding, major: str) -> Json:
    """The vector with the highest base score, of that version."""
    vectors = [one for one in finding.cvss if one.version.partition(".")[0] == major]
    if not vectors:
        return None
    worst = max(vectors, key=lambda one: one.score)
    return {"cvssVectorString": worst.vector, "base": worst.score}


def _exploit_types(finding: Finding) -> list[Json]:
    """From where it can be exploited, as its CVSS vectors say."""
    metrics = {metric for one in finding.cvss for metric in one.vector.split("/")}
    found = [name for name, metric in (("Remote", "AV:N"), ("Local", "AV:L")) if metric in metrics]
    return list[Json](found or ["NotAvailable"])


def _artifact(facts: ImageFacts) -> dict[str, Json]:
    return {
        "lastPushedToRegistryUTC": facts.pushed_at,
        "repositoryName": facts.image.repository,
        "registryHost": facts.image.registry,
        "artifactType": "ContainerImage",
        "mediaType": facts.media_type,
        "digest": facts.image.digest,
        "tags": list[Json](facts.tags),
    }


def _software(facts: ImageFacts, finding: Finding) -> dict[str, Json]:
    ecosystem = finding.ecosystem.partition(":")[0]
    system = finding.category is Category.OS
    return {
        "category": finding.category.value,
        "language": "" if system else _LANGUAGES.get(ecosystem, ecosystem.lower()),
        "packageName": finding.component,
        "version": finding.version,
        "vendor": ecosystem.lower() if system else finding.component,
        "fixedVersion": finding.fixed or "",
        "fixStatus": _fix_status(finding),
        "osDetails": {"osPlatform": "linux", "osVersion": _system(facts.distribution)},
        "fixReference": None,
        "evidence": [finding.purl],
    }


def _system(distribution: str) -> str:
    """`debian_12.15`, `ubuntu_linux_24.04`: as Azure writes them."""
    name, _, version = distribution.lower().partition(" ")
    known = {"ubuntu": "ubuntu_linux"}
    return "_".join(part for part in (known.get(name, name), version) if part)


def _fix_status(finding: Finding) -> str:
    if finding.patchable:
        return "FixAvailable"
    return "WontFix" if finding.status in _WONT_FIX else "NoFixAvailable"


def _remediation(finding: Finding) -> str:
    if finding.fixed is None:
        return "No remediation exists"
    return (
        f"Create new image with updated package {finding.component} with version {finding.fixed}"
        " or higher."
    )
