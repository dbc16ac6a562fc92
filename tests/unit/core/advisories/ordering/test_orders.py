"""Each ecosystem's order, on the facts of its own documentation and on known traps."""

import pytest

from core.advisories.versions import Unparsable, compare

ORDERED = [
    ("Debian", "1.0~rc1 1.0 1.0-1 1.0-1+b1 1.0-1+deb12u1 1.0a 1.0+git 1.0.1 1:0.5"),
    ("Debian", "1.0~~ 1.0~~a 1.0~ 1.0 1.0a"),
    ("Debian", "6.0-4.el6.x86_64 6.0-5.el6.x86_64"),
    ("Ubuntu", "2.4.41-4ubuntu3 2.4.41-4ubuntu3.1 2.4.41-4ubuntu3.10 2.4.41-4ubuntu3.10+esm1"),
    (
        "Alpine",
        "1.0_alpha 1.0_alpha1 1.0_beta 1.0_pre2 1.0_rc1 1.0 1.0-r0 1.0-r1 1.0_p1 1.0a 1.0.1",
    ),
    ("Alpine", "1.0 1.01 1.02 1.1 1.2 1.10 2.0"),
    ("Alpine", "1.8.28-r1 1.8.28p1-r1 1.8.28p2-r0 1.8.29-r0"),
    ("Alpine", "1.2_git20240101~abcdef0-r1 1.2_git20240102-r0"),
    ("Red Hat", "1.0~rc1 1.0 1.0^git1 1.0a 1.0.1 1.1 1:0.1"),
    ("Red Hat", "2.34-60.el9 2.34-60.el9_2.7 2.34-83.el9"),
    ("Red Hat", "xyz.4 2 10xyz 10.1xyz"),
    ("Red Hat", "1 1- 1-1"),
    (
        "npm",
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0",
    ),
    ("crates.io", "0.0.0-0 0.0.1 0.9.9 0.10.0"),
    ("Go", "v1.0.0 v1.2.0-0.20200101000000-abcdefabcdef v1.2.0-rc.1 v1.2.0 v2.0.0+incompatible"),
    ("Go", "go1.20.14 go1.21rc2 go1.21rc10 go1.21.0 go1.21.1"),
    ("Pub", "1.2.3-a 1.2.3 1.2.3+1 1.2.3+2 1.2.3+10 1.2.3+a"),
    ("NuGet", "1.0.0-beta 1.0.0 1.0.0.1-alpha 1.0.0.1 1.0.1"),
    ("Packagist", "1.0-dev 1.0-alpha1 1.0a2 1.0-beta 1.0RC1 1.0 1.0.0 1.0.0-pl1"),
    ("Packagist", "6.4.0.0-RC1 6.4.0.0 6.4.0.1 6.4.0.10"),
    ("CRAN", "0.1 0.1-0 0.1-1 0.1-10 0.2"),
    ("Hackage", "1.0 1.0.0 1.0.1 1.10"),
    ("PyPI", "1.0.dev1 1.0a1 1.0b2 1.0rc1 1.0 1.0+local 1.0.post1 1.1 1!0.1"),
    ("Maven", "1.0-alpha-1 1.0-beta 1.0-M1 1.0-RC1 1.0-SNAPSHOT 1.0 1.0-sp1 1.0-foo 1.0.1"),
    ("Maven", "v6.4.0 5.0.0"),
    ("RubyGems", "1.0.0.a 1.0.0.b1 1.0.0.rc1 1.0.0 1.0.0.1 1.0.1"),
]
"""Versions in ascending order."""

EQUAL = [
    ("Debian", "1.0", "0:1.0-0"),
    ("Debian", "1.0-00", "1.0"),
    ("Debian", "1:1:2-0", "1:1:2"),
    ("Debian", "1.01", "1.1"),
    ("Alpine", "1.0-r1", "1.0-r01"),
    ("Red Hat", "1.0", "0:1.0"),
    ("Red Hat", "1_0", "1.0"),
    ("Red Hat", "10.0001", "10.1"),
    ("npm", "v1.2.3", "1.2.3+build"),
    ("Go", "v1.2", "1.2.0"),
    ("Go", "go1.22.1 X:loopvar", "v1.22.1"),
    ("NuGet", "1.0", "1.0.0.0"),
    ("NuGet", "1.0.0-BETA", "1.0.0-beta"),
    ("Packagist", "v1.0", "1.0"),
    ("CRAN", "0.01.0", "0.1-0"),
    ("PyPI", "1.0", "1.0.0"),
    ("PyPI", "1.0-alpha.1", "1.0a1"),
    ("Maven", "1.0.0", "1-ga"),
    ("Maven", "4.1.0.RELEASE", "4.1.0"),
    ("RubyGems", "1.0", "1"),
]

NO_VERSIONS = [
    ("Debian", "a:1.0"),
    ("Debian", "1.0-"),
    ("Debian", ":1.0"),
    ("Debian", "1:"),
    ("Debian", "-1"),
    ("Debian", "0:-1"),
    ("Alpine", "c"),
    ("Alpine", "1.2_blah"),
    ("Alpine", "1-ruff"),
    ("npm", "1.2.3.4"),
    ("npm", "1.0.0-"),
    ("npm", "latest"),
    ("Pub", "1.2.3.4"),
    ("Go", "(devel)"),
    ("NuGet", "1.2.3.4.5"),
    ("Packagist", "+"),
    ("CRAN", "1.0b"),
    ("Hackage", "1.0-1"),
    ("PyPI", "0.7.10p1"),
    ("RubyGems", "1.0-$"),
    ("Debian", ""),
    ("Debian", "1" * 300),
]


@pytest.mark.parametrize(("ecosystem", "versions"), ORDERED)
def test_versions_come_in_their_tools_order(ecosystem: str, versions: str) -> None:
    ordered = versions.split()
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            assert compare(ecosystem, one, other) == -1, (one, other)
            assert compare(ecosystem, other, one) == 1, (one, other)


@pytest.mark.parametrize(("ecosystem", "one", "other"), EQUAL)
def test_spellings_of_one_version_are_equal(ecosystem: str, one: str, other: str) -> None:
    assert compare(ecosystem, one, other) == 0


@pytest.mark.parametrize(("ecosystem", "version"), NO_VERSIONS)
def test_what_is_no_version_is_never_guessed_at(ecosystem: str, version: str) -> None:
    compared = compare(ecosystem, version, "1.0.0")

    assert isinstance(compared, Unparsable)
    assert compared.version == version
    assert compared.why
