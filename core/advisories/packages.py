"""Which advisories speak of a package: from the image's words to the advisories'.

A package is looked up by *coordinates*: ecosystem with release, name, and the version that is
compared. There can be several, the more telling first; where one knows a record, what a later one
says of that record does not count. A distribution's package may be named by its binary or by its
source package, depending on who writes the advisories.

Source: the OSV schema's list of ecosystems, os-release(5), and the purl specification's types.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Flag, auto
from functools import lru_cache
from typing import NamedTuple

from core.advisories import ecosystems
from core.domain.findings import Category
from core.inventory.packages import OperatingSystem, Package


class Coordinate(NamedTuple):
    """Where advisories on a package are found, and the version that they are held against."""

    ecosystem: str
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """A package that no advisories speak of."""

    why: str
    """What stands in the way, in words."""


class _Named(Flag):
    """Which packages a distribution's advisories name."""

    BINARY = auto()
    SOURCE = auto()
    BOTH = BINARY | SOURCE


class _Distribution(NamedTuple):
    releases: Callable[[str], tuple[str, ...]]
    """Ecosystems for a VERSION_ID, the more telling first; none if it names no release."""
    named: _Named


def _release(prefix: str, pattern: str = r"(\d+)") -> Callable[[str], tuple[str, ...]]:
    """A release that is written as the part of VERSION_ID that the pattern's group holds."""
    grammar = re.compile(rf"{pattern}(?!\d).*")

    def releases(version: str) -> tuple[str, ...]:
        match = grammar.fullmatch(version)
        return (f"{prefix}{match[1]}",) if match else ()

    return releases


def _alpine(version: str) -> tuple[str, ...]:
    if "_alpha" in version or version == "edge":
        return ("Alpine:edge",)
    return _ALPINE(version)


def _debian(version: str) -> tuple[str, ...]:
    return (*_DEBIAN(version), "Debian")


def _ubuntu(version: str) -> tuple[str, ...]:
    release = _UBUNTU(version)
    if not release:
        return ()
    plain = ecosystems.canonical(release[0])
    return plain, plain.replace("Ubuntu:", "Ubuntu:Pro:")


def _suse(version: str) -> tuple[str, ...]:
    major, _, pack = version.partition(".")
    return (ecosystems.suse(major, pack or None),) if major.isdecimal() else ()


def _always(ecosystem: str) -> Callable[[str], tuple[str, ...]]:
    return lambda _: (ecosystem,)


_MAJOR_MINOR = r"(\d+\.\d+)"
_ALPINE = _release("Alpine:v", _MAJOR_MINOR)
_DEBIAN = _release("Debian:")
_UBUNTU = _release("Ubuntu:", r"(\d\d\.\d\d)")

_DISTRIBUTIONS = {
    "debian": _Distribution(_debian, _Named.SOURCE),
    "ubuntu": _Distribution(_ubuntu, _Named.SOURCE),
    "alpine": _Distribution(_alpine, _Named.SOURCE),
    "wolfi": _Distribution(_always("Wolfi"), _Named.BOTH),
    "chainguard": _Distribution(_always("Chainguard"), _Named.BOTH),
    "minimos": _Distribution(_always("MinimOS"), _Named.BOTH),
    "almalinux": _Distribution(_release("AlmaLinux:"), _Named.BINARY),
    "rocky": _Distribution(_release("Rocky Linux:"), _Named.BOTH),
    "rhel": _Distribution(_release("Red Hat:enterprise_linux:"), _Named.BOTH),
    "sles": _Distribution(_suse, _Named.SOURCE),
    "sled": _Distribution(_suse, _Named.SOURCE),
    "opensuse-leap": _Distribution(_release("openSUSE:Leap ", _MAJOR_MINOR), _Named.SOURCE),
    "opensuse-tumbleweed": _Distribution(_always("openSUSE:Tumbleweed"), _Named.SOURCE),
    "photon": _Distribution(_release("Photon OS:", _MAJOR_MINOR), _Named.BOTH),
    "azurelinux": _Distribution(_release("Azure Linux:"), _Named.BOTH),
    "mariner": _Distribution(_release("Azure Linux:"), _Named.BOTH),
    "mageia": _Distribution(_release("Mageia:"), _Named.SOURCE),
}
"""By os-release's ID."""

