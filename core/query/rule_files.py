"""Many rules at once over HTTP: a file of all rules, and exemptions that come from elsewhere."""

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import asdict as fields_of

from core.answers.rules import (
    ImportedRule,
    RefusedExemption,
    RuleChanges,
    RulesApplied,
    RulesImported,
)
from core.projections.cells import instant
from core.query.parameters import Parameters
from core.query.rules import subscription_of
from core.rules.bringing import Differences, RuleBringer
from core.rules.desk import Changed, Full
from core.rules.documents import read_rules
from core.rules.exemptions import read_exemptions
from core.rules.reading import Draft
from core.rules.shapes import criteria_of

type Stopped = Changed | Full
"""Why nothing more was done."""

_KNOWN = frozenset({"subscription", "dryRun"})


class RuleFiles:
    """Takes documents of rules in. What stopped them is a value; what was done until then stays."""

    def __init__(self, bringer: RuleBringer) -> None:
        self._bringer = bringer

    async def apply(
        self, document: bytes, given: Mapping[str, str], by: str
    ) -> RulesApplied | Stopped:
        """Bring the subscription's rules to what the document lists, unless `dryRun=true`."""
        asked, now = Parameters(given, known=_KNOWN), datetime.now(UTC)
        subscription, dry_run = subscription_of(asked), _dry_run(asked, default=False)
        desired = read_rules(document, now=now)
        found = await self._bringer.bring(
            subscription, desired.drafts, whole=True, dry_run=dry_run, by=by, now=now
        )
        if not isinstance(found, Differences):
            return found
        shown = _shown(found, dry_run=dry_run)
        return RulesApplied(**fields_of(shown), expired=desired.expired)

    async def take_exemptions(
        self, document: bytes, given: Mapping[str, str], by: str
    ) -> RulesImported | Stopped:
        """Put the subscription's exemptions in force as rules, beside those that there are, unless
        `dryRun=true`. Those that cannot be rules are named, with the reason."""
        asked, now = Parameters(given, known=_KNOWN), datetime.now(UTC)
        subscription, dry_run = subscription_of(asked), _dry_run(asked, default=False)
        read = read_exemptions(document, subscription, now=now)
        found = await self._bringer.bring(
            subscription, read.drafts, whole=False, dry_run=dry_run, by=by, now=now
        )
        if not isinstance(found, Differences):
            return found
        return RulesImported(
            **fields_of(_shown(found, dry_run=dry_run)),
            rules=[_rule(name, draft) for name, draft in sorted(read.drafts.items())],
            refused=[RefusedExemption(id=one.id, reason=one.why) for one in read.refused],
        )


def _rule(name: str, draft: Draft) -> ImportedRule:
    return ImportedRule(
        id=name,
        criteria=criteria_of(draft.criteria),
        reason=draft.reason,
        expires=instant(draft.expires) if draft.expires else None,
    )


def _dry_run(asked: Parameters, *, default: bool) -> bool:
    given = asked.choice("dryRun", {"true": "true", "false": "false"})
    return default if given is None else given == "true"


def _shown(found: Differences, *, dry_run: bool) -> RuleChanges:
    return RuleChanges(
        dry_run=dry_run,
        added=found.added,
        changed=found.changed,
        removed=found.removed,
        unchanged=found.unchanged,
    )
