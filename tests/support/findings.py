"""Findings made by hand, and the blobs that hold them."""

import msgspec

from core.domain.findings import Category, Finding
from core.domain.values import Severity, SeverityCounts


def finding(
    name: str = "CVE-2026-0001",
    package: str = "openssl",
    *,
    component: str | None = None,
    version: str = "1.0",
    severity: Severity = Severity.HIGH,
    fixed: str | None = "1.1",
    aliases: tuple[str, ...] = (),
    purl: str | None = None,
) -> Finding:
    """A vulnerability of one package."""
    component = component or package
    return Finding(
        id=name,
        aliases=tuple(sorted({name, *aliases})),
        advisories=(f"DSA-{name}",),
        ecosystem="Debian:12",
        category=Category.OS,
        package=package,
        component=component,
        purl=purl or f"pkg:deb/debian/{component}@{version}",
        version=version,
        fixed=fixed,
        severity=severity,
        severity_source="a test",
        severities=(),
        cvss=(),
        summary="It is vulnerable.",
        references=(),
    )


def blob(*findings: Finding) -> bytes:
    """Findings as an assessment stores them."""
    return msgspec.json.encode(findings)


def counted(*findings: Finding) -> SeverityCounts:
    """How many there are of each severity."""
    return SeverityCounts.of(one.severity for one in findings)
