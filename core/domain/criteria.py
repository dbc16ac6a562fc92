"""What a disable rule is about: criteria, all of which must hold of a finding and its image.

Patterns know one sign, `*` for any characters; all others stand for themselves. Such a pattern is
decided in one pass over the text, whatever somebody writes: nothing here can be made to backtrack.

What is not known satisfies no bound: a finding without a CVSS score is not below any score, and one
of unknown severity is at most `Unknown` only. A rule never hides what nobody has judged.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.domain.findings import Category, Finding
from core.domain.values import ImageName, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """A conjunction. A criterion that is empty or `None` is none; within a list, one must hold."""

    vulnerabilities: tuple[str, ...] = ()
    """Ids of advisories or CVEs, upper case."""
    packages: tuple[str, ...] = ()
    """Patterns of package URLs, `pkg:deb/debian/openssl@*`."""
    category: Category | None = None
    severity_at_most: Severity | None = None
    cvss_below: float | None = None
    """Against the highest base score that the finding has."""
    epss_below: float | None = None
    not_patchable: bool = False
    """Only findings without a version that resolves them."""
    repositories: tuple[str, ...] = ()
    """Patterns of registry and repository, `*/team/*` or `demo.azurecr.io/team/app`."""
    digests: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    """Patterns of the image's distribution, `debian 12*`, lower case."""
    everything: bool = False
    """Says in so many words that nothing is asked of a finding. It changes no decision."""

    def meets_image(self, subject: "Subject") -> bool:
        """Whether the criteria on images hold; the rest is a matter of its findings."""
        place = f"{subject.image.registry}/{subject.image.repository}"
        return (
            (not self.repositories or _any(self.repositories, place))
            and (not self.digests or subject.image.digest in self.digests)
            and (not self.systems or _any(self.systems, (subject.system or "").lower()))
        )

    def meets_finding(self, finding: Finding, epss: float | None) -> bool:
        """Whether the criteria on findings hold. `epss` is its probability of exploitation."""
        return (
            (not self.vulnerabilities or _names(finding, self.vulnerabilities))
            and (not self.packages or _any(self.packages, finding.purl))
            and self.category in (None, finding.category)
            and (self.severity_at_most is None or _at_most(finding, self.severity_at_most))
            and _below(max((one.score for one in finding.cvss), default=None), self.cvss_below)
            and _below(epss, self.epss_below)
            and not (self.not_patchable and finding.patchable)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An image, as rules see it."""

    image: ImageName
    subscription: str
    system: str | None
    """Its distribution, `debian 12.15`; `None` where it has none, or none is known."""


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *between, last = rest
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for part in between:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _any(patterns: Iterable[str], text: str) -> bool:
    return any(fits(pattern, text) for pattern in patterns)


def _names(finding: Finding, wanted: Iterable[str]) -> bool:
    names = {name.upper() for name in (finding.id, *finding.aliases, *finding.advisories)}
    return not names.isdisjoint(wanted)


def _at_most(finding: Finding, bound: Severity) -> bool:
    if Severity.UNKNOWN in (finding.severity, bound):
        return finding.severity is bound
    return finding.severity.rank >= bound.rank


def _below(value: float | None, bound: float | None) -> bool:
    return bound is None or (value is not None and value < bound)
