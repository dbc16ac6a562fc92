"""A distinct package is all of a package that matching looks at, and nothing else."""

from dataclasses import replace

from core.fleet.distinct import NAME, contents, decode, encode, name_of
from core.inventory.packages import OperatingSystem
from tests.support.advisories import inventory, package

BOOKWORM = OperatingSystem(id="debian", version="12.5")


def test_a_package_comes_back_from_its_bytes() -> None:
    plain = package("deb", "zlib", "1.2")
    full = replace(
        plain,
        namespace="debian",
        distro="debian-12",
        source_name="zlib",
        source_version="1.2",
        epoch="1",
        arch="amd64",
        module="m:1",
    )
    for one in (plain, full):
        assert decode(encode(one, BOOKWORM)) == (one, BOOKWORM)
        assert decode(encode(one, None)) == (one, None)


def test_the_layer_that_brought_it_makes_no_other_package() -> None:
    one = package("deb", "zlib", "1.2", layer="sha256:aa")
    assert encode(one, BOOKWORM) == encode(replace(one, layer=None), BOOKWORM)


def test_a_languages_package_is_the_same_on_every_system() -> None:
    one = package("pypi", "jinja2", "3.0")
    assert encode(one, BOOKWORM) == encode(one, None)
    assert decode(encode(one, BOOKWORM)).system is None


def test_a_distributions_package_is_another_on_another_release() -> None:
    one = package("deb", "zlib", "1.2")
    assert encode(one, BOOKWORM) != encode(one, OperatingSystem(id="debian", version="11"))


def test_other_packages_have_other_names() -> None:
    listed = inventory(
        package("deb", "zlib", "1.2"), package("deb", "zlib", "1.3"), system="debian 12"
    )
    names = {name_of(content) for content in contents(listed)}
    assert [len(name) for name in names] == [NAME, NAME]