_OTHER_IDS = {
    "alma": "almalinux",
    "cbl-mariner": "mariner",
    "opensuse.leap": "opensuse-leap",
    "opensuse.tumbleweed": "opensuse-tumbleweed",
    "redhat": "rhel",
    "sle": "sles",
    "suse": "sles",
}
"""What purls call distributions, and os-release's ID for them."""

_DISTRO = re.compile(r"(?:([a-z][a-z.-]*?)-?)?(\d[^-]*)?")
"""A purl's `distro`: `debian-12`, `opensuse-leap-15.5`, `wolfi`, or for Alpine `3.19.1` alone."""

_SYSTEM_TYPES = frozenset({"apk", "deb", "rpm"})

_LANGUAGES = {
    "bioconductor": "Bioconductor",
    "cargo": "crates.io",
    "composer": "Packagist",
    "cran": "CRAN",
    "gem": "RubyGems",
    "githubactions": "GitHub Actions",
    "golang": "Go",
    "hackage": "Hackage",
    "hex": "Hex",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "pub": "Pub",
    "pypi": "PyPI",
    "swift": "SwiftURL",
}
"""By purl type."""

_BINARY_REBUILD = re.compile(r"\+b\d+$")
"""Debian rebuilds a binary without a change of its source."""

_ESM = re.compile(r"[+~]esm\d")
"""A version that Ubuntu Pro has built."""

_BRANCH = re.compile(r"dev-.*|.*[.]x-dev|.*-dev")
"""What Composer installs from a branch has no version."""


def category(package: Package) -> Category:
    """Whether the distribution or a language brought it."""
    return Category.OS if package.type in _SYSTEM_TYPES else Category.LANGUAGE


def coordinates(
    package: Package, system: OperatingSystem | None
) -> tuple[Coordinate, ...] | Unmapped:
    """Where advisories on a package of an image with this operating system are found."""
    if package.type in _SYSTEM_TYPES:
        return _of_distribution(package, system)
    family = _LANGUAGES.get(package.type)
    if family is None:
        return Unmapped(why=f"no advisories are known for packages of type {package.type}")
    if family == "Packagist" and _BRANCH.fullmatch(package.version):
        return Unmapped(why="a branch has no version that could be compared")
    name = ecosystems.name(family, _full_name(package, family))
    return (Coordinate(family, name, package.version),)


def _full_name(package: Package, family: str) -> str:
    if not package.namespace:
        return package.name
    separator = ":" if family == "Maven" else "/"
    return f"{package.namespace}{separator}{package.name}"


def _of_distribution(
    package: Package, system: OperatingSystem | None
) -> tuple[Coordinate, ...] | Unmapped:
    identity, version = _system(package, system)
    releases = _releases(identity, version)
    if isinstance(releases, Unmapped):
        return releases
    if identity == "ubuntu" and _ESM.search(package.version):
        releases = releases[::-1]
    named = _named(package, _DISTRIBUTIONS[identity].named)
    return tuple([Coordinate(release, *each) for release in releases for each in named])


@lru_cache(maxsize=1_000)
def _releases(identity: str, version: str) -> tuple[str, ...] | Unmapped:
    """Ecosystems of a distribution's release, the more telling first."""
    distribution = _DISTRIBUTIONS.get(identity)
    if distribution is None:
        return Unmapped(why=f"no advisories are known for the distribution {identity or 'unnamed'}")
    releases = distribution.releases(version)
    if not releases:
        return Unmapped(why=f"{version!r} names no release of {identity}")
    return releases


def _named(package: Package, named: _Named) -> tuple[tuple[str, str], ...]:
    """Names and versions that advisories may speak of, without repetition."""
    binary = (package.name, package.version)
    source_version = package.source_version or package.version
    if package.type == "deb":
        source_version = _BINARY_REBUILD.sub("", source_version)
    source = (package.source_name or package.name, source_version)
    if named is _Named.BINARY:
        return (binary,)
    if named is _Named.SOURCE or source[0] == binary[0]:
        return (source,)
    return (binary, source)


def _system(package: Package, system: OperatingSystem | None) -> tuple[str, str]:
    """os-release's ID and VERSION_ID: the image's, else what the purl says, else its namespace."""
    if system is not None:
        return _OTHER_IDS.get(system.id, system.id), system.version
    namespace = package.namespace or ""
    match = _DISTRO.fullmatch(package.distro or "")
    identity, version = (match[1], match[2]) if match is not None else (None, None)
    identity = identity or namespace
    return _OTHER_IDS.get(identity, identity), version or ""
