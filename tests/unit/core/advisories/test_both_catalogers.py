"""One image as Trivy and as Syft describe it gives the same findings, in every distribution."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from core.advisories.matching import match
from core.inventory import read
from tests.support.advisories import below, opened, record


class Case(NamedTuple):
    """A package of a distribution in both tools' words, and an advisory that applies to it."""

    ecosystem: str
    package: str
    fixed: str
    trivy_system: tuple[str, str]
    trivy: dict[str, str]
    syft_system: tuple[str, str]
    syft: str


CASES = (
    Case(
        "Debian:12",
        "openssl",
        "3.0.11-1~deb12u2",
        ("debian", "12.15"),
        {
            "purl": "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12.15",
            "SrcName": "openssl",
            "SrcVersion": "3.0.9",
            "SrcRelease": "1",
        },
        ("debian", "12"),
        "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&upstream=openssl&distro=debian-12",
    ),
    Case(
        "Ubuntu:22.04:LTS",
        "openssl",
        "3.0.2-0ubuntu1.12",
        ("ubuntu", "22.04"),
        {
            "purl": "pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.10?arch=amd64&distro=ubuntu-22.04",
            "SrcName": "openssl",
            "SrcVersion": "3.0.2",
            "SrcRelease": "0ubuntu1.10",
        },
        ("ubuntu", "22.04"),
        "pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.10?arch=amd64&upstream=openssl&distro=ubuntu-22.04",
    ),
    Case(
        "Alpine:v3.19",
        "openssl",
        "3.1.4-r5",
        ("alpine", "3.19.1"),
        {
            "purl": "pkg:apk/alpine/libcrypto3@3.1.4-r2?arch=x86_64&distro=3.19.1",
            "SrcName": "openssl",
            "SrcVersion": "3.1.4-r2",
        },
        ("alpine", "3.19.1"),
        "pkg:apk/alpine/libcrypto3@3.1.4-r2?arch=x86_64&upstream=openssl&distro=alpine-3.19.1",
    ),
    Case(
        "Wolfi",
        "openssl",
        "3.3.2-r0",
        ("wolfi", "20230201"),
        {
            "purl": "pkg:apk/wolfi/libcrypto3@3.3.1-r2?arch=x86_64&distro=20230201",
            "SrcName": "openssl",
            "SrcVersion": "3.3.1-r2",
        },
        ("wolfi", "20230201"),
        "pkg:apk/wolfi/libcrypto3@3.3.1-r2?arch=x86_64&upstream=openssl&distro=wolfi-20230201",
    ),
    Case(
        "AlmaLinux:9",
        "openssl-libs",
        "1:3.0.7-25.el9_3",
        ("alma", "9.3"),
        {
            "purl": "pkg:rpm/alma/openssl-libs@3.0.7-24.el9?arch=x86_64&distro=alma-9.3&epoch=1",
            "SrcName": "openssl",
            "SrcVersion": "3.0.7",
            "SrcRelease": "24.el9",
            "SrcEpoch": "1",
        },
        ("almalinux", "9.3"),
        "pkg:rpm/almalinux/openssl-libs@3.0.7-24.el9?arch=x86_64&epoch=1"
        "&upstream=openssl-3.0.7-24.el9.src.rpm&distro=almalinux-9.3",
    ),
    Case(
        "Rocky Linux:9",
        "openssl",
        "1:3.0.7-25.el9_3",
        ("rocky", "9.3"),
        {
            "purl": "pkg:rpm/rocky/openssl-libs@3.0.7-24.el9?arch=x86_64&distro=rocky-9.3&epoch=1",
            "SrcName": "openssl",
            "SrcVersion": "3.0.7",
            "SrcRelease": "24.el9",
            "SrcEpoch": "1",
        },
        ("rocky", "9.3"),
        "pkg:rpm/rocky/openssl-libs@3.0.7-24.el9?arch=x86_64&epoch=1"
        "&upstream=openssl-3.0.7-24.el9.src.rpm&distro=rocky-9.3",
    ),
    Case(
        "Red Hat:enterprise_linux:9::baseos",
        "openssl-libs",
        "1:3.0.7-25.el9_3",
        ("redhat", "9.3"),
        {
            "purl": "pkg:rpm/redhat/openssl-libs@3.0.7-24.el9?distro=redhat-9.3&epoch=1",
            "SrcName": "openssl",
            "SrcVersion": "3.0.7",
            "SrcRelease": "24.el9",
            "SrcEpoch": "1",
        },
        ("rhel", "9.3"),
        "pkg:rpm/redhat/openssl-libs@3.0.7-24.el9?arch=x86_64&epoch=1"
        "&upstream=openssl-3.0.7-24.el9.src.rpm&distro=rhel-9.3",
    ),
    Case(
        "SUSE:Linux Enterprise Module for Basesystem 15 SP5",
        "openssl-1_1",
        "1.1.1l-150500.17.22.1",
        ("sles", "15.5"),
        {
            "purl": "pkg:rpm/suse/libopenssl1_1@1.1.1l-150500.17.19.1?arch=x86_64&distro=sles-15.5",
            "SrcName": "openssl-1_1",
            "SrcVersion": "1.1.1l",
            "SrcRelease": "150500.17.19.1",
        },
        ("sles", "15.5"),
        "pkg:rpm/suse/libopenssl1_1@1.1.1l-150500.17.19.1?arch=x86_64"
        "&upstream=openssl-1_1-1.1.1l-150500.17.19.1.src.rpm&distro=sles-15.5",
    ),
    Case(
        "openSUSE:Leap 15.5",
        "openssl-1_1",
        "1.1.1l-150500.17.22.1",
        ("opensuse.leap", "15.5"),
        {
            "purl": "pkg:rpm/opensuse/libopenssl1_1@1.1.1l-150500.17.19.1?arch=x86_64",
            "SrcName": "openssl-1_1",
            "SrcVersion": "1.1.1l",
            "SrcRelease": "150500.17.19.1",
        },
        ("opensuse-leap", "15.5"),
        "pkg:rpm/opensuse/libopenssl1_1@1.1.1l-150500.17.19.1"
        "?upstream=openssl-1_1-1.1.1l-150500.17.19.1.src.rpm&distro=opensuse-leap-15.5",
    ),
    Case(
        "Photon OS:5.0",
        "openssl",
        "3.0.12-1.ph5",
        ("photon", "5.0"),
        {
            "purl": "pkg:rpm/photon/openssl@3.0.9-1.ph5?arch=x86_64&distro=photon-5.0",
            "SrcName": "openssl",
            "SrcVersion": "3.0.9",
            "SrcRelease": "1.ph5",
        },
        ("photon", "5.0"),
        "pkg:rpm/photon/openssl@3.0.9-1.ph5?arch=x86_64"
        "&upstream=openssl-3.0.9-1.ph5.src.rpm&distro=photon-5.0",
    ),
    Case(
        "Azure Linux:3",
        "openssl",
        "3.3.2-1.azl3",
        ("azurelinux", "3.0"),
        {
            "purl": "pkg:rpm/azurelinux/openssl-libs@3.3.0-1.azl3?distro=azurelinux-3.0",
            "SrcName": "openssl",
            "SrcVersion": "3.3.0",
            "SrcRelease": "1.azl3",
        },
        ("azurelinux", "3.0"),
        "pkg:rpm/azurelinux/openssl-libs@3.3.0-1.azl3"
        "?upstream=openssl-3.3.0-1.azl3.src.rpm&distro=azurelinux-3.0",
    ),
    Case(
        "Azure Linux:2",
        "openssl",
        "1.1.1k-30.cm2",
        ("cbl-mariner", "2.0"),
        {
            "purl": "pkg:rpm/cbl-mariner/openssl-libs@1.1.1k-28.cm2?distro=cbl-mariner-2.0",
            "SrcName": "openssl",
            "SrcVersion": "1.1.1k",
            "SrcRelease": "28.cm2",
        },
        ("mariner", "2.0"),
        "pkg:rpm/mariner/openssl-libs@1.1.1k-28.cm2"
        "?upstream=openssl-1.1.1k-28.cm2.src.rpm&distro=mariner-2.0",
    ),
)


