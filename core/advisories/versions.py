"""The order of versions: which of two came first, as the ecosystem's own tool would say.

This is the one module that knows which ecosystem orders how. `univers` decides where it is right
(`ordering/libraries.py`); measured on some forty thousand comparisons that the tools themselves
answered, it is wrong for Packagist, Pub and CRAN, reads RPM's release from the wrong hyphen,
refuses versions that Debian and Alpine have published, and repairs silently what is no semantic
version at all. Those orders are in the other modules of `ordering/`.

A version that its ecosystem cannot order is a value, `Unparsable`, never a guess.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cmp_to_key, lru_cache

from core.advisories.ordering import apk, dpkg, libraries, numeric, php, rpm, semver

MAX_LENGTH = 256
"""Characters of a version; what is longer is hostile."""

type Key = tuple[object, ...]
"""Compares as the ecosystem orders. Keys of different ecosystems mean nothing to each other."""

type Scheme = Callable[[str], Key]
"""Makes a key of a version, or raises `ValueError` saying what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unparsable:
    """A version that cannot be ordered."""

    version: str
    """The version as it was given."""
    why: str
    """What is wrong with it, to follow "cannot be compared: "."""


_RPM = ("AlmaLinux", "Azure Linux", "Mageia", "Photon OS", "Red Hat", "Rocky Linux", "SUSE")
_SEMVER = ("GitHub Actions", "Hex", "SwiftURL", "crates.io", "npm")

_SCHEMES: dict[str, Scheme] = {
    **dict.fromkeys(("Debian", "Echo", "Ubuntu"), dpkg.key),
    **dict.fromkeys(("Alpaquita", "Alpine", "Chainguard", "MinimOS", "Wolfi"), apk.key),
    **dict.fromkeys((*_RPM, "openEuler", "openSUSE"), rpm.key),
    **dict.fromkeys(_SEMVER, semver.key),
    **dict.fromkeys(("Bioconductor", "CRAN"), numeric.cran_key),
    **dict.fromkeys(("GHC", "Hackage"), numeric.hackage_key),
    "Go": semver.go_key,
    "Maven": libraries.maven_key,
    "NuGet": semver.nuget_key,
    "Packagist": php.key,
    "Pub": semver.pub_key,
    "PyPI": libraries.pypi_key,
    "RubyGems": libraries.gem_key,
}


@lru_cache(maxsize=10_000)
def known(ecosystem: str) -> bool:
    """Whether versions of an ecosystem (`PyPI`, `Debian:12`) can be ordered at all."""
    return base(ecosystem) in _SCHEMES


def spelt(ecosystem: str) -> str | None:
    """The known ecosystem that somebody means, whatever the case of its letters."""
    folded = base(ecosystem).lower()
    return next((name for name in _SCHEMES if name.lower() == folded), None)


def base(ecosystem: str) -> str:
    """The ecosystem without its release: `Debian` for `Debian:12`."""
    return ecosystem.partition(":")[0]


def scheme(ecosystem: str) -> Scheme:
    """How an ecosystem orders. Raises `KeyError` for one that is not `known`."""
    return _SCHEMES[base(ecosystem)]


@lru_cache(maxsize=100_000)
def parse(scheme: Scheme, version: str) -> Key | Unparsable:
    """The key of a version, made once."""
    if len(version) > MAX_LENGTH:
        return Unparsable(version=version, why=f"it has more than {MAX_LENGTH} characters")
    try:
        return scheme(version.strip())
    except ValueError as error:
        return Unparsable(version=version, why=str(error))


def compare(ecosystem: str, one: str, other: str) -> int | Unparsable:
    """-1, 0 or 1 as `one` comes before, with or after `other`.

    Raises `KeyError` for an ecosystem that is not `known`.
    """
    order = scheme(ecosystem)
    left, right = parse(order, one), parse(order, other)
    if isinstance(left, Unparsable):
        return left
    if isinstance(right, Unparsable):
        return right
    return (left > right) - (left < right)


def highest(ecosystem: str, versions: Iterable[str]) -> str | None:
    """The highest of these versions, or `None` of none; what cannot be compared changes nothing."""
    known_ecosystem = known(ecosystem)

    def order(one: str, other: str) -> int:
        compared = compare(ecosystem, one, other) if known_ecosystem else 0
        return 0 if isinstance(compared, Unparsable) else compared

    return max(versions, key=cmp_to_key(order), default=None)
