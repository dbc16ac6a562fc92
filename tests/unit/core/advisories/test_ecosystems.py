"""One spelling on both sides of matching."""

import pytest

from core.advisories.ecosystems import canonical, name


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("Debian:12", "Debian:12"),
        ("Alpine:v3.19", "Alpine:v3.19"),
        ("PyPI", "PyPI"),
        ("Ubuntu:22.04", "Ubuntu:22.04:LTS"),
        ("Ubuntu:22.04:LTS", "Ubuntu:22.04:LTS"),
        ("Ubuntu:23.10", "Ubuntu:23.10"),
        ("Ubuntu:Pro:18.04:LTS", "Ubuntu:Pro:18.04:LTS"),
        ("Ubuntu:Pro:FIPS:18.04:LTS", "Ubuntu:Pro:FIPS:18.04:LTS"),
        ("Red Hat:enterprise_linux:9::appstream", "Red Hat:enterprise_linux:9"),
        ("Red Hat:enterprise_linux:8", "Red Hat:enterprise_linux:8"),
        ("Red Hat:rhel_eus:8.4::baseos", "Red Hat:rhel_eus:8.4::baseos"),
        ("SUSE:Linux Enterprise Server 15 SP5", "SUSE:Linux Enterprise Server 15 SP5"),
        (
            "SUSE:Linux Enterprise Module for Basesystem 15 SP5",
            "SUSE:Linux Enterprise Server 15 SP5",
        ),
        ("SUSE:Linux Enterprise Module for Python 3 15 SP4", "SUSE:Linux Enterprise Server 15 SP4"),
        ("SUSE:Linux Enterprise Server 12 SP5-LTSS", "SUSE:Linux Enterprise Server 12 SP5"),
        ("SUSE:Linux Enterprise Micro 5.3", "SUSE:Linux Enterprise Micro 5.3"),
        ("openSUSE:Leap 15.5", "openSUSE:Leap 15.5"),
        ("Maven:https://maven.example.org", "Maven"),
        ("Packagist:https://packages.example.org/8", "Packagist"),
        ("Wolfi:rolling", "Wolfi"),
    ],
)
def test_an_ecosystem_is_spelt_in_one_way(written: str, spelt: str) -> None:
    assert canonical(written) == spelt
    assert canonical(spelt) == spelt


@pytest.mark.parametrize(
    ("ecosystem", "written", "spelt"),
    [
        ("PyPI", "Zope._.Interface", "zope-interface"),
        ("NuGet", "Newtonsoft.Json", "newtonsoft.json"),
        ("Packagist", "Laravel/Framework", "laravel/framework"),
        ("SwiftURL", "https://github.com/Apple/swift-nio.git", "github.com/apple/swift-nio"),
        ("Go", "github.com/Azure/azure-sdk", "github.com/Azure/azure-sdk"),
        ("npm", "JSONStream", "JSONStream"),
        ("Debian:12", "openssl", "openssl"),
    ],
)
def test_a_name_is_spelt_as_its_ecosystem_compares_names(
    ecosystem: str, written: str, spelt: str
) -> None:
    assert name(ecosystem, written) == spelt
