"""What both shapes say of an image and of a finding in it."""

import re
from dataclasses import dataclass

from core.azure_shapes.keys import AssessmentKey, sub_assessment_name
from core.domain.findings import Exploitation, Finding
from core.domain.ids import StreamId, image_stream
from core.domain.values import Health, ImageName, Severity
from core.projections.cells import text, words
from core.query.shapes import Json
from core.registry.references import RegistryResource
from core.storage.interface import Cells

SUB_ASSESSMENTS = "Microsoft.Security/assessments/subAssessments"
"""Their resource type."""

HEALTHY = "healthy"
"""The identity, among an image's findings, of the row that says there is none."""

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """An image, as these shapes need it."""

    registry: RegistryResource
    image: ImageName
    tags: tuple[str, ...]
    media_type: str
    distribution: str
    """`debian 12.15`, empty where the image has none."""
    pushed_at: str
    assessed_at: str
    """When its last scan was completed; that of its push while there was none."""
    healthy: bool

    @property
    def stream(self) -> StreamId:
        """The image's events."""
        return image_stream(self.image)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """A finding in an image, and what is known beside it."""

    finding: Finding
    identity: str
    """What tells it from the image's other findings."""
    exempt: bool
    """Whether a rule disables it."""
    known: Exploitation


def image_facts(cells: Cells, registry: RegistryResource) -> ImageFacts:
    """The image that a row shows, in a registry by its ARM id."""
    return ImageFacts(
        registry=registry,
        image=ImageName(
            registry=text(cells, "registry"),
            repository=text(cells, "repository"),
            digest=text(cells, "digest"),
        ),
        tags=tuple(words(cells, "tags")),
        media_type=text(cells, "media_type"),
        distribution=text(cells, "distribution"),
        pushed_at=text(cells, "pushed_at"),
        assessed_at=text(cells, "completed_at") or text(cells, "pushed_at"),
        healthy=text(cells, "health") == Health.HEALTHY,
    )


def envelope(
    facts: ImageFacts, key: AssessmentKey, identity: str, properties: dict[str, Json]
) -> dict[str, Json]:
    """A sub-assessment as a resource of Azure."""
    name = sub_assessment_name(key, facts.stream, identity)
    return {
        "id": f"{facts.registry}{below_assessment(key, name)}",
        "name": name,
        "type": SUB_ASSESSMENTS,
        "properties": properties,
    }


def below_assessment(key: AssessmentKey, name: str) -> str:
    """The end of a sub-assessment's id."""
    return f"/providers/Microsoft.Security/assessments/{key}/subAssessments/{name}"


def status(exempt: bool, severity: str) -> dict[str, Json]:
    """What a finding amounts to."""
    if exempt:
        return {
            "code": "NotApplicable",
            "cause": "Exempt",
            "severity": severity,
            "description": "A rule disables this finding",
        }
    return {
        "code": "Unhealthy",
        "cause": "",
        "severity": severity,
        "description": "The image has this vulnerability",
    }


def healthy_status() -> dict[str, Json]:
    """What there being no finding amounts to."""
    return {"code": "Healthy", "cause": "", "description": "No vulnerability is known in the image"}


def three_severities(severity: Severity) -> str:
    """The severity where a schema knows no more than three."""
    return "High" if severity is Severity.CRITICAL else four_severities(severity)


def four_severities(severity: Severity) -> str:
    """The severity where a schema knows Critical as well."""
    low = (Severity.NEGLIGIBLE, Severity.UNKNOWN)
    return (Severity.LOW if severity in low else severity).value


def score(finding: Finding, major: str) -> float | None:
    """The highest base score of CVSS `2` or `3`, `None` where none was published."""
    scores = [one.score for one in finding.cvss if one.version.partition(".")[0] == major]
    return max(scores, default=None)


def cve_link(name: str) -> str:
    """Where to read about a CVE; empty for a name that is none."""
    return f"https://www.cve.org/CVERecord?id={name}" if _CVE.fullmatch(name) else ""


def references(finding: Finding) -> list[Json]:
    """Where to read on about a finding."""
    return [{"title": address, "link": address} for address in finding.references]
