"""Rules as the JSON that people write and get: what was not asked is left out."""

from core.answers.rules import Criteria as ShownCriteria
from core.answers.rules import DisabledExample, HealthChange, RulePreview
from core.answers.rules import Rule as ShownRule
from core.domain.criteria import Criteria
from core.domain.rules import Rule
from core.projections.cells import instant
from core.rules.preview import Preview


def rule_of(rule: Rule, subscription: str) -> ShownRule:
    """A rule in force."""
    return ShownRule(
        id=rule.id,
        subscription=subscription,
        criteria=criteria_of(rule.criteria),
        reason=rule.reason,
        author=rule.author,
        expires=instant(rule.expires) if rule.expires else None,
        version=rule.version,
    )


def criteria_of(criteria: Criteria) -> ShownCriteria:
    """Criteria, as a rule is written."""
    return ShownCriteria(
        vulnerabilities=criteria.vulnerabilities,
        packages=criteria.packages,
        category=criteria.category,
        severity_at_most=criteria.severity_at_most,
        cvss_below=criteria.cvss_below,
        epss_below=criteria.epss_below,
        not_patchable=criteria.not_patchable,
        repositories=criteria.repositories,
        digests=criteria.digests,
        operating_systems=criteria.systems,
        everything=criteria.everything,
    )


def preview_of(preview: Preview) -> RulePreview:
    """What a rule would do."""
    return RulePreview(
        findings=preview.counts.total,
        severities=preview.counts,
        images=preview.images,
        already_disabled=preview.already,
        health_changes=preview.changes,
        changes=[
            HealthChange(
                registry=one.image.registry,
                repository=one.image.repository,
                digest=one.image.digest,
                before=one.before,
                after=one.after,
            )
            for one in preview.changed
        ],
        examples=[
            DisabledExample(
                registry=image.registry,
                repository=image.repository,
                digest=image.digest,
                id=finding.id,
                package=finding.package,
                version=finding.version,
                severity=finding.severity,
                purl=finding.purl,
            )
            for image, finding in preview.examples
        ],
        looked_at=preview.looked_at,
        complete=preview.complete,
    )
