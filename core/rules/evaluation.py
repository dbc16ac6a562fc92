"""Which findings of an image rules disable. Pure: the same findings and rules give the same bytes.

A finding is named by its place among the image's findings, whose blob never changes; its id and
package URL stand beside it for people. Of several rules that fit, the first by name is given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from core.domain.criteria import Criteria, Subject
from core.domain.findings import Finding
from core.domain.rules import Rule
from core.domain.values import SeverityCounts
from core.errors import ArtifactMissing
from core.rules.interface import Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """One finding that is disabled."""

    finding: int
    """Its place among the image's findings, from 0."""
    id: str
    purl: str
    rule: str
    """The rule that disables it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempted:
    """What rules disable of an image's findings."""

    exemptions: tuple[Exemption, ...] = ()
    counts: SeverityCounts = field(default_factory=SeverityCounts)
    patchable: int = 0

    @property
    def document(self) -> bytes:
        """The exemptions as they are stored."""
        return msgspec.json.encode(self.exemptions)


def concerned(rules: Iterable[Rule], subject: Subject) -> list[Rule]:
    """The rules that may disable something in that image, in the order of their names."""
    return sorted(
        (rule for rule in rules if rule.criteria.meets_image(subject)), key=lambda rule: rule.id
    )


def exempt(
    rules: Sequence[Rule], findings: Sequence[Finding], probability: Probability
) -> Exempted:
    """What these rules, which all concern the image, disable of its findings."""
    by_finding = [_rule(rules, finding, probability) for finding in findings]
    disabled = [
        (place, finding, rule)
        for place, (finding, rule) in enumerate(zip(findings, by_finding, strict=True))
        if rule is not None
    ]
    return Exempted(
        exemptions=tuple(
            Exemption(finding=place, id=finding.id, purl=finding.purl, rule=rule.id)
            for place, finding, rule in disabled
        ),
        counts=SeverityCounts.of(finding.severity for _, finding, _ in disabled),
        patchable=sum(finding.patchable for _, finding, _ in disabled),
    )


def meets(criteria: Criteria, finding: Finding, probability: Probability) -> bool:
    """Whether the criteria on findings hold; EPSS is asked for only where it matters."""
    epss = probability(finding.cves) if criteria.epss_below is not None else None
    return criteria.meets_finding(finding, epss)


def rules_by_finding(document: bytes) -> Mapping[int, str]:
    """Which rule disables which finding, by its place, as `Exempted.document` says."""
    try:
        exemptions = msgspec.json.decode(document, type=tuple[Exemption, ...])
    except msgspec.MsgspecError as error:
        raise ArtifactMissing(f"a blob of exemptions that is none: {error}") from error
    return {one.finding: one.rule for one in exemptions}


def _rule(rules: Iterable[Rule], finding: Finding, probability: Probability) -> Rule | None:
    return next((rule for rule in rules if meets(rule.criteria, finding, probability)), None)