def _sbom(tool: str, system: tuple[str, str], purl: str, properties: dict[str, str]) -> bytes:
    name, version = system
    package = purl.split("?")[0].split("/")[-1]
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "metadata": {"tools": {"components": [{"name": tool, "version": "1"}]}},
            "components": [
                {"type": "operating-system", "name": name, "version": version},
                {
                    "type": "library",
                    "name": package.split("@")[0],
                    "version": package.split("@")[1],
                    "purl": purl,
                    "properties": [
                        {"name": f"aquasecurity:trivy:{key}", "value": value}
                        for key, value in properties.items()
                    ],
                },
            ],
        }
    ).encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.ecosystem)
def test_both_tools_inventories_give_the_same_findings(tmp_path: Path, case: Case) -> None:
    properties = {key: value for key, value in case.trivy.items() if key != "purl"}
    by_trivy = _sbom("trivy", case.trivy_system, case.trivy["purl"], properties)
    by_syft = _sbom("syft", case.syft_system, case.syft, {})
    applies = record("X-1", below(case.ecosystem, case.package, case.fixed))
    mended = record("X-2", below(case.ecosystem, case.package, "0.1"))
    with opened(tmp_path, applies, mended) as advisories:
        found = [match(advisories, read(document)) for document in (by_trivy, by_syft)]

    for matched in found:
        (finding,) = matched.findings
        assert (finding.id, finding.package, finding.fixed) == ("X-1", case.package, case.fixed)
        assert matched.uncompared == 0
    assert found[0].findings[0].version == found[1].findings[0].version
    assert found[0].findings[0].ecosystem == found[1].findings[0].ecosystem


