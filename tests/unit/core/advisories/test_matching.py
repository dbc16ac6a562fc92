"""From an inventory to findings: what applies, what does not, and what cannot be said."""

from pathlib import Path

import pytest

from core.advisories.matching import Matched, Matcher, match
from core.domain.findings import Category
from core.inventory.packages import Package
from tests.support.advisories import Json, affected, below, inventory, opened, package, record


def _match(folder: Path, system: str | None, installed: Package, *records: Json) -> Matched:
    with opened(folder, *records) as advisories:
        return match(advisories, inventory(installed, system=system))


def _ids(matched: Matched) -> list[str]:
    return [finding.id for finding in matched.findings]


@pytest.mark.parametrize(
    ("system", "installed", "claim", "fixed"),
    [
        (
            "debian 12.15",
            package("deb", "libssl3", "3.0.9-1", source_name="openssl", source_version="3.0.9-1"),
            below("Debian:12", "openssl", "3.0.11-1"),
            "3.0.11-1",
        ),
        (
            "alpine 3.19.1",
            package(
                "apk", "libcrypto3", "3.1.4-r1", source_name="openssl", source_version="3.1.4-r1"
            ),
            below("Alpine:v3.19", "openssl", "3.1.4-r3"),
            "3.1.4-r3",
        ),
        (
            "almalinux 9.3",
            package("rpm", "openssl-libs", "1:3.0.7-24.el9", source_name="openssl"),
            below("AlmaLinux:9", "openssl-libs", "1:3.0.7-25.el9_3"),
            "1:3.0.7-25.el9_3",
        ),
        (None, package("pypi", "Jinja2", "3.1.2"), below("PyPI", "jinja2", "3.1.3"), "3.1.3"),
        (
            None,
            package("npm", "traverse", "7.23.0", namespace="@babel"),
            below("npm", "@babel/traverse", "7.23.2"),
            "7.23.2",
        ),
        (
            None,
            package("golang", "net", "v0.16.0", namespace="golang.org/x"),
            below("Go", "golang.org/x/net", "0.17.0"),
            "0.17.0",
        ),
        (None, package("cargo", "time", "0.1.44"), below("crates.io", "time", "0.2.23"), "0.2.23"),
    ],
)
def test_a_package_below_the_fix_is_found_and_at_the_fix_is_not(
    tmp_path: Path, system: str | None, installed: Package, claim: Json, fixed: str
) -> None:
    claims = record("X-1", claim)
    with opened(tmp_path, claims) as advisories:
        (finding,) = match(advisories, inventory(installed, system=system)).findings
        better = package(
            installed.type,
            installed.name,
            fixed,
            **{
                key: value
                for key in ("namespace", "source_name")
                if (value := getattr(installed, key)) is not None
            },
        )
        assert match(advisories, inventory(better, system=system)).findings == ()

    assert finding.fixed == fixed
    assert finding.patchable
    assert finding.component == installed.name
    assert finding.purl == installed.purl
    assert finding.category is (Category.OS if system else Category.LANGUAGE)


def test_a_finding_says_what_the_record_says(tmp_path: Path) -> None:
    matched = _match(
        tmp_path,
        None,
        package("pypi", "a", "1.0", layer="sha256:" + "1" * 64),
        record(
            "GHSA-aaaa-bbbb-cccc",
            below("PyPI", "A", "2.0"),
            aliases=["CVE-2024-1"],
            related=["CVE-2020-9"],
            summary="A hole",
            published="2024-01-01T00:00:00Z",
            severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            references=[{"type": "WEB", "url": "https://example.org/1"}, {"url": "javascript:1"}],
            database_specific={"severity": "HIGH"},
        ),
    )

    (finding,) = matched.findings
    assert finding.id == "CVE-2024-1"
    assert finding.aliases == ("CVE-2020-9", "CVE-2024-1", "GHSA-aaaa-bbbb-cccc")
    assert finding.cves == ("CVE-2020-9", "CVE-2024-1")
    assert finding.advisories == ("GHSA-aaaa-bbbb-cccc",)
    assert (finding.package, finding.version, finding.fixed) == ("A", "1.0", "2.0")
    assert (finding.severity, finding.severity_source) == ("Critical", "CVSS v3.1")
    assert [(said.source, said.value) for said in finding.severities] == [
        ("GHSA-aaaa-bbbb-cccc", "HIGH"),
        ("CVSS v3.1", "9.8"),
    ]
    assert [(each.version, each.score) for each in finding.cvss] == [("3.1", 9.8)]
    assert finding.summary == "A hole"
    assert finding.references == ("https://example.org/1",)
    assert finding.published == "2024-01-01T00:00:00Z"
    assert finding.layer == "sha256:" + "1" * 64


