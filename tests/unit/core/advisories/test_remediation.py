"""The smallest set of upgrades, in words."""

from core.advisories.remediation import Upgrade, upgrades
from core.domain.findings import Category, Finding
from core.domain.values import Severity


def _finding(
    name: str,
    fixed: str | None,
    *,
    package: str = "openssl",
    component: str = "libssl3",
    severity: Severity = Severity.HIGH,
    ecosystem: str = "Debian:12",
) -> Finding:
    return Finding(
        id=name,
        aliases=(name,),
        advisories=(name,),
        ecosystem=ecosystem,
        category=Category.OS,
        package=package,
        component=component,
        purl=f"pkg:deb/debian/{component}@3.0.9-1",
        version="3.0.9-1",
        fixed=fixed,
        severity=severity,
        severity_source="nobody",
        severities=(),
        cvss=(),
        summary="",
        references=(),
    )


def _one(*findings: Finding) -> Upgrade:
    (upgrade,) = upgrades(findings)
    return upgrade


def test_one_upgrade_resolves_all_findings_of_a_package() -> None:
    upgrade = _one(_finding("CVE-1", "3.0.11-1"), _finding("CVE-2", "3.0.11-1~deb12u2"))

    assert upgrade.target == "3.0.11-1"
    assert upgrade.resolved == ("CVE-1", "CVE-2")
    assert upgrade.sentence == (
        "Upgrade openssl (libssl3) from 3.0.9-1 to 3.0.11-1, which resolves 2 findings."
    )


def test_the_target_is_the_highest_in_the_ecosystems_order() -> None:
    assert _one(_finding("CVE-1", "3.0.9-2"), _finding("CVE-2", "3.0.10-1")).target == "3.0.10-1"


def test_components_of_one_source_are_upgraded_together() -> None:
    upgrade = _one(
        _finding("CVE-1", "3.0.11-1", component="openssl"), _finding("CVE-1", "3.0.11-1")
    )

    assert upgrade.components == ("libssl3", "openssl")
    assert upgrade.sentence == (
        "Upgrade openssl (libssl3) from 3.0.9-1 to 3.0.11-1, which resolves 1 finding."
    )


def test_what_has_no_fix_is_said_beside_what_has() -> None:
    upgrade = _one(_finding("CVE-1", "3.0.11-1"), _finding("CVE-2", None))

    assert upgrade.remaining == ("CVE-2",)
    assert upgrade.sentence.endswith("which resolves 1 finding; for 1 more no fix is known.")


def test_where_nothing_can_be_resolved_it_is_said() -> None:
    upgrade = _one(_finding("CVE-1", None))

    assert upgrade.target is None
    assert upgrade.sentence == (
        "No version of openssl is known that resolves 1 finding; 3.0.9-1 is installed."
    )


def test_the_worst_comes_first() -> None:
    found = upgrades(
        [
            _finding("CVE-1", "2", package="a", severity=Severity.LOW),
            _finding("CVE-2", "2", package="b", severity=Severity.CRITICAL),
        ]
    )

    assert [upgrade.package for upgrade in found] == ["b", "a"]


def test_without_findings_nothing_is_to_be_done() -> None:
    assert upgrades([]) == ()
