"""A fleet that was assessed, made up with a fixed seed: images, and so many findings in each.

As in life, builds of one application follow each other and have the same findings; applications are
built on few bases, whose vulnerabilities are therefore in many images, and add packages of a
language, a few of which are popular.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from bench.fleet_data import Base, ImageData, Installed
from core.domain.findings import Category, Cvss, Finding, SourceSeverity
from core.domain.values import ImageName, Severity, SeverityCounts

FINDINGS = 50
"""Findings of an image."""
BUILDS = 5
"""Images of one application that have the same findings."""
BASES = 60
SYSTEM, LANGUAGE = "Debian:11", "PyPI"
_OF_BASE = 0.7
"""The share of an image's findings that it has from its base."""
_KNOWN = {SYSTEM: 2_000, LANGUAGE: 6_000}
"""Vulnerabilities that there are."""
_PER_PACKAGE = 3
"""Vulnerabilities of one package, one with another."""
_SEVERITIES = dict(zip(Severity, (4, 20, 40, 30, 5, 1), strict=True))
"""How often each occurs, in a hundred."""
_PATCHABLE = 0.8
_HARMLESS = 10
"""Packages of an image that have no vulnerability."""
_HEALTHY = 10
"""One application in so many has nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What an image consists of, and what was found in it."""

    sbom: bytes
    packages: int
    findings: bytes
    """As the app keeps them: worst is not first, for nothing says so."""
    counts: SeverityCounts
    patchable: int


class FoundFleet:
    """Images, all of them determined by how many there are."""

    def __init__(self, *, images: int, findings: int = FINDINGS) -> None:
        """`findings` are those of an image, one with another."""
        chance = random.Random(20_261_122)  # noqa: S311 - the same fleet every time
        self.images = images
        self._pools = {name: _pool(chance, name, count) for name, count in _KNOWN.items()}
        each = findings * _HEALTHY // (_HEALTHY - 1)
        self._based = int(each * _OF_BASE)
        self._added = each - self._based
        self._bases = [chance.sample(self._pools[SYSTEM], self._based) for _ in range(BASES)]

    def name(self, number: int, registry: str) -> ImageName:
        """One of the images, in that registry."""
        application = number // BUILDS
        return ImageName(
            registry=registry,
            repository=f"team-{application % 50:02d}/app-{application:04d}",
            digest=f"sha256:{number:064x}",
        )

    def tag(self, number: int) -> str:
        """The tag of one of the images."""
        return f"v1.{number % BUILDS}"

    def build(self, number: int) -> Build:
        """What one of the images consists of."""
        return self._application(number // BUILDS)

    @lru_cache(maxsize=64)  # noqa: B019 - a fleet lives as long as its bench
    def _application(self, number: int) -> Build:
        chance = random.Random(number)  # noqa: S311 - the same application every time
        harmless = [Installed(LANGUAGE, f"harmless-{at}", "1.0") for at in range(_HARMLESS)]
        if number % _HEALTHY == _HEALTHY - 1:
            return _built([], [], harmless, number)
        pool = self._pools[LANGUAGE]
        popular: set[int] = set()
        while len(popular) < self._added:
            popular.add(int(chance.paretovariate(0.5) * 10) % len(pool))
        base = self._bases[chance.randrange(BASES)]
        return _built(base, [pool[at] for at in sorted(popular)], harmless, number)


def _built(
    base: Sequence[Finding], added: Sequence[Finding], harmless: Sequence[Installed], number: int
) -> Build:
    found = [*base, *added]
    image = ImageData(
        Base(SYSTEM, _packages(SYSTEM, base), _layer("base", *(one.id for one in base))),
        [*_packages(LANGUAGE, added), *harmless],
        _layer("app", number),
    )
    return Build(
        sbom=image.sbom(),
        packages=len(image.base.packages) + len(image.packages),
        findings=msgspec.json.encode(found),
        counts=SeverityCounts.of(one.severity for one in found),
        patchable=sum(one.patchable for one in found),
    )


def _packages(ecosystem: str, findings: Sequence[Finding]) -> list[Installed]:
    """The packages that have them, each once."""
    named = {one.package: one.version for one in findings}
    return [Installed(ecosystem, name, version) for name, version in named.items()]


def _pool(chance: random.Random, ecosystem: str, count: int) -> list[Finding]:
    """The vulnerabilities of one ecosystem, as every image has them that has the package."""
    first = 10_000 + sum(_KNOWN[name] for name in _KNOWN if name < ecosystem)
    return [_finding(chance, ecosystem, f"CVE-2026-{first + at}", at) for at in range(count)]


def _finding(chance: random.Random, ecosystem: str, cve: str, place: int) -> Finding:
    system = ecosystem == SYSTEM
    name = f"{'lib' if system else 'py-'}vulnerable-{place // _PER_PACKAGE}"
    package = Installed(ecosystem, name, "1.2.3")
    severity = chance.choices(list(_SEVERITIES), list(_SEVERITIES.values()))[0]
    score = round(9.5 - 1.8 * severity.rank, 1)
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
    return Finding(
        id=cve,
        aliases=(cve, f"{'DEBIAN' if system else 'PYSEC'}-{cve}"),
        advisories=(f"{'DEBIAN' if system else 'PYSEC'}-{cve}",),
        ecosystem=ecosystem,
        category=Category.OS if system else Category.LANGUAGE,
        package=name,
        component=name,
        purl=package.purl(),
        version=package.version,
        fixed=f"1.3.{place % 7}" if chance.random() < _PATCHABLE else None,
        severity=severity,
        severity_source="CVSS v3.1",
        severities=(SourceSeverity(source="CVSS v3.1", value=str(score)),),
        cvss=(Cvss(version="3.1", vector=vector, score=score),),
        summary=f"Made up: a crafted request makes {name} read beyond its buffer",
        references=(f"https://advisories.example/{cve}",),
        published="2026-03-01T00:00:00Z",
    )


def _layer(*parts: object) -> str:
    return f"sha256:{random.Random(str(parts)).randbytes(32).hex()}"  # noqa: S311 - a name
