"""One spelling for each ecosystem and for each package's name, on both sides of matching.

Advisories and inventories name the same thing differently: with or without `:LTS`, with the
repository of a Red Hat product or the module of a SUSE product, in the letters of a registry or in
those that somebody typed. The compiler writes, and matching looks up, what these functions give.

Source: the OSV schema's list of ecosystems; PEP 503; the purl specification.
"""

import re
from functools import lru_cache

from core.advisories.versions import base

_UBUNTU = re.compile(r"(.*?)(\d\d)\.(\d\d)(?::LTS)?")
_RED_HAT = re.compile(r"(enterprise_linux:\d+)(?:\.\d+)?(?:::.*)?")
_SUSE = re.compile(r"Linux Enterprise (?!Micro).*?(\d+)(?: SP(\d+))?(?:-[A-Z-]+)?")

_WITHOUT_RELEASE = frozenset({"Chainguard", "Maven", "MinimOS", "Packagist", "Wolfi"})
"""What follows the colon is a repository or a channel, and tells no two packages apart."""

_FOLDED = frozenset({"GitHub Actions", "Hex", "NuGet", "Packagist"})
"""Names that do not differ by case."""

_SEPARATORS = re.compile(r"[-_.]+")


@lru_cache(maxsize=10_000)
def canonical(ecosystem: str) -> str:
    """The ecosystem with its release, spelt in one way."""
    family = base(ecosystem)
    release = ecosystem[len(family) + 1 :]
    if family in _WITHOUT_RELEASE or not release:
        return family
    if family == "Ubuntu":
        return f"Ubuntu:{_ubuntu(release)}"
    if family == "Red Hat" and (linux := _RED_HAT.fullmatch(release)):
        return f"Red Hat:{linux[1]}"
    if family == "SUSE" and (product := _SUSE.fullmatch(release)):
        return suse(product[1], product[2])
    return ecosystem


def suse(version: str, service_pack: str | None) -> str:
    """SUSE Linux Enterprise: its modules, products and long-term support ship the same packages."""
    pack = f" SP{service_pack}" if service_pack and service_pack != "0" else ""
    return f"SUSE:Linux Enterprise Server {version}{pack}"


def name(ecosystem: str, package: str) -> str:
    """A package's name as its ecosystem compares names."""
    family = base(ecosystem)
    if family == "PyPI":
        return _SEPARATORS.sub("-", package).lower()
    if family == "SwiftURL":
        _, _, address = package.rpartition("://")
        return address.removesuffix("/").removesuffix(".git").lower()
    return package.lower() if family in _FOLDED else package


def _ubuntu(release: str) -> str:
    """`22.04` and `22.04:LTS` are one; every second year's April release is LTS."""
    match = _UBUNTU.fullmatch(release)
    if match is None:
        return release
    variant, year, month = match.groups()
    lts = ":LTS" if int(year) % 2 == 0 and month == "04" else ""
    return f"{variant}{year}.{month}{lts}"
