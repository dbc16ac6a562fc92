"""What changed between two verdicts on one image: the only thing worth telling anybody.

A finding is the same one in both when its id and its package URL are. One that a rule disables is
neither new nor resolved: an image that is healthy by rules alone has not recovered. One that no
rule disables any more is new.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.domain.findings import Finding
from core.domain.values import Health


class Kind(StrEnum):
    """What a notice is about; the most pressing of all that changed names it."""

    BECAME_UNHEALTHY = "BecameUnhealthy"
    """The first findings of an image, or the first since it was healthy."""
    KNOWN_EXPLOITED = "KnownExploited"
    """A finding that it has is exploited now, as CISA says."""
    WORSENED = "Worsened"
    """Its worst finding is worse than the worst was before."""
    NEW_FINDINGS = "NewFindings"
    FIX_AVAILABLE = "FixAvailable"
    """A finding that had no fix has one."""
    RECOVERED = "Recovered"
    """It was unhealthy, and is healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What one verdict says that the one before it did not. Each list is in the findings' order."""

    kind: Kind
    new: Sequence[Finding] = ()
    """Findings that were not there."""
    resolved: Sequence[Finding] = ()
    """Findings that are not there any more."""
    exploited: Sequence[Finding] = ()
    """Findings that are known to be exploited now, and were not. No verdict says so: what is known
    of exploitation is published by itself."""
    fixable: Sequence[Finding] = ()
    """Findings that were there, and can be fixed now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An image's health, and its findings."""

    health: Health
    findings: Sequence[Finding]
    """Those that no rule disables."""
    disabled: Sequence[Finding] = ()
    """Those that a rule disables."""


def compare(before: Verdict, after: Verdict) -> Delta | None:
    """What is worth telling, or `None`. An image that was left out is no image that recovered."""
    old, new = _by_name(before.findings), _by_name(after.findings)
    kept = [(old[name], found) for name, found in new.items() if name in old]
    added = [found for name, found in new.items() if name not in old]
    fixable = [is_ for was, is_ in kept if is_.patchable and not was.patchable]
    hidden = _by_name(after.disabled)
    gone = [found for name, found in old.items() if name not in new and name not in hidden]
    kind = _kind(before, after, added, gone, fixable)
    if kind is None:
        return None
    return Delta(
        kind=kind,
        new=added,
        resolved=gone,
        fixable=fixable,
    )


def _kind(
    before: Verdict,
    after: Verdict,
    added: Sequence[Finding],
    gone: Sequence[Finding],
    fixable: Sequence[Finding],
) -> Kind | None:
    was_unhealthy = before.health is Health.UNHEALTHY
    if after.health is not Health.UNHEALTHY:
        recovered = was_unhealthy and after.health is Health.HEALTHY and gone
        return Kind.RECOVERED if recovered else None
    if not was_unhealthy:
        return Kind.BECAME_UNHEALTHY
    if added:
        worse = _worst(after.findings) < _worst(before.findings)
        return Kind.WORSENED if worse else Kind.NEW_FINDINGS
    return Kind.FIX_AVAILABLE if fixable else None


def _worst(findings: Iterable[Finding]) -> int:
    """Rank of the worst, 0 for Critical; beyond all ranks when there is none."""
    return min((found.severity.rank for found in findings), default=99)


def _by_name(findings: Iterable[Finding]) -> Mapping[tuple[str, str], Finding]:
    return {(found.id, found.purl): found for found in findings}
