"""What to do about findings: the smallest set of upgrades, in words.

A package needs one upgrade however many findings it has: to the highest of the versions that
resolve them. Components that were built from one source are upgraded together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key

from core.advisories.versions import Unparsable, compare, known
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
    """The least version that resolves all that can be resolved, or `None` where nothing can."""
    components: tuple[str, ...]
    """What is installed of it, sorted."""
    resolved: tuple[str, ...]
    """Ids of the findings that it resolves, sorted."""
    remaining: tuple[str, ...]
    """Ids of the findings for which no fix is known, sorted."""
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
            return f"{sentence}; for {len(self.remaining)} more no fix is known."
        return f"{sentence}."

    @property
    def _named(self) -> str:
        others = [name for name in self.components if name != self.package]
        return f"{self.package} ({', '.join(others)})" if others else self.package


def upgrades(findings: Iterable[Finding]) -> tuple[Upgrade, ...]:
    """The smallest set of upgrades that resolves all that can be resolved, worst first."""
    grouped: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.ecosystem, finding.package, finding.version)
        grouped.setdefault(key, []).append(finding)
    found = [_upgrade(key, group) for key, group in grouped.items()]
    return tuple(sorted(found, key=lambda each: (each.severity.rank, each.ecosystem, each.package)))


def _upgrade(key: tuple[str, str, str], findings: Sequence[Finding]) -> Upgrade:
    ecosystem, package, installed = key
    return Upgrade(
        ecosystem=ecosystem,
        package=package,
        installed=installed,
        target=_highest(ecosystem, [each.fixed for each in findings if each.fixed is not None]),
        components=tuple(sorted({each.component for each in findings})),
        resolved=tuple(sorted({each.id for each in findings if each.patchable})),
        remaining=tuple(sorted({each.id for each in findings if not each.patchable})),
        severity=min((each.severity for each in findings), key=lambda severity: severity.rank),
    )


def _highest(ecosystem: str, versions: Sequence[str]) -> str | None:
    """The highest version; by letters where the ecosystem's order is not known."""

    def order(one: str, other: str) -> int:
        compared = compare(ecosystem, one, other) if known(ecosystem) else None
        if compared is None or isinstance(compared, Unparsable):
            return (one > other) - (one < other)
        return compared

    return max(versions, key=cmp_to_key(order), default=None)


def _several(findings: int) -> str:
    return "1 finding" if findings == 1 else f"{findings} findings"
