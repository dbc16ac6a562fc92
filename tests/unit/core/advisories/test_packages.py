"""From an image's packages to where advisories speak of them."""

import pytest

from core.advisories.packages import Coordinate, Unmapped, category, coordinates
from core.domain.findings import Category
from core.inventory.packages import OperatingSystem, Package
from tests.support.advisories import package


def _at(installed: Package, system: str | None = None) -> list[tuple[str, str, str]]:
    name, _, version = (system or "").partition(" ")
    found = coordinates(installed, OperatingSystem(id=name, version=version) if system else None)
    assert not isinstance(found, Unmapped), found.why
    return [(each.ecosystem, each.name, each.version) for each in found]


@pytest.mark.parametrize(
    ("installed", "ecosystem", "name"),
    [
        (package("pypi", "Zope.Interface", "5"), "PyPI", "zope-interface"),
        (package("npm", "core", "5", namespace="@babel"), "npm", "@babel/core"),
        (package("npm", "express", "5"), "npm", "express"),
        (package("golang", "net", "5", namespace="golang.org/x"), "Go", "golang.org/x/net"),
        (package("golang", "stdlib", "5"), "Go", "stdlib"),
        (package("cargo", "time", "5"), "crates.io", "time"),
        (package("maven", "core", "5", namespace="org.x"), "Maven", "org.x:core"),
        (package("nuget", "Newtonsoft.Json", "5"), "NuGet", "newtonsoft.json"),
        (package("gem", "rails", "5"), "RubyGems", "rails"),
        (
            package("composer", "Framework", "5", namespace="Laravel"),
            "Packagist",
            "laravel/framework",
        ),
        (package("pub", "http", "5"), "Pub", "http"),
        (package("hex", "plug", "5"), "Hex", "plug"),
        (package("hackage", "aeson", "5"), "Hackage", "aeson"),
        (package("cran", "readxl", "5"), "CRAN", "readxl"),
        (
            package("swift", "swift-nio", "5", namespace="github.com/apple"),
            "SwiftURL",
            "github.com/apple/swift-nio",
        ),
    ],
)
def test_a_languages_package_has_one_coordinate(
    installed: Package, ecosystem: str, name: str
) -> None:
    assert _at(installed, "debian 12") == [(ecosystem, name, "5")]
    assert category(installed) is Category.LANGUAGE


@pytest.mark.parametrize(
    ("kind", "system", "ecosystems"),
    [
        ("deb", "debian 12.15", ["Debian:12", "Debian"]),
        ("deb", "ubuntu 22.04", ["Ubuntu:22.04:LTS", "Ubuntu:Pro:22.04:LTS"]),
        ("deb", "ubuntu 24.10", ["Ubuntu:24.10", "Ubuntu:Pro:24.10"]),
        ("apk", "alpine 3.19.1", ["Alpine:v3.19"]),
        ("apk", "alpine 3.21_alpha20240807", ["Alpine:edge"]),
        ("apk", "wolfi 20230201", ["Wolfi"]),
        ("apk", "chainguard 20230214", ["Chainguard"]),
        ("rpm", "almalinux 9.3", ["AlmaLinux:9"]),
        ("rpm", "rocky 8.9", ["Rocky Linux:8"]),
        ("rpm", "rhel 9.3", ["Red Hat:enterprise_linux:9"]),
        ("rpm", "sles 15.5", ["SUSE:Linux Enterprise Server 15 SP5"]),
        ("rpm", "sles 15", ["SUSE:Linux Enterprise Server 15"]),
        ("rpm", "opensuse-leap 15.5", ["openSUSE:Leap 15.5"]),
        ("rpm", "opensuse-tumbleweed 20240101", ["openSUSE:Tumbleweed"]),
        ("rpm", "photon 5.0", ["Photon OS:5.0"]),
        ("rpm", "azurelinux 3.0", ["Azure Linux:3"]),
        ("rpm", "mariner 2.0.20240101", ["Azure Linux:2"]),
    ],
)
def test_a_distributions_package_is_looked_up_in_its_release(
    kind: str, system: str, ecosystems: list[str]
) -> None:
    assert [each[0] for each in _at(package(kind, "zlib", "1.0-1"), system)] == ecosystems


