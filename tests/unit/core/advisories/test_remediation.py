"""The smallest set of upgrades, in words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.advisories.database import Advisories
from core.advisories.matching import match
from core.advisories.remediation import Upgrade, upgrades
from core.domain.findings import Category, Finding
from core.domain.values import Severity
from tests.support.advisories import affected, below, inventory, opened, package, record


@pytest.fixture(name="advisories")
def _advisories(tmp_path: Path) -> Iterator[Advisories]:
    """Advisories that say nothing of what these tests are about."""
    with opened(tmp_path, record("X-1", below("npm", "elsewhere", "1.0.0"))) as advisories:
        yield advisories


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


def _one(advisories: Advisories, *findings: Finding) -> Upgrade:
    (upgrade,) = upgrades(findings, advisories)
    return upgrade


def test_one_upgrade_resolves_all_findings_of_a_package(advisories: Advisories) -> None:
    upgrade = _one(advisories, _finding("CVE-1", "3.0.11-1"), _finding("CVE-2", "3.0.11-1~deb12u2"))

    assert upgrade.target == "3.0.11-1"
    assert upgrade.resolved == ("CVE-1", "CVE-2")
    assert upgrade.sentence == (
        "Upgrade openssl (libssl3) from 3.0.9-1 to 3.0.11-1, which resolves 2 findings."
    )


def test_the_target_is_the_highest_in_the_ecosystems_order(advisories: Advisories) -> None:
    assert (
        _one(advisories, _finding("CVE-1", "3.0.9-2"), _finding("CVE-2", "3.0.10-1")).target
        == "3.0.10-1"
    )


def test_components_of_one_source_are_upgraded_together(advisories: Advisories) -> None:
    upgrade = _one(
        advisories,
        _finding("CVE-1", "3.0.11-1", component="openssl"),
        _finding("CVE-1", "3.0.11-1"),
    )

    assert upgrade.components == ("libssl3", "openssl")
    assert upgrade.sentence == (
        "Upgrade openssl (libssl3) from 3.0.9-1 to 3.0.11-1, which resolves 1 finding."
    )


def test_what_has_no_fix_is_said_beside_what_has(advisories: Advisories) -> None:
    upgrade = _one(advisories, _finding("CVE-1", "3.0.11-1"), _finding("CVE-2", None))

    assert upgrade.remaining == ("CVE-2",)
    assert upgrade.sentence.endswith(
        "which resolves 1 finding; 1 finding cannot be resolved by that."
    )


def test_where_nothing_can_be_resolved_it_is_said(advisories: Advisories) -> None:
    upgrade = _one(advisories, _finding("CVE-1", None))

    assert upgrade.target is None
    assert upgrade.sentence == (
        "No version of openssl is known that resolves 1 finding; 3.0.9-1 is installed."
    )


def test_the_worst_comes_first(advisories: Advisories) -> None:
    found = upgrades(
        [
            _finding("CVE-1", "2", package="a", severity=Severity.LOW),
            _finding("CVE-2", "2", package="b", severity=Severity.CRITICAL),
        ],
        advisories,
    )

    assert [upgrade.package for upgrade in found] == ["b", "a"]


def test_without_findings_nothing_is_to_be_done(advisories: Advisories) -> None:
    assert upgrades([], advisories) == ()


def test_a_fix_in_one_line_of_releases_does_not_count_in_the_next(tmp_path: Path) -> None:
    lines = affected(
        "PyPI",
        "a",
        {"introduced": "0"},
        {"fixed": "2.2.28"},
        {"introduced": "3.2"},
        {"fixed": "3.2.13"},
    )
    with opened(
        tmp_path, record("X-1", lines), record("X-2", below("PyPI", "a", "3.2.5"))
    ) as advisories:
        matched = match(advisories, inventory(package("pypi", "a", "2.2.10")))
        upgrade = _one(advisories, *matched.findings)

    assert [finding.fixed for finding in matched.findings] == ["2.2.28", "3.2.5"]
    assert (upgrade.target, upgrade.resolved, upgrade.remaining) == ("3.2.13", ("X-1", "X-2"), ())


def test_what_no_version_resolves_together_is_left(tmp_path: Path) -> None:
    lines = affected("PyPI", "a", {"introduced": "0"}, {"fixed": "2.5"}, {"introduced": "3.0"})
    with opened(
        tmp_path, record("X-1", lines), record("X-2", below("PyPI", "a", "3.2"))
    ) as advisories:
        matched = match(advisories, inventory(package("pypi", "a", "2.0")))
        upgrade = _one(advisories, *matched.findings)

    assert (upgrade.target, upgrade.resolved, upgrade.remaining) == ("3.2", ("X-2",), ("X-1",))
