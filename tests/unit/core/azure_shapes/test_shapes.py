"""Both shapes, field by field, of findings made by hand."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from core.azure_shapes import newer, older
from core.azure_shapes.keys import AssessmentKey, place_of, sub_assessment_name
from core.azure_shapes.subjects import Exposure, ImageFacts, cve_link
from core.domain.findings import Category, Cvss, Exploitation, Finding
from core.domain.values import Severity
from core.query.shapes import Json
from core.registry.references import RegistryResource
from tests.support.findings import finding
from tests.support.samples import MANIFEST, SUBSCRIPTION, image_name

type Telling = Callable[[ImageFacts, Exposure], dict[str, Json]]
"""One of the shapes."""

FACTS = ImageFacts(
    registry=RegistryResource(subscription=SUBSCRIPTION, resource_group="demo", name="demo"),
    image=image_name(),
    tags=("latest", "v1"),
    media_type=MANIFEST,
    distribution="ubuntu 24.04",
    pushed_at="2026-01-01T00:00:00.000000Z",
    assessed_at="2026-01-02T00:00:00.000000Z",
    healthy=False,
)
SCORED = replace(
    finding(aliases=("GHSA-x", "CVE-2026-0002")),
    cvss=(
        Cvss(version="2.0", vector="AV:N/AC:L", score=6.0),
        Cvss(version="3.0", vector="CVSS:3.0/AV:L/AC:L", score=5.0),
        Cvss(version="3.1", vector="CVSS:3.1/AV:N/AC:L", score=7.5),
        Cvss(version="4.0", vector="CVSS:4.0/AV:N", score=9.9),
    ),
    published="2026-01-01T00:00:00Z",
    references=("https://example.com/a",),
)


def exposure(found: Finding, *, exempt: bool = False, exploited: bool = False) -> Exposure:
    known = Exploitation(known_exploited=exploited)
    return Exposure(finding=found, identity=found.id, exempt=exempt, known=known)


def at(row: dict[str, Json], path: str) -> Json:
    """What stands at a path below the properties."""
    value: Json = row["properties"]
    for name in path.split("/"):
        assert isinstance(value, dict)
        value = value[name]
    return value


COMMON = """displayName id status/code status/cause status/severity status/description
    resourceDetails/source resourceDetails/id remediation description timeGenerated"""
OLDER = """impact category additionalData/assessedResourceType additionalData/imageDigest
    additionalData/repositoryName additionalData/registryHost additionalData/type
    additionalData/cvss/2.0/base additionalData/cvss/3.0/base additionalData/patchable
    additionalData/cve/title additionalData/cve/link additionalData/publishedTime
    additionalData/vendorReferences/title additionalData/vendorReferences/link"""
NEWER = """additionalData/assessedResourceType additionalData/cvssV30Score
    additionalData/vulnerabilityDetails: cveId severity publishedDate lastModifiedDate workarounds
    references/title references/link weaknesses/cwe cvss/2.0/base cvss/2.0/cvssVectorString
    cvss/3.0/base cvss/3.0/cvssVectorString cpe exploitabilityAssessment/exploitStepsPublished
    exploitabilityAssessment/exploitStepsVerified exploitabilityAssessment/isInExploitKit
    exploitabilityAssessment/exploitUris exploitabilityAssessment/types
    additionalData/artifactDetails: lastPushedToRegistryUTC repositoryName registryHost artifactType
    mediaType digest tags
    additionalData/softwareDetails: category language packageName version vendor fixedVersion
    fixStatus osDetails/osPlatform osDetails/osVersion fixReference evidence"""
"""Every field that clients have been given, in either shape; a word with a colon is where those
after it stand."""


def listed(text: str) -> set[str]:
    """The paths that a text lists."""
    found, place = set(), ""
    for word in text.split():
        if word.endswith(":"):
            place = f"{word[:-1]}/"
        else:
            found.add(f"{'' if word.startswith('additionalData/') else place}{word}")
    return found


def paths(value: Json, place: str = "") -> set[str]:
    """The paths of whatever stands in a row."""
    match value:
        case dict() if value:
            below = [paths(one, f"{place}/{name}") for name, one in value.items()]
            return set().union(*below)
        case [dict() as first, *_]:
            return paths(first, place)
        case _:
            return {place.removeprefix("/")}


def test_a_row_has_every_field_that_clients_were_ever_given_and_no_other() -> None:
    whole = exposure(replace(SCORED, published="2026-01-01", modified="2026-01-02"))
    for told, more in ((older.vulnerability, OLDER), (newer.vulnerability, NEWER)):
        row = told(FACTS, whole)
        assert paths(row["properties"]) == listed(COMMON) | listed(more)
        assert set(row) == {"id", "name", "type", "properties"}
        assert row["type"] == "Microsoft.Security/assessments/subAssessments"
        assert str(row["id"]).endswith(f"/subAssessments/{row['name']}")


@pytest.mark.parametrize(
    ("severity", "three", "four"),
    [
        (Severity.CRITICAL, "High", "Critical"),
        (Severity.HIGH, "High", "High"),
        (Severity.MEDIUM, "Medium", "Medium"),
        (Severity.LOW, "Low", "Low"),
        (Severity.NEGLIGIBLE, "Low", "Low"),
        (Severity.UNKNOWN, "Low", "Low"),
    ],
)
def test_severities_are_those_that_the_schema_knows(
    severity: Severity, three: str, four: str
) -> None:
    found = exposure(finding(severity=severity))
    assert at(older.vulnerability(FACTS, found), "status/severity") == three
    assert at(newer.vulnerability(FACTS, found), "status/severity") == four


def test_the_older_shape_names_every_cve_and_the_worst_score_of_each_version() -> None:
    row = older.vulnerability(FACTS, exposure(SCORED))
    assert at(row, "additionalData/cvss") == {"2.0": {"base": 6.0}, "3.0": {"base": 7.5}}
    cves = at(row, "additionalData/cve")
    assert isinstance(cves, list)
    assert [one["title"] for one in cves if isinstance(one, dict)] == [
        "CVE-2026-0001",
        "CVE-2026-0002",
    ]
    assert at(row, "additionalData/vendorReferences") == [
        {"title": "https://example.com/a", "link": "https://example.com/a"}
    ]


def test_the_older_shapes_number_is_the_vulnerabilitys_wherever_it_is() -> None:
    here = older.vulnerability(FACTS, exposure(finding(package="a")))
    there = older.vulnerability(FACTS, exposure(finding(package="b")))
    number = at(here, "id")
    assert number == at(there, "id")
    assert isinstance(number, str)
    assert int(number) < 2**53


def test_the_newer_shape_tells_the_worst_vector_and_from_where_it_is_exploited() -> None:
    row = newer.vulnerability(FACTS, exposure(SCORED, exploited=True))
    assert at(row, "additionalData/cvssV30Score") == 7.5
    assert at(row, "additionalData/vulnerabilityDetails/cvss/3.0") == {
        "cvssVectorString": "CVSS:3.1/AV:N/AC:L",
        "base": 7.5,
    }
    path = "additionalData/vulnerabilityDetails/exploitabilityAssessment"
    assert at(row, f"{path}/types") == ["Remote", "Local"]
    assert at(row, f"{path}/exploitStepsPublished") is True


@pytest.mark.parametrize(
    ("fixed", "status", "told", "remediation"),
    [
        ("2.0", None, "FixAvailable", "with version 2.0 or higher"),
        (None, None, "NoFixAvailable", "No remediation exists"),
        (None, "wont-fix", "WontFix", "No remediation exists"),
    ],
)
def test_the_newer_shape_says_whether_there_is_a_fix(
    fixed: str | None, status: str | None, told: str, remediation: str
) -> None:
    row = newer.vulnerability(FACTS, exposure(replace(finding(fixed=fixed), status=status)))
    assert at(row, "additionalData/softwareDetails/fixStatus") == told
    assert remediation in str(at(row, "remediation"))


def test_the_newer_shape_names_the_software_in_azures_words() -> None:
    system = newer.vulnerability(FACTS, exposure(finding()))
    assert at(system, "additionalData/softwareDetails/language") == ""
    assert at(system, "additionalData/softwareDetails/osDetails/osVersion") == "ubuntu_linux_24.04"
    library = replace(finding(), ecosystem="PyPI", category=Category.LANGUAGE)
    row = newer.vulnerability(FACTS, exposure(library))
    assert at(row, "additionalData/softwareDetails/language") == "python"


@pytest.mark.parametrize("told", [older.vulnerability, newer.vulnerability])
def test_a_disabled_finding_is_exempt_and_keeps_its_severity(told: Telling) -> None:
    row = told(FACTS, exposure(finding(), exempt=True))
    code, cause = at(row, "status/code"), at(row, "status/cause")
    assert (code, cause, at(row, "status/severity")) == ("NotApplicable", "Exempt", "High")


def test_only_what_is_a_cve_is_linked() -> None:
    assert cve_link("CVE-2026-0001").endswith("id=CVE-2026-0001")
    assert cve_link("CVE-2026-1&x=<script>") == ""


def test_a_name_leads_back_to_the_image_and_only_names_do() -> None:
    name = sub_assessment_name(AssessmentKey.OLDER, FACTS.stream, "x")
    place = place_of(name.upper())
    assert place is not None
    assert FACTS.stream.startswith(place)
    assert name != sub_assessment_name(AssessmentKey.NEWER, FACTS.stream, "x")
    assert UUID(name).version == 8
    assert str(UUID(name)) == name
    assert place_of("dbd0cb49-b563-45e7-9724-889e799fa648") is None
    assert place_of("") is None
