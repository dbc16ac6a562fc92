"""A fleet made up with a fixed seed: packages that advisories name, in images that share them.

Images are built on a few base images, as they are in life, and add packages of languages, a few of
which are popular and most of which are not. Names and versions come from the advisories: most
packages stand at the newest version that is named, some at the one before, and as many have names
of which no advisory speaks.
"""

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from urllib.parse import quote

from core.advisories import osv, versions
from core.advisories.ecosystems import canonical
from core.errors import InvalidAdvisory

type Json = Mapping[str, object]

SYSTEMS = {
    "Debian:11": ("debian", "11.9", "deb"),
    "Alpine:v3.18": ("alpine", "3.18.4", "apk"),
    "AlmaLinux:9": ("almalinux", "9.4", "rpm"),
}
"""By ecosystem: os-release's ID and VERSION_ID, and the purl's type."""

LANGUAGES = {"PyPI": "pypi", "Go": "golang", "crates.io": "cargo"}
"""By ecosystem: the purl's type."""

BASES = 60
"""Base images of each system."""
OLD = 0.42
"""The share of packages that stand at the version before the newest that is named."""
UNKNOWN = 0.5
"""The share of packages of which no advisory speaks."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A package at a version."""

    ecosystem: str
    name: str
    version: str

    def component(self, layer: str) -> Json:
        """The package as Trivy describes it."""
        digest = {"name": "aquasecurity:trivy:LayerDigest", "value": layer}
        return {
            "type": "library",
            "name": self.name,
            "version": self.version,
            "purl": self.purl(),
            "properties": [digest],
        }

    def purl(self) -> str:
        """Its package URL, as Trivy writes it."""
        version = quote(self.version, safe="")
        name = quote(self.name, safe="/@")
        if self.ecosystem in LANGUAGES:
            return f"pkg:{LANGUAGES[self.ecosystem]}/{name}@{version}"
        system, release, kind = SYSTEMS[self.ecosystem]
        return f"pkg:{kind}/{system}/{name}@{version}?arch=amd64&distro={system}-{release}"


@dataclass(frozen=True, slots=True)
class Base:
    """A base image."""

    ecosystem: str
    packages: Sequence[Installed]
    layer: str


@dataclass(frozen=True, slots=True)
class ImageData:
    """An image."""

    base: Base
    packages: Sequence[Installed]
    """What it adds to its base."""
    layer: str

    def sbom(self) -> bytes:
        """Its inventory, CycloneDX JSON."""
        system, release, _ = SYSTEMS[self.base.ecosystem]
        components = [
            {"type": "operating-system", "name": system, "version": release},
            *(package.component(self.base.layer) for package in self.base.packages),
            *(package.component(self.layer) for package in self.packages),
        ]
        tools = {"components": [{"name": "trivy", "version": "0.76.0"}]}
        return json.dumps(
            {
                "bomFormat": "CycloneDX",
                "specVersion": "1.6",
                "metadata": {"tools": tools},
                "components": components,
            },
            separators=(",", ":"),
        ).encode()


