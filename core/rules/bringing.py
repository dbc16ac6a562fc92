"""Brings a subscription's rules to what a document says: what differs, and nothing else.

Each difference is a change of the rule at the version that was looked at, and many of them share an
append: whoever is interrupted, or overtaken by somebody else, does it again, and only what still
differs is left to do. Rules are put in force before others are taken back, so that what moves from
one rule to another stays disabled throughout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.rules import MAX_RULES, RemoveRule, Rule, RuleBook, SetRule
from core.rules.desk import Changed, Full, RuleDesk
from core.rules.reading import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Names of rules, sorted, by what becomes of them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


class RuleBringer:
    """Carries differences out."""

    def __init__(self, desk: RuleDesk) -> None:
        self._desk = desk

    async def bring(
        self,
        subscription: str,
        drafts: Mapping[str, Draft],
        *,
        whole: bool,
        dry_run: bool,
        by: str,
        now: datetime,
    ) -> Differences | Changed | Full:
        """Put these rules in force, and take back all others if they are the `whole`. A dry run
        only says what would change."""
        book = await self._desk.book(subscription)
        found = differences(book, drafts, whole=whole)
        kept = len(book.rules) - len(found.removed)
        if kept + len(found.added) > MAX_RULES:
            return Full(reason=f"there would be more than {MAX_RULES} rules: remove some first")
        if dry_run:
            return found
        changes = _changes(subscription, book, drafts, found, by=by, now=now)
        return await self._desk.change(subscription, changes, by=by) or found


def _changes(
    subscription: str,
    book: RuleBook,
    drafts: Mapping[str, Draft],
    found: Differences,
    *,
    by: str,
    now: datetime,
) -> Sequence[SetRule | RemoveRule]:
    """What carries the differences out. A full book makes room first."""
    known = {name: rule.version for name, rule in book.rules.items()}
    sets = [
        SetRule(
            subscription=subscription,
            rule=name,
            criteria=drafts[name].criteria,
            reason=drafts[name].reason,
            author=by,
            expires=drafts[name].expires,
            at=now,
            expected=known.get(name, 0),
        )
        for name in (*found.added, *found.changed)
    ]
    removals = [
        RemoveRule(subscription=subscription, rule=name, author=by, expected=known[name])
        for name in found.removed
    ]
    room = len(book.rules) + len(found.added) <= MAX_RULES
    return [*sets, *removals] if room else [*removals, *sets]


def differences(book: RuleBook, drafts: Mapping[str, Draft], *, whole: bool) -> Differences:
    """What becomes of which rule."""
    known = {name: book.rules.get(name) for name in sorted(drafts)}
    same = {name for name, rule in known.items() if rule and _says(rule, drafts[name])}
    return Differences(
        added=tuple(name for name, rule in known.items() if rule is None),
        changed=tuple(name for name, rule in known.items() if rule and name not in same),
        removed=tuple(sorted(book.rules.keys() - drafts.keys())) if whole else (),
        unchanged=tuple(sorted(same)),
    )


def _says(rule: Rule, draft: Draft) -> bool:
    return (rule.criteria, rule.reason, rule.expires) == (
        draft.criteria,
        draft.reason,
        draft.expires,
    )