LANGUAGES = (
    ("PyPI", "jinja2", "3.1.3", "pkg:pypi/jinja2@3.1.2", "pkg:pypi/Jinja2@3.1.2"),
    ("npm", "@babel/traverse", "7.23.2", *["pkg:npm/%40babel/traverse@7.23.0"] * 2),
    ("Go", "github.com/Azure/x", "1.2.0", *["pkg:golang/github.com/Azure/x@v1.1.0"] * 2),
    ("Go", "stdlib", "1.21.8", "pkg:golang/stdlib@v1.21.1", "pkg:golang/stdlib@1.21.1"),
    ("crates.io", "time", "0.2.23", *["pkg:cargo/time@0.1.44"] * 2),
    ("Maven", "org.x:core", "2.17.1", *["pkg:maven/org.x/core@2.14.1"] * 2),
    ("NuGet", "Newtonsoft.Json", "13.0.1", *["pkg:nuget/Newtonsoft.Json@12.0.3"] * 2),
    ("RubyGems", "rails", "7.0.8", *["pkg:gem/rails@7.0.4"] * 2),
    ("Packagist", "laravel/framework", "10.0", *["pkg:composer/laravel/framework@v9.1.0"] * 2),
    ("Pub", "http", "0.13.3", *["pkg:pub/http@0.13.0"] * 2),
    ("Hex", "plug", "1.4.5", *["pkg:hex/plug@1.4.0"] * 2),
    ("CRAN", "readxl", "1.4.1", *["pkg:cran/readxl@1.3.0"] * 2),
    ("Hackage", "aeson", "2.0.1.0", *["pkg:hackage/aeson@1.5.0.0"] * 2),
    (
        "SwiftURL",
        "https://github.com/apple/swift-nio.git",
        "2.29.1",
        *["pkg:swift/github.com/apple/swift-nio@2.28.0"] * 2,
    ),
)


@pytest.mark.parametrize("case", LANGUAGES, ids=lambda case: str(case[0]))
def test_languages_packages_are_found_by_both_tools_purls(
    tmp_path: Path, case: tuple[str, ...]
) -> None:
    ecosystem, package, fixed, *purls = case
    with opened(tmp_path, record("X-1", below(ecosystem, package, fixed))) as advisories:
        for purl in purls:
            matched = match(advisories, read(_sbom("trivy", ("debian", "12.1"), purl, {})))
            assert [(each.id, each.package) for each in matched.findings] == [("X-1", package)]
