"""Rules as the JSON that people write and get: what was not asked is left out."""

import msgspec

from core.domain.criteria import Criteria
from core.domain.rules import Rule
from core.domain.values import ImageName
from core.projections.cells import instant
from core.query.shapes import Json
from core.rules.preview import Preview


def rule_of(rule: Rule, subscription: str) -> dict[str, Json]:
    """A rule in force."""
    return {
        "id": rule.id,
        "subscription": subscription,
        "criteria": criteria_of(rule.criteria),
        "reason": rule.reason,
        "author": rule.author,
        "expires": instant(rule.expires) if rule.expires else None,
        "version": rule.version,
    }


def criteria_of(criteria: Criteria) -> dict[str, Json]:
    """Criteria, as a rule is written."""
    written: dict[str, Json] = {
        "vulnerabilities": list[Json](criteria.vulnerabilities),
        "packages": list[Json](criteria.packages),
        "category": criteria.category,
        "severityAtMost": criteria.severity_at_most,
        "cvssBelow": criteria.cvss_below,
        "epssBelow": criteria.epss_below,
        "notPatchable": criteria.not_patchable or None,
        "repositories": list[Json](criteria.repositories),
        "digests": list[Json](criteria.digests),
        "operatingSystems": list[Json](criteria.systems),
        "everything": criteria.everything or None,
    }
    return {name: value for name, value in written.items() if value not in (None, [])}


def preview_of(preview: Preview) -> dict[str, Json]:
    """What a rule would do."""
    return {
        "findings": preview.counts.total,
        "severities": msgspec.to_builtins(preview.counts),
        "images": preview.images,
        "alreadyDisabled": preview.already,
        "healthChanges": preview.changes,
        "changes": [
            {**_image(one.image), "from": one.before.value, "to": one.after.value}
            for one in preview.changed
        ],
        "examples": [
            {
                **_image(image),
                "id": finding.id,
                "package": finding.package,
                "version": finding.version,
                "severity": finding.severity.value,
                "purl": finding.purl,
            }
            for image, finding in preview.examples
        ],
        "lookedAt": preview.looked_at,
        "complete": preview.complete,
    }


def _image(image: ImageName) -> dict[str, Json]:
    return {"registry": image.registry, "repository": image.repository, "digest": image.digest}