def test_debian_names_the_source_package_and_a_rebuild_has_its_version() -> None:
    library = package(
        "deb",
        "libssl3",
        "3.0.11-1~deb12u2+b1",
        source_name="openssl",
        source_version="3.0.11-1~deb12u2",
    )
    rebuilt = package("deb", "gosu", "1.14-1+b10", source_name="gosu", source_version="1.14-1+b10")

    assert _at(library, "debian 12")[0] == ("Debian:12", "openssl", "3.0.11-1~deb12u2")
    assert _at(rebuilt, "debian 12")[0] == ("Debian:12", "gosu", "1.14-1")


def test_almalinux_names_binary_packages_and_rocky_either() -> None:
    library = package(
        "rpm",
        "openssl-libs",
        "1:3.0.7-24.el9",
        source_name="openssl",
        source_version="1:3.0.7-24.el9",
    )

    assert _at(library, "almalinux 9.3") == [("AlmaLinux:9", "openssl-libs", "1:3.0.7-24.el9")]
    assert _at(library, "rocky 9.3") == [
        ("Rocky Linux:9", "openssl-libs", "1:3.0.7-24.el9"),
        ("Rocky Linux:9", "openssl", "1:3.0.7-24.el9"),
    ]


def test_a_version_that_ubuntu_pro_built_is_looked_up_there_first() -> None:
    found = _at(package("deb", "bash", "4.4-2ubuntu1+esm1"), "ubuntu 18.04")

    assert [each[0] for each in found] == ["Ubuntu:Pro:18.04:LTS", "Ubuntu:18.04:LTS"]


@pytest.mark.parametrize("distro", ["debian-12", "debian-12.15"])
def test_without_an_operating_system_the_purl_says_which(distro: str) -> None:
    assert _at(package("deb", "bash", "5.2-2", distro=distro))[0][0] == "Debian:12"


def test_the_purls_own_names_of_distributions_are_understood() -> None:
    leap = package("rpm", "bash", "4.4", namespace="opensuse", distro="opensuse-leap-15.5")
    red_hat = package("rpm", "bash", "5.1", namespace="redhat", distro="redhat-9.3")

    alpine = package("apk", "musl", "1.2.4-r2", namespace="alpine", distro="3.19.1")
    wolfi = package("apk", "glibc", "2.39-r1", namespace="wolfi")

    assert _at(alpine)[0][0] == "Alpine:v3.19"
    assert _at(wolfi)[0][0] == "Wolfi"
    assert _at(leap)[0][0] == "openSUSE:Leap 15.5"
    assert _at(red_hat)[0][0] == "Red Hat:enterprise_linux:9"


@pytest.mark.parametrize(
    ("installed", "system"),
    [
        (package("generic", "thing", "1.0"), "debian 12"),
        (package("deb", "bash", "5.2"), None),
        (package("rpm", "bash", "5.2"), "hannah-montana 1"),
        (package("apk", "bash", "5.2"), "alpine unknown"),
        (package("composer", "app", "dev-main", namespace="a"), None),
    ],
)
def test_what_no_advisories_speak_of_says_why(installed: Package, system: str | None) -> None:
    name, _, version = (system or "").partition(" ")
    found = coordinates(installed, OperatingSystem(id=name, version=version) if system else None)

    assert isinstance(found, Unmapped)
    assert found.why


def test_debian_without_a_release_is_looked_up_in_what_holds_for_all() -> None:
    found = coordinates(package("deb", "bash", "5.2"), OperatingSystem(id="debian", version="sid"))

    assert found == (Coordinate("Debian", "bash", "5.2"),)