def test_findings_come_worst_first(tmp_path: Path) -> None:
    words = {"X-1": "LOW", "X-2": "CRITICAL", "X-3": "MODERATE", "X-4": None, "X-5": "CRITICAL"}
    matched = _match(
        tmp_path,
        None,
        package("pypi", "a", "1.0"),
        *(
            record(name, below("PyPI", "a", "2.0"), database_specific={"severity": word})
            for name, word in words.items()
        ),
    )

    assert _ids(matched) == ["X-2", "X-5", "X-3", "X-1", "X-4"]
    assert [f.severity_source for f in matched.findings][-2:] == ["X-1", "nobody"]


def test_a_release_of_a_distribution_knows_nothing_of_the_others(tmp_path: Path) -> None:
    installed = package("deb", "zlib1g", "1.0-1", source_name="zlib", source_version="1.0-1")
    claim = record("X-1", below("Debian:11", "zlib", "2.0-1"), below("Debian:12", "xz", "2.0-1"))

    assert _ids(_match(tmp_path, "debian 12.1", installed, claim)) == []
    assert _ids(_match(tmp_path, "debian 11.9", installed, claim)) == ["X-1"]


def test_a_version_that_cannot_be_compared_is_unknown_neither_safe_nor_affected(
    tmp_path: Path,
) -> None:
    matched = _match(
        tmp_path,
        None,
        package("golang", "app", "(devel)"),
        record("X-1", below("Go", "app", "2.0.0")),
    )

    assert matched.findings == ()
    (unknown,) = matched.unknown
    assert "(devel)" in unknown.why
    assert unknown.package.name == "app"


def test_a_version_that_cannot_be_compared_is_affected_where_every_version_is(
    tmp_path: Path,
) -> None:
    matched = _match(
        tmp_path,
        None,
        package("golang", "app", "(devel)"),
        record("X-1", affected("Go", "app", {"introduced": "0"})),
    )

    assert _ids(matched) == ["X-1"]
    assert matched.findings[0].fixed is None
    assert matched.unknown == ()


def test_a_version_that_cannot_be_compared_is_affected_where_it_is_enumerated(
    tmp_path: Path,
) -> None:
    claim = record("X-1", below("PyPI", "a", "0.2", versions=["2012-01-01odd", "0.1"]))

    assert _ids(_match(tmp_path, None, package("pypi", "a", "2012-01-01odd"), claim)) == ["X-1"]
    assert _ids(_match(tmp_path, None, package("pypi", "a", "2012-01-02odd"), claim)) == []


def test_enumerated_versions_are_affected_beside_the_ranges(tmp_path: Path) -> None:
    claim = record("X-1", below("PyPI", "a", "1.0", versions=["0.5", "1.5.0", "1.7"]))
    for version, expected in {"0.5": 1, "1.2": 0, "1.5": 1, "1.6": 0, "1.7.0": 1}.items():
        matched = _match(tmp_path, None, package("pypi", "a", version), claim)
        assert len(matched.findings) == expected, version


def test_a_claim_that_cannot_be_evaluated_leaves_the_package_undecided(tmp_path: Path) -> None:
    claims = (
        record("X-1", below("PyPI", "a", "latest")),
        record("X-2", affected("PyPI", "a", {"introduced": "2"}, {"fixed": "1"})),
    )

    matched = _match(tmp_path, None, package("pypi", "a", "1.0"), *claims)

    assert matched.findings == ()
    (unknown,) = matched.unknown
    assert "version that cannot be compared" in unknown.why
    assert "contradictory events" in unknown.why
    assert matched.uncompared == 1


