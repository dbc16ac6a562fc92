"""Vulnerabilities that another scanner wrote into the SBOM."""

import json

import pytest

from core.advisories.brought import brought, join
from core.domain.findings import Finding
from core.domain.values import Severity
from core.errors import InvalidInventory
from core.inventory import read
from core.inventory.cyclonedx import InventoryLimits

ZLIB = "pkg:deb/debian/zlib1g@1.2.13.dfsg-1?distro=debian-12.4"
JINJA = "pkg:pypi/jinja2@3.1.2"

TRIVYS = {
    "id": "CVE-2023-45853",
    "source": {"name": "debian", "url": "https://salsa.example.org/tracker"},
    "ratings": [
        {"source": {"name": "debian"}, "severity": "low"},
        {
            "source": {"name": "nvd"},
            "score": 9.8,
            "severity": "critical",
            "method": "CVSSv31",
            "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        },
    ],
    "description": "An overflow.\nMore of it.",
    "recommendation": "Upgrade zlib1g to version 1:1.2.13.dfsg-2; Upgrade zlib to version 9",
    "advisories": [{"url": "https://example.org/1"}, {"url": "javascript:alert(1)"}],
    "published": "2023-10-14T02:15:00+00:00",
    "affects": [{"ref": "zlib-ref", "versions": [{"version": "1", "status": "affected"}]}],
}
GRYPES = {
    "id": "GHSA-h5c8-rqwp-cp95",
    "source": {"name": "github-language-python"},
    "references": [{"id": "CVE-2024-22195", "source": {"name": "nvd"}}],
    "ratings": [{"severity": "medium"}],
    "recommendation": "Upgrade to version 3.1.3",
    "affects": [{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#jinja-ref"}],
}


def _sbom(*vulnerabilities: object) -> bytes:
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "metadata": {"tools": {"components": [{"name": "grype", "version": "0.90"}]}},
            "components": [
                {"type": "operating-system", "name": "debian", "version": "12.4"},
                {"type": "library", "bom-ref": "zlib-ref", "name": "zlib1g", "purl": ZLIB},
                {"type": "library", "bom-ref": "jinja-ref", "name": "jinja2", "purl": JINJA},
            ],
            "vulnerabilities": vulnerabilities,
        }
    ).encode()


def _brought(*vulnerabilities: object) -> tuple[Finding, ...]:
    return brought(read(_sbom(*vulnerabilities)))


def test_trivys_vulnerabilities_are_findings_with_its_severity_and_fix() -> None:
    (finding,) = _brought(TRIVYS)

    assert finding.id == "CVE-2023-45853"
    assert (finding.ecosystem, finding.component, finding.purl) == ("Debian:12", "zlib1g", ZLIB)
    assert finding.fixed == "1:1.2.13.dfsg-2"
    assert (finding.severity, finding.severity_source) == (Severity.LOW, "debian by grype")
    assert [(each.source, each.value) for each in finding.severities] == [
        ("debian", "low"),
        ("nvd", "critical"),
    ]
    assert [each.score for each in finding.cvss] == [9.8]
    assert finding.summary == "An overflow."
    assert finding.references == ("https://salsa.example.org/tracker", "https://example.org/1")


def test_grypes_vulnerabilities_are_named_by_their_cve() -> None:
    (finding,) = _brought(GRYPES)

    assert finding.id == "CVE-2024-22195"
    assert finding.aliases == ("CVE-2024-22195", "GHSA-h5c8-rqwp-cp95")
    assert finding.purl == JINJA
    assert finding.fixed == "3.1.3"
    assert (finding.severity, finding.severity_source) == (Severity.MEDIUM, "grype by grype")


def test_what_the_tool_says_is_not_affected_is_no_finding() -> None:
    assert _brought({**TRIVYS, "analysis": {"state": "not_affected"}}) == ()


def test_what_refers_to_nothing_in_the_inventory_is_no_finding() -> None:
    assert _brought({**TRIVYS, "affects": [{"ref": "elsewhere"}]}) == ()


def test_a_vulnerability_listed_twice_is_one_finding() -> None:
    assert len(_brought(TRIVYS, TRIVYS)) == 1


@pytest.mark.parametrize(
    "vulnerability",
    [1, {"id": 5}, {**TRIVYS, "affects": [{}]}, {**TRIVYS, "ratings": {}}, {"affects": []}],
)
def test_vulnerabilities_that_cannot_be_read_are_refused(vulnerability: object) -> None:
    with pytest.raises(InvalidInventory, match="vulnerabilities"):
        _brought(vulnerability)


@pytest.mark.parametrize("name", ["", "CVE-1\u001b[31m", "CVE-" + "1" * 200])
def test_a_vulnerability_with_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidInventory, match="a vulnerability named"):
        _brought({**TRIVYS, "id": name})


def test_too_many_vulnerabilities_are_refused() -> None:
    with pytest.raises(InvalidInventory, match="at most 1 "):
        read(_sbom(TRIVYS, GRYPES), InventoryLimits(vulnerabilities=1))


def test_joined_with_our_own_only_what_is_not_covered_is_added() -> None:
    (zlib,) = _brought(TRIVYS)
    (jinja,) = _brought(GRYPES)

    assert join([], [zlib, jinja]) == (jinja, zlib)
    assert join([jinja], [jinja, zlib]) == (jinja, zlib)
    assert join([jinja], [jinja]) == (jinja,)
