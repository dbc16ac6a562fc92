"""What to do about findings: the smallest set of upgrades, in words.

A package needs one upgrade however many findings it has: to the least version that none of those
findings' advisories affects any more. That is not always the highest of their fixes, since a
vulnerability that was fixed in one line of releases may be present in the next. Components that
were built from one source are upgraded together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.advisories import ecosystems
from core.advisories.database import Advisories
from core.advisories.packages import Coordinate
from core.advisories.verdicts import verdict
from core.advisories.versions import highest, known
from core.domain.findings import Finding
from core.domain.values import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """One upgrade of one package."""

    ecosystem: str
    """OSV ecosystem with its release."""
    package: str
    """The package as advisories name it."""
    installed: str
    """The version that is installed."""
    target: str | None
    """The version that resolves all that can be resolved, or `None` where nothing can."""
    components: tuple[str, ...]
    """What is installed of it, sorted."""
    resolved: tuple[str, ...]
    """Ids of the findings that it resolves, sorted."""
    remaining: tuple[str, ...]
    """Ids of the findings that it leaves, mostly because no fix is known, sorted."""
    severity: Severity
    """The worst of them all."""

    @property
    def sentence(self) -> str:
        """What to do, to be shown as text: its names come from images and advisories."""
        count = len(self.resolved)
        if self.target is None:
            return (
                f"No version of {self.package} is known that resolves"
                f" {_several(len(self.remaining))}; {self.installed} is installed."
            )
        sentence = (
            f"Upgrade {self._named} from {self.installed} to {self.target},"
            f" which resolves {_several(count)}"
        )
        if self.remaining:
            return f"{sentence}; {_several(len(self.remaining))} cannot be resolved by that."
        return f"{sentence}."

    @property
    def _named(self) -> str:
        others = [name for name in self.components if name != self.package]
        return f"{self.package} ({', '.join(others)})" if others else self.package


def upgrades(findings: Iterable[Finding], advisories: Advisories) -> tuple[Upgrade, ...]:
    """The smallest set of upgrades that resolves all that can be resolved, worst first."""
    grouped: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.ecosystem, finding.package, finding.version)
        grouped.setdefault(key, []).append(finding)
    found = [_upgrade(key, group, advisories) for key, group in grouped.items()]
    return tuple(sorted(found, key=lambda each: (each.severity.rank, each.ecosystem, each.package)))


def _upgrade(
    key: tuple[str, str, str], findings: Sequence[Finding], advisories: Advisories
) -> Upgrade:
    ecosystem, package, installed = key
    target, unresolved = _target(ecosystem, package, findings, advisories)
    remaining = {
        each.id
        for each in findings
        if not each.patchable or not unresolved.isdisjoint(each.advisories)
    }
    return Upgrade(
        ecosystem=ecosystem,
        package=package,
        installed=installed,
        target=target,
        components=tuple(sorted({each.component for each in findings})),
        resolved=tuple(sorted({each.id for each in findings} - remaining)),
        remaining=tuple(sorted(remaining)),
        severity=min((each.severity for each in findings), key=lambda severity: severity.rank),
    )


def _target(
    ecosystem: str, package: str, findings: Sequence[Finding], advisories: Advisories
) -> tuple[str | None, set[str]]:
    """The version to upgrade to, and the advisories that still affect it.

    Each step goes to the highest fix of what still affects the version reached so far, so it ends.
    """
    fixable = {name for each in findings if each.patchable for name in each.advisories}
    target = highest(ecosystem, (each.fixed for each in findings if each.fixed is not None))
    unresolved: set[str] = set()
    while target is not None and known(ecosystem):
        at = Coordinate(ecosystem, ecosystems.name(ecosystem, package), target)
        hits = {
            advisories.advisory(hit.advisory).id: hit.fixed
            for hit in verdict(advisories, (at,), None).hits
        }
        unresolved = fixable & hits.keys()
        further = highest(ecosystem, (fix for name in unresolved if (fix := hits[name])))
        if further is None:
            break
        target = further
    return target, unresolved


def _several(findings: int) -> str:
    return "1 finding" if findings == 1 else f"{findings} findings"