def test_what_no_advisories_speak_of_is_counted(tmp_path: Path) -> None:
    with opened(tmp_path, record("X-1", below("PyPI", "a", "1"))) as advisories:
        matched = match(
            advisories,
            inventory(
                package("deb", "bash", "5"),
                package("npm", "a", "1"),
                package("npm", "b", "1"),
                package("generic", "c", "1"),
                system="debian 12",
            ),
        )

    assert dict(matched.uncovered) == {
        "there are no advisories for Debian:12": 1,
        "there are no advisories for npm": 2,
        "no advisories are known for packages of type generic": 1,
    }


def test_a_package_named_twice_in_a_record_is_affected_if_either_says_so(tmp_path: Path) -> None:
    claim = record("X-1", below("PyPI", "a", "1.0"), below("PyPI", "a", "3.0"))

    matched = _match(tmp_path, None, package("pypi", "a", "2.0"), claim)

    assert [(finding.id, finding.fixed) for finding in matched.findings] == [("X-1", "3.0")]


def test_each_component_of_one_source_has_its_own_finding(tmp_path: Path) -> None:
    with opened(tmp_path, record("X-1", below("Debian:12", "openssl", "3.1-1"))) as advisories:
        matched = match(
            advisories,
            inventory(
                *(
                    package("deb", name, "3.0-1", source_name="openssl", source_version="3.0-1")
                    for name in ("openssl", "libssl3")
                ),
                system="debian 12",
            ),
        )

    assert [finding.component for finding in matched.findings] == ["libssl3", "openssl"]


@pytest.mark.parametrize(
    ("version", "stream", "expected"),
    [
        ("1:18.1-1.module_el8+1", "nodejs:18", ["X-18"]),
        ("1:16.1-1.module_el8+1", "nodejs:16", ["X-16"]),
        ("1:16.9-1.module_el8+1", "nodejs:16", []),
        ("1:16.1-1.module_el8+1", None, ["X-16", "X-18"]),
        ("1:10.1-1.el8", None, ["X-0"]),
    ],
)
def test_a_fix_for_one_module_stream_says_nothing_of_another(
    tmp_path: Path, version: str, stream: str | None, expected: list[str]
) -> None:
    installed = package("rpm", "nodejs", version, **({"module": stream} if stream else {}))
    matched = _match(
        tmp_path,
        "almalinux 8.9",
        installed,
        record(
            "X-16",
            below("AlmaLinux:8", "nodejs", "1:16.5-1.module_el8+2"),
            summary="Important: nodejs:16 security update",
        ),
        record(
            "X-18",
            below("AlmaLinux:8", "nodejs", "1:18.5-1.module_el8+2"),
            summary="Important: nodejs:18 security and bug fix update",
        ),
        record("X-0", below("AlmaLinux:8", "nodejs", "1:10.5-1.el8")),
    )

    assert sorted(_ids(matched)) == expected


def test_ubuntu_pros_fix_counts_where_the_package_comes_from_pro(tmp_path: Path) -> None:
    claim = record(
        "UBUNTU-CVE-2024-1",
        affected("Ubuntu:18.04:LTS", "bash", {"introduced": "0"}),
        below("Ubuntu:Pro:18.04:LTS", "bash", "4.4-2+esm2"),
        upstream=["CVE-2024-1"],
    )
    for version, expected in {
        "4.4-2": [("CVE-2024-1", None)],
        "4.4-2+esm1": [("CVE-2024-1", "4.4-2+esm2")],
        "4.4-2+esm2": [],
    }.items():
        matched = _match(tmp_path, "ubuntu 18.04", package("deb", "bash", version), claim)
        assert [(f.id, f.fixed) for f in matched.findings] == expected, version


def test_a_matcher_that_forgets_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"p{number}" for number in range(20)]
    packages = [package("pypi", name, "1.0") for name in names]
    with opened(
        tmp_path, *(record(f"X-{n}", below("PyPI", n, "2.0")) for n in names)
    ) as advisories:
        matcher = Matcher(advisories)
        first = matcher.match(inventory(*packages))
        monkeypatch.setattr("core.advisories.matching._KEPT", 5)
        forgetful = Matcher(advisories)

        assert [forgetful.match(inventory(*packages)) for _ in range(3)] == [first] * 3
        assert matcher.match(inventory(*packages)) == first
