"""Verdicts on distinct packages, and the verdict on an image put together from them.

Each distinct package is matched once, and its findings are kept as the bytes that stand in an
image's findings. Putting an image's findings together is then sorting and joining bytes, and
whether they changed is seen by their hash: the result is to the byte what matching the whole
inventory gives.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from core.advisories.matching import Matched, Matcher, order
from core.domain.findings import Finding
from core.domain.values import Severity, SeverityCounts
from core.fleet.distinct import Distinct, decode
from core.inventory.packages import Inventory
from core.scanning.assessment import Verdict

_NO_LAYER = b"null}"
"""How a finding ends whose layer, its last field, is not known."""


@dataclass(frozen=True, slots=True)
class Line:
    """One finding of a distinct package."""

    order: tuple[object, ...]
    """Where it stands among an image's findings."""
    body: bytes
    """Its JSON up to the layer."""
    severity: Severity
    patchable: bool
    advisories: tuple[str, ...]

    def json(self, layer: str | None) -> bytes:
        """The finding as it stands in an image's findings."""
        return self.body + msgspec.json.encode(layer) + b"}"


@dataclass(frozen=True, slots=True)
class PackageVerdict:
    """What the advisories say of one distinct package."""

    lines: tuple[Line, ...]
    uncompared: int


class Verdicts:
    """Matches distinct packages, each once."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._known: dict[bytes, PackageVerdict] = {}

    def of(self, content: bytes) -> PackageVerdict:
        """The verdict on the package with that content."""
        known = self._known.get(content)
        if known is None:
            known = self._known[content] = self._match(content)
        return known

    def _match(self, content: bytes) -> PackageVerdict:
        matched = match_alone(self._matcher, decode(content))
        if not matched.findings and matched.uncompared == 0:
            return _NOTHING
        lines = tuple(_line(finding) for finding in matched.findings)
        return PackageVerdict(lines, matched.uncompared)


_NOTHING = PackageVerdict((), 0)


def match_alone(matcher: Matcher, distinct: Distinct) -> Matched:
    """What is found in an inventory of that package alone."""
    package, system = distinct
    alone = Inventory(tool="", tool_version="", os=system, packages=(package,), unidentified=0)
    return matcher.match(alone)


def together(packages: Iterable[tuple[PackageVerdict, str | None]]) -> Verdict:
    """The verdict on an image with those packages and their layers, in its inventory's order."""
    found: list[tuple[Line, str | None]] = []
    uncompared = 0
    for verdict, layer in packages:
        uncompared += verdict.uncompared
        found += ((line, layer) for line in verdict.lines)
    found.sort(key=lambda one: one[0].order)
    return Verdict(
        findings=b"[" + b",".join(line.json(layer) for line, layer in found) + b"]",
        counts=SeverityCounts.of(line.severity for line, _ in found),
        patchable=sum(line.patchable for line, _ in found),
        uncompared=uncompared,
    )


def _line(finding: Finding) -> Line:
    encoded = msgspec.json.encode(finding)
    if not encoded.endswith(_NO_LAYER):
        raise TypeError("a finding of a package without a layer ends with that: it is last")
    return Line(
        order=order(finding),
        body=encoded.removesuffix(_NO_LAYER),
        severity=finding.severity,
        patchable=finding.patchable,
        advisories=finding.advisories,
    )
