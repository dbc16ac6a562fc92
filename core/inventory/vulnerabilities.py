"""Vulnerabilities that stand in an SBOM: what the tool that wrote it found by its own means.

Trivy, Grype and others write them when they have a database of their own. They are believed because
the SBOM was written by the cataloger that we started: one that lies in an image is never read here.

Source: the CycloneDX 1.4 to 1.7 JSON schemas; how Trivy and Grype fill them.
"""

from collections.abc import Iterator, Mapping, Sequence

from core.errors import InvalidInventory
from core.inventory.cyclonedx import InventoryLimits, Vulnerability
from core.inventory.packages import Brought, Package

MAX_NAME = 128
"""Characters of an id; the longest honest ones have some thirty."""

_NOT_AFFECTED = frozenset({"false_positive", "not_affected", "resolved", "resolved_with_pedigree"})
"""States of an analysis that say: this is none."""


def brought(
    found: Sequence[Vulnerability], by_ref: Mapping[str, Package], limits: InventoryLimits
) -> Iterator[Brought]:
    """Each vulnerability with each package that has it, in the document's order.

    Raises `InvalidInventory` if there are too many, or one has a name that is none.
    """
    if len(found) > limits.vulnerabilities:
        raise InvalidInventory(
            f"The SBOM has {len(found):,} vulnerabilities;"
            f" at most {limits.vulnerabilities:,} are read."
        )
    for vulnerability in found:
        for name in vulnerability.names:
            if not (0 < len(name) <= MAX_NAME and name.isprintable()):
                raise InvalidInventory(f"The SBOM has a vulnerability named {name[:40]!r}.")
        if vulnerability.analysis.state not in _NOT_AFFECTED:
            for package in dict.fromkeys(_affected(vulnerability, by_ref)):
                yield Brought(vulnerability=vulnerability, package=package)


def _affected(vulnerability: Vulnerability, by_ref: Mapping[str, Package]) -> Iterator[Package]:
    for affects in vulnerability.affects:
        _, _, local = affects.ref.rpartition("#")  # `urn:cdx:serial/version#ref` means this SBOM
        package = by_ref.get(affects.ref) or by_ref.get(local)
        if package is not None:
            yield package
