"""Vulnerabilities that an inventory brings along: what another scanner found by its own means.

Trivy, Grype and others can write what they matched with their own databases into the SBOM
(CycloneDX `vulnerabilities`). That is taken at its word and attributed to the tool, so any scanner
that writes CycloneDX can be plugged in. Only an SBOM that the configured cataloger wrote may be
given to this module, never one that was found inside an image.

Source: the CycloneDX 1.4 to 1.7 JSON schemas; how Trivy and Grype fill them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from core.advisories.layout import Vector, Word
from core.advisories.merging import preferred
from core.advisories.packages import Unmapped, category, coordinates
from core.advisories.severity import choose, vector
from core.domain.findings import Cvss, Finding, SourceSeverity
from core.domain.values import Severity
from core.errors import InvalidInventory
from core.inventory.packages import Inventory, Package

MAX_VULNERABILITIES = 200_000
MAX_REFERENCES = 20
_MAX_SUMMARY = 300

_NOT_AFFECTED = frozenset({"false_positive", "not_affected", "resolved", "resolved_with_pedigree"})
"""States of an analysis that say: this is none."""

_UPGRADE = re.compile(r"Upgrade (?:(\S+) )?to version (\S+?)(?=[;,]|$)")
"""How tools recommend a fix: `Upgrade zlib1g to version 1:1.2.13-2`."""


class _Named(msgspec.Struct, frozen=True, gc=False):
    name: str = ""
    id: str = ""
    url: str = ""


class _Rating(msgspec.Struct, frozen=True):
    source: _Named = _Named()
    severity: str = ""
    vector: str = ""


class _Analysis(msgspec.Struct, frozen=True):
    state: str = ""


class _Affects(msgspec.Struct, frozen=True):
    ref: str


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str = ""
    source: _Named = _Named()
    references: tuple[_Named, ...] = ()
    ratings: tuple[_Rating, ...] = ()
    description: str = ""
    recommendation: str = ""
    advisories: tuple[_Named, ...] = ()
    published: str | None = None
    updated: str | None = None
    analysis: _Analysis = _Analysis()
    affects: tuple[_Affects, ...] = ()


class _Component(msgspec.Struct, frozen=True):
    ref: str = msgspec.field(name="bom-ref", default="")
    purl: str = ""
    components: "tuple[_Component, ...]" = ()


class _Document(msgspec.Struct, frozen=True):
    components: tuple[_Component, ...] = ()
    vulnerabilities: tuple[_Vulnerability, ...] = ()


_DECODER = msgspec.json.Decoder(_Document)


def brought(document: bytes, inventory: Inventory) -> tuple[Finding, ...]:
    """What the tool that wrote this SBOM found in the packages of its inventory, worst first.

    The document must be one that `core.inventory.read` took. Raises `InvalidInventory` if its
    vulnerabilities cannot be read or are too many.
    """
    try:
        decoded = _DECODER.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInventory(f"The SBOM's vulnerabilities cannot be read: {error}") from error
    if len(decoded.vulnerabilities) > MAX_VULNERABILITIES:
        raise InvalidInventory(
            f"The SBOM has {len(decoded.vulnerabilities):,} vulnerabilities;"
            f" at most {MAX_VULNERABILITIES:,} are read."
        )
    packages = {package.purl: package for package in inventory.packages}
    by_ref = dict(_references(decoded.components, packages))
    findings = {
        (finding.id, finding.purl): finding
        for vulnerability in decoded.vulnerabilities
        if vulnerability.analysis.state not in _NOT_AFFECTED and vulnerability.id.isprintable()
        for package in _affected(vulnerability, by_ref)
        for finding in (_finding(vulnerability, package, inventory),)
    }
    return tuple(
        sorted(findings.values(), key=lambda each: (each.severity.rank, each.id, each.purl))
    )


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
    return tuple(
        sorted(joined, key=lambda each: (each.severity.rank, each.id, each.package, each.purl))
    )


def _references(
    components: Iterable[_Component], packages: Mapping[str, Package]
) -> Iterator[tuple[str, Package]]:
    """What a vulnerability may refer to, and the package that is meant."""
    waiting = list(components)
    while waiting:
        component = waiting.pop()
        waiting += component.components
        package = packages.get(component.purl)
        if package is not None and component.ref:
            yield component.ref, package


def _affected(vulnerability: _Vulnerability, by_ref: Mapping[str, Package]) -> Iterator[Package]:
    for affects in vulnerability.affects:
        _, _, local = affects.ref.rpartition("#")  # `urn:cdx:serial/version#ref` means this SBOM
        package = by_ref.get(affects.ref) or by_ref.get(local)
        if package is not None:
            yield package


def _finding(vulnerability: _Vulnerability, package: Package, inventory: Inventory) -> Finding:
    names = {vulnerability.id, *(each.id for each in vulnerability.references if each.id)}
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
    vulnerability: _Vulnerability, words: Iterable[Word], vectors: Iterable[Vector]
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


def _addresses(vulnerability: _Vulnerability) -> Iterator[str]:
    for each in (vulnerability.source, *vulnerability.advisories):
        if each.url.startswith(("https://", "http://")) and each.url.isprintable():
            yield each.url
