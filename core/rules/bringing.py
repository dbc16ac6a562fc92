"""Brings a subscription's rules to what a document says: what differs, and nothing else.

Each difference is a command of its own to the same decider, on the version of the rule that was
looked at: whoever is interrupted, or overtaken by somebody else, does it again, and only what still
differs is left to do. Rules are put in force before others are taken back, so that what moves from
one rule to another stays disabled throughout.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.domain.rules import MAX_RULES, Rule, RuleBook
from core.rules.desk import Changed, Done, Full, RuleDesk
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
        room = len(book.rules) + len(found.added) <= MAX_RULES
        sets, removals = (*found.added, *found.changed), found.removed
        for name in (*sets, *removals) if room else (*removals, *sets):
            known, draft = book.rules.get(name), drafts.get(name)
            expected = known.version if known else 0
            done: Done | Changed | Full | None
            if draft is None:
                done = await self._desk.remove(subscription, name, by=by, expected=expected)
            else:
                done = await self._desk.put(
                    subscription, name, draft, by=by, now=now, expected=expected
                )
            if isinstance(done, Changed | Full):
                return done
        return found


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
