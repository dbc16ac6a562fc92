"""Disable rules, what they would do, and what became of them."""

from msgspec import UNSET, UnsetType

from core.answers.base import Answer, Count, Digest, Moment
from core.domain.findings import Category
from core.domain.values import Health, Severity, SeverityCounts


class Criteria(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule asks of a finding; what it does not ask is left out."""

    vulnerabilities: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    category: Category | None = None
    severity_at_most: Severity | None = None
    cvss_below: float | None = None
    epss_below: float | None = None
    not_patchable: bool = False
    repositories: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    operating_systems: tuple[str, ...] = ()
    everything: bool = False


class Rule(Answer, frozen=True, kw_only=True):
    """A rule in force."""

    id: str
    subscription: str
    criteria: Criteria
    reason: str
    author: str
    expires: Moment | None
    version: Count


class Rules(Answer, frozen=True, kw_only=True):
    """The rules in force."""

    value: list[Rule]


class RuleHappening(Answer, frozen=True, kw_only=True):
    """Something that happened to a rule; each kind of event has its own fields."""

    at: Moment
    event: str
    rule: str
    version: Count
    author: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    expires: Moment | UnsetType | None = UNSET
    criteria: Criteria | UnsetType = UNSET


class RuleHistory(Answer, frozen=True, kw_only=True):
    """All that happened to a subscription's rules."""

    value: list[RuleHappening]


class HealthChange(Answer, frozen=True, kw_only=True, rename={"before": "from", "after": "to"}):
    """An image that would change its health."""

    registry: str
    repository: str
    digest: Digest
    before: Health
    after: Health


class DisabledExample(Answer, frozen=True, kw_only=True):
    """A finding that a rule would disable."""

    registry: str
    repository: str
    digest: Digest
    id: str
    package: str
    version: str
    severity: Severity
    purl: str


class RulePreview(Answer, frozen=True, kw_only=True):
    """What a rule would do."""

    findings: Count
    severities: SeverityCounts
    images: Count
    already_disabled: Count
    health_changes: Count
    changes: list[HealthChange]
    examples: list[DisabledExample]
    looked_at: Count
    complete: bool


class RuleRemoved(Answer, frozen=True, kw_only=True):
    """A rule was taken back."""

    removed: str


class RuleChanges(Answer, frozen=True, kw_only=True):
    """What many rules at once changed, or would change, by their names."""

    dry_run: bool
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


class RulesApplied(RuleChanges, frozen=True, kw_only=True):
    """What a document of rules changed, and which of them are over."""

    expired: tuple[str, ...]


class ImportedRule(Answer, frozen=True, kw_only=True):
    """The rule that an exemption became."""

    id: str
    criteria: Criteria
    reason: str
    expires: Moment | None


class RefusedExemption(Answer, frozen=True, kw_only=True):
    """An exemption that cannot be a rule."""

    id: str
    reason: str


class RulesImported(RuleChanges, frozen=True, kw_only=True):
    """What exemptions became."""

    rules: list[ImportedRule]
    refused: list[RefusedExemption]
