"""Matching an inventory with the advisories: from packages to findings.

Each package is looked up by its coordinates; its version's place among the bounds decides every
claim. Claims of records that describe one vulnerability become one finding. What could not be
decided is listed, never silently safe or affected.

Images share most of their packages, so what the advisories say of a package is kept: assessing a
fleet costs per distinct package.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from core.advisories.database import Advisories
from core.advisories.merging import Found, Merged, merge
from core.advisories.packages import Coordinate, Unmapped, category, coordinates
from core.advisories.verdicts import verdict
from core.domain.findings import Category, Finding
from core.inventory.packages import Inventory, Package

_KEPT = 50_000
"""Vulnerabilities, and packages without any, that are kept ready before all are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A package of which it could not be decided whether an advisory applies."""

    package: Package
    """The package."""
    why: str
    """What could not be compared, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What matching an inventory gives."""

    findings: tuple[Finding, ...]
    """Worst first, then by id, package and component."""
    unknown: tuple[Unknown, ...]
    """Packages that could not be decided, in the inventory's order."""
    uncovered: tuple[tuple[str, int], ...]
    """Why there are no advisories on some packages, and on how many, sorted."""

    @property
    def uncompared(self) -> int:
        """How many packages could not be decided: visible, never silent."""
        return len(self.unknown) + sum(count for _, count in self.uncovered)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assessed:
    """What the advisories say of one package at one version."""

    vulnerabilities: tuple[Merged, ...]
    undecided: tuple[str, ...]


class Matcher:
    """Matches inventories with one database of advisories."""

    def __init__(self, advisories: Advisories) -> None:
        self.advisories = advisories
        """What is matched with."""
        self._assessed: dict[tuple[tuple[Coordinate, ...], str | None], _Assessed] = {}
        self._kept = 0

    def match(self, inventory: Inventory) -> Matched:
        """The findings of an inventory, and what could not be decided."""
        findings: list[Finding] = []
        unknown: list[Unknown] = []
        uncovered: Counter[str] = Counter()
        for package in inventory.packages:
            looked_up = coordinates(package, inventory.os)
            if isinstance(looked_up, Unmapped):
                uncovered[looked_up.why] += 1
            elif not any(at.ecosystem in self.advisories.ecosystems for at in looked_up):
                uncovered[f"there are no advisories for {looked_up[0].ecosystem}"] += 1
            else:
                assessed = self._assess(looked_up, package)
                findings += self._findings(assessed, package)
                if assessed.undecided:
                    unknown.append(Unknown(package=package, why="; ".join(assessed.undecided)))
        return Matched(
            findings=tuple(sorted(findings, key=order)),
            unknown=tuple(unknown),
            uncovered=tuple(sorted(uncovered.items())),
        )

    def _assess(self, looked_up: tuple[Coordinate, ...], package: Package) -> _Assessed:
        kept = self._assessed.get((looked_up, package.module))
        if kept is not None:
            return kept
        said = verdict(self.advisories, looked_up, package.module)
        found = (
            Found(hit=hit, advisory=self.advisories.advisory(hit.advisory)) for hit in said.hits
        )
        vendor = category(package) is Category.OS
        assessed = _Assessed(vulnerabilities=merge(found, vendor=vendor), undecided=said.undecided)
        self._kept += len(assessed.vulnerabilities) + 1
        if self._kept > _KEPT:
            self._assessed.clear()
            self._kept = 0
        self._assessed[looked_up, package.module] = assessed
        return assessed

    def _findings(self, assessed: _Assessed, package: Package) -> Iterator[Finding]:
        for merged in assessed.vulnerabilities:
            yield Finding(
                id=merged.id,
                aliases=merged.aliases,
                advisories=merged.advisories,
                ecosystem=merged.ecosystem,
                category=category(package),
                package=merged.package,
                component=package.name,
                purl=package.purl,
                version=merged.version,
                fixed=merged.fixed,
                severity=merged.severity,
                severity_source=merged.severity_source,
                severities=merged.severities,
                cvss=merged.cvss,
                summary=merged.summary,
                references=merged.references,
                published=merged.published,
                modified=merged.modified,
                status=merged.status,
                layer=package.layer,
            )


def match(advisories: Advisories, inventory: Inventory) -> Matched:
    """The findings of one inventory; for many, keep a `Matcher`."""
    return Matcher(advisories).match(inventory)


def order(finding: Finding) -> tuple[int, str, str, str, str]:
    """Where a finding stands among an image's: worst first, then by id, package, component."""
    return (
        finding.severity.rank,
        finding.id,
        finding.package,
        finding.component,
        finding.purl,
    )