class FleetData:
    """Images, all of them determined by the advisories and a seed."""

    def __init__(self, records: Iterable[bytes], *, images: int, packages: int, distinct: int):
        self._chance = random.Random(20_261_121)  # noqa: S311 - the same fleet every time
        named = _named(records)
        share = distinct // 10
        systems = {name: self._pool(name, named[name], share) for name in SYSTEMS}
        self._languages = [
            package
            for name in LANGUAGES
            for package in self._pool(name, named[name], (distinct - 3 * share) // len(LANGUAGES))
        ]
        self._chance.shuffle(self._languages)
        self._bases = [
            Base(name, self._chance.sample(pool, packages * 3 // 5), _layer("base", name, number))
            for name, pool in systems.items()
            for number in range(BASES)
        ]
        self._added = packages - packages * 3 // 5
        self.images = images

    def image(self, number: int) -> ImageData:
        """One of the images."""
        chance = random.Random(number)  # noqa: S311 - the same image every time
        count, pool = self._added, self._languages
        rare = {(number * 3 + step) % len(pool) for step in range(3)}
        while len(rare) < count:
            rare.add(int(chance.paretovariate(0.6) * 10) % len(pool))
        base = self._bases[chance.randrange(len(self._bases))]
        return ImageData(base, [pool[at] for at in sorted(rare)], _layer("app", number))

    def rare(self) -> Iterator[tuple[Installed, int]]:
        """Packages of languages and how many images have them, those that fewest have first."""
        holders = dict.fromkeys(self._languages, 0)
        for number in range(self.images):
            for package in self.image(number).packages:
                holders[package] += 1
        held = [(package, count) for package, count in holders.items() if count]
        yield from sorted(held, key=lambda one: one[1])

    def _pool(
        self, ecosystem: str, named: Mapping[str, Sequence[str]], count: int
    ) -> list[Installed]:
        """Packages of one ecosystem, no two the same."""
        names = sorted(named)
        self._chance.shuffle(names)
        pool: dict[Installed, None] = {}
        for name in names[: int(count * (1 - UNKNOWN))]:
            old = self._chance.random() < OLD
            version = named[name][-2:][0] if old else named[name][-1]
            pool[Installed(ecosystem, name, version)] = None
        for number in range(count - len(pool)):
            pool[Installed(ecosystem, f"unheard-of-{number}", f"1.{number % 40}.0")] = None
        return list(pool)


def made_up(count: int) -> Iterator[bytes]:
    """Advisories to use where no real ones are at hand: some on each of a few thousand packages."""
    chance = random.Random(1)  # noqa: S311 - the same advisories every time
    ecosystems = [*SYSTEMS, *LANGUAGES]
    for number in range(count):
        ecosystem = ecosystems[number % len(ecosystems)]
        fixed = f"1.{chance.randrange(60)}.{chance.randrange(10)}"
        name = f"made-up-{chance.randrange(count // 3)}"
        yield advisory(f"MADE-UP-{number}", ecosystem, name, fixed)


def advisory(name: str, ecosystem: str, package: str, fixed: str | None) -> bytes:
    """One advisory on all versions of a package before `fixed`, or on all of them."""
    events = [{"introduced": "0"}] + ([{"fixed": fixed}] if fixed else [])
    record = {
        "id": name,
        "modified": "2026-11-21T00:00:00Z",
        "summary": f"Made up for {package}",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
    }
    return json.dumps(record).encode()


def _named(records: Iterable[bytes]) -> dict[str, dict[str, list[str]]]:
    """By ecosystem and name, the versions that advisories name, in their order."""
    named: dict[str, dict[str, list[str]]] = {name: {} for name in [*SYSTEMS, *LANGUAGES]}
    for text in records:
        try:
            record = osv.decode(text)
        except InvalidAdvisory:
            continue
        for affected in record.affected or ():
            if affected.package is None:
                continue
            ecosystem = canonical(affected.package.ecosystem)
            if ecosystem in named:
                bounds = named[ecosystem].setdefault(affected.package.name, [])
                bounds += _bounds(affected)
    return {
        ecosystem: {name: _sorted(ecosystem, bounds) for name, bounds in names.items() if bounds}
        for ecosystem, names in named.items()
    }


def _bounds(affected: osv.Affected) -> Iterator[str]:
    for each in affected.ranges or ():
        if each.type != "GIT":
            yield from (event.fixed for event in each.events if event.fixed is not None)


def _sorted(ecosystem: str, bounds: Iterable[str]) -> list[str]:
    def order(one: str, other: str) -> int:
        compared = versions.compare(ecosystem, one, other)
        return compared if isinstance(compared, int) else 0

    return sorted(set(bounds), key=cmp_to_key(order))


def _layer(*parts: object) -> str:
    return f"sha256:{random.Random(str(parts)).randbytes(32).hex()}"  # noqa: S311 - a name
