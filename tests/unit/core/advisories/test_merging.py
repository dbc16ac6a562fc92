"""Records of one vulnerability become one finding; others stay apart."""

from pathlib import Path

from core.advisories.matching import match
from core.domain.findings import Finding
from core.inventory.packages import Package
from tests.support.advisories import Json, affected, below, inventory, opened, package, record


def _findings(
    folder: Path, installed: Package, system: str | None, *records: Json
) -> tuple[Finding, ...]:
    with opened(folder, *records) as advisories:
        return match(advisories, inventory(installed, system=system)).findings


PYTHON = package("pypi", "a", "1.0")
DEBIAN = package("deb", "a", "1.0-1")


def test_records_that_name_each_other_are_one_finding_named_by_its_cve(tmp_path: Path) -> None:
    (finding,) = _findings(
        tmp_path,
        PYTHON,
        None,
        record("PYSEC-1", below("PyPI", "a", "2.0"), aliases=["CVE-2024-1", "GHSA-a"]),
        record("GHSA-a", below("PyPI", "a", "2.1"), aliases=["CVE-2024-1"], summary="A hole"),
    )

    assert finding.id == "CVE-2024-1"
    assert finding.advisories == ("GHSA-a", "PYSEC-1")
    assert finding.aliases == ("CVE-2024-1", "GHSA-a", "PYSEC-1")
    assert finding.fixed == "2.1"
    assert finding.summary == "A hole"


def test_aliases_are_followed_through_a_third_record(tmp_path: Path) -> None:
    (finding,) = _findings(
        tmp_path,
        PYTHON,
        None,
        record("PYSEC-1", below("PyPI", "a", "2"), aliases=["X-9"]),
        record("PYSEC-2", below("PyPI", "a", "2"), aliases=["Y-9"]),
        record("PYSEC-3", below("PyPI", "a", "2"), aliases=["X-9", "Y-9"]),
    )

    assert finding.advisories == ("PYSEC-1", "PYSEC-2", "PYSEC-3")
    assert finding.id == "PYSEC-1"


def test_without_a_cve_a_finding_is_named_by_its_ghsa(tmp_path: Path) -> None:
    (finding,) = _findings(
        tmp_path,
        PYTHON,
        None,
        record("PYSEC-1", below("PyPI", "a", "2"), aliases=["GHSA-b", "GHSA-a"]),
    )

    assert finding.id == "GHSA-a"


def test_a_distributions_record_of_one_cve_is_named_by_it(tmp_path: Path) -> None:
    (finding,) = _findings(
        tmp_path,
        DEBIAN,
        "debian 12",
        record("DEBIAN-CVE-2024-1", below("Debian:12", "a", "2"), upstream=["CVE-2024-1"]),
        record(
            "DSA-1-1",
            below("Debian:12", "a", "3"),
            upstream=["CVE-2024-1", "DEBIAN-CVE-2024-1"],
        ),
    )

    assert (finding.id, finding.fixed) == ("CVE-2024-1", "3")
    assert finding.advisories == ("DEBIAN-CVE-2024-1", "DSA-1-1")


def test_a_record_of_several_cves_keeps_its_id_and_is_found_by_each(tmp_path: Path) -> None:
    findings = _findings(
        tmp_path,
        DEBIAN,
        "debian 12",
        record("DSA-1-1", below("Debian:12", "a", "2"), upstream=["CVE-2024-1", "CVE-2024-2"]),
        record("DEBIAN-CVE-2024-1", below("Debian:12", "a", "2"), upstream=["CVE-2024-1"]),
    )

    assert [finding.id for finding in findings] == ["CVE-2024-1", "DSA-1-1"]
    assert findings[1].cves == ("CVE-2024-1", "CVE-2024-2")


def test_an_rpm_distributions_related_cve_is_what_its_record_is_about(tmp_path: Path) -> None:
    (finding,) = _findings(
        tmp_path,
        package("rpm", "a", "1-1"),
        "almalinux 9",
        record("ALSA-1", below("AlmaLinux:9", "a", "2-1"), related=["CVE-2024-1"]),
    )

    assert finding.id == "CVE-2024-1"


def test_a_languages_related_cve_is_another_vulnerability(tmp_path: Path) -> None:
    findings = _findings(
        tmp_path,
        PYTHON,
        None,
        record("PYSEC-1", below("PyPI", "a", "2"), related=["CVE-2024-1"]),
        record("PYSEC-2", below("PyPI", "a", "2"), aliases=["CVE-2024-1"]),
    )

    assert [finding.id for finding in findings] == ["CVE-2024-1", "PYSEC-1"]


def test_a_fix_that_one_of_the_records_knows_is_known(tmp_path: Path) -> None:
    (finding,) = _findings(
        tmp_path,
        PYTHON,
        None,
        record("PYSEC-1", affected("PyPI", "a", {"introduced": "0"}), aliases=["CVE-2024-1"]),
        record("GHSA-a", below("PyPI", "a", "1.10"), aliases=["CVE-2024-1"]),
    )

    assert finding.fixed == "1.10"


def test_only_the_records_that_apply_are_behind_a_finding(tmp_path: Path) -> None:
    (finding,) = _findings(
        tmp_path,
        PYTHON,
        None,
        record("PYSEC-1", below("PyPI", "a", "2"), aliases=["CVE-2024-1"]),
        record("GHSA-a", below("PyPI", "a", "0.5"), aliases=["CVE-2024-1"]),
    )

    assert finding.advisories == ("PYSEC-1",)


def test_the_fix_resolves_every_record_behind_the_finding(tmp_path: Path) -> None:
    lines = affected(
        "PyPI", "a", {"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.3"}
    )
    (finding,) = _findings(
        tmp_path,
        PYTHON,
        None,
        record("PYSEC-1", lines, aliases=["CVE-2024-1"]),
        record("GHSA-a", below("PyPI", "a", "2.1"), aliases=["CVE-2024-1"]),
    )

    assert finding.fixed == "2.3"
