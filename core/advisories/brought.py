"""Vulnerabilities that an inventory brings along: what another scanner found by its own means.

Trivy, Grype and others can write what they matched with their own databases into the SBOM
(CycloneDX `vulnerabilities`). That is taken at its word and attributed to the tool, so any scanner
that writes CycloneDX can be plugged in.
"""

import re
from collections.abc import Iterable, Iterator

from core.advisories.layout import Vector, Word
from core.advisories.matching import order
from core.advisories.merging import preferred
from core.advisories.packages import Unmapped, category, coordinates
from core.advisories.severity import choose, vector
from core.domain.findings import Cvss, Finding, SourceSeverity
from core.domain.values import Severity
from core.inventory.cyclonedx import Vulnerability
from core.inventory.packages import Inventory, Package

MAX_REFERENCES = 20
_MAX_SUMMARY = 300

_UPGRADE = re.compile(r"Upgrade (?:(\S+) )?to version (\S+?)(?=[;,]|$)")
"""How tools recommend a fix: `Upgrade zlib1g to version 1:1.2.13-2`."""


def brought(inventory: Inventory) -> tuple[Finding, ...]:
    """What the cataloger itself found in the packages of an inventory, worst first."""
    findings = {
        (finding.id, finding.purl): finding
        for each in inventory.brought
        for finding in (_finding(each.vulnerability, each.package, inventory),)
    }
    return tuple(sorted(findings.values(), key=order))


def join(ours: Iterable[Finding], theirs: Iterable[Finding]) -> tuple[Finding, ...]:
    """Our findings, and those of another tool that ours do not cover, worst first.

    A finding of theirs is covered if ours has one of its names on the same component.
    """
    joined = list(ours)
    covered = {(name, each.purl) for each in joined for name in (each.id, *each.aliases)}
    joined += [
        each
        for each in theirs
        if all((name, each.purl) not in covered for name in (each.id, *each.aliases))
    ]
    return tuple(sorted(joined, key=order))


def _finding(vulnerability: Vulnerability, package: Package, inventory: Inventory) -> Finding:
    names = vulnerability.names
    words = tuple(
        Word(each.source.name or inventory.tool, each.severity)
        for each in vulnerability.ratings
        if each.severity
    )
    scored = (vector(each.vector) for each in vulnerability.ratings if each.vector)
    vectors = tuple(dict.fromkeys(each for each in scored if each is not None))
    severity, source = _chosen(vulnerability, words, vectors)
    at = coordinates(package, inventory.os)
    return Finding(
        id=preferred(names, (vulnerability.id,)),
        aliases=tuple(sorted(names)),
        advisories=(vulnerability.id,),
        ecosystem=package.type if isinstance(at, Unmapped) else at[0].ecosystem,
        category=category(package),
        package=package.source_name or package.name,
        component=package.name,
        purl=package.purl,
        version=package.version,
        fixed=_fix(vulnerability.recommendation, package),
        severity=severity,
        severity_source=f"{source} by {inventory.tool}",
        severities=tuple(SourceSeverity(source=each.source, value=each.value) for each in words),
        cvss=tuple(Cvss(version=v.version, vector=v.vector, score=v.score) for v in vectors),
        summary=vulnerability.description.strip().partition("\n")[0][:_MAX_SUMMARY],
        references=tuple(_addresses(vulnerability))[:MAX_REFERENCES],
        published=vulnerability.published,
        modified=vulnerability.updated,
        layer=package.layer,
    )


def _chosen(
    vulnerability: Vulnerability, words: Iterable[Word], vectors: Iterable[Vector]
) -> tuple[Severity, str]:
    """By the rule for our own findings; the vendor is who the tool took the vulnerability from."""
    words = tuple(words)
    vendors = tuple(each for each in words if each.source == vulnerability.source.name)
    return choose(vendors or words, vectors, vendor=bool(vendors))


def _fix(recommendation: str, package: Package) -> str | None:
    """The version that the tool recommends for this package."""
    for name, version in _UPGRADE.findall(recommendation):
        if name in ("", package.name):
            return str(version)
    return None


def _addresses(vulnerability: Vulnerability) -> Iterator[str]:
    for each in (vulnerability.source, *vulnerability.advisories):
        if each.url.startswith(("https://", "http://")) and each.url.isprintable():
            yield each.url
