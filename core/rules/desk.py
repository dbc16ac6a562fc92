"""Where people set rules and take them back.

A rule may carry the version that its author has seen (`If-Match`): two people who change one rule
at the same time are told, and neither's work is lost unseen. What was refused is a value: it is
said to people, and nothing went wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import cast

from core.domain.events import RulesEvent
from core.domain.ids import command_id, rules_stream
from core.domain.recorded import Recorded
from core.domain.rules import (
    MAX_RULES,
    RULES,
    ChangeRules,
    ExpireRules,
    RemoveRule,
    Rule,
    RuleBook,
    RulesCommand,
    SetRule,
    is_done,
)
from core.log.handle import Cause, Known, handle, load_state
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.rules.reading import Draft

AT_ONCE = 40
"""Rules that one command changes: each is an event, and a transaction holds 48."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The rule is as it was asked to be."""

    rule: Rule | None
    """`None` when it was taken back."""
    new: bool
    """Whether no rule of that name was in force before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The rule is not as its author knows it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """There are as many rules as there may be."""

    reason: str


class RuleDesk:
    """Takes rules in."""

    def __init__(self, log: EventLog, dispatch: Dispatch) -> None:
        self._log = log
        self._dispatch = dispatch

    async def book(self, subscription: str) -> RuleBook:
        """The rules in force."""
        return (await self._known(subscription)).state

    async def book_at(self, subscription: str, moment: datetime) -> RuleBook:
        """The rules that were in force at that moment."""
        told = [one.event for one in await self.history(subscription) if one.at <= moment]
        return RULES.fold(RULES.initial, cast("Sequence[RulesEvent]", told))

    async def history(self, subscription: str) -> list[Recorded]:
        """All that ever happened to the subscription's rules, in order."""
        return await self._log.history(rules_stream(subscription))

    async def put(
        self,
        subscription: str,
        rule: str,
        draft: Draft,
        *,
        by: str,
        now: datetime,
        expected: int | None = None,
    ) -> Done | Changed | Full:
        """Put a rule in force, new or instead of the one of that name."""
        known = await self._known(subscription)
        command = SetRule(
            subscription=subscription,
            rule=rule,
            criteria=draft.criteria,
            reason=draft.reason,
            author=by,
            expires=draft.expires,
            at=now,
            expected=expected,
        )
        before = known.state.rules.get(rule)
        book = await self._tell(known, command, by)
        refused = _refused(book, command)
        return refused or Done(rule=book.rules[rule], new=before is None)

    async def remove(
        self, subscription: str, rule: str, *, by: str, expected: int | None = None
    ) -> Done | Changed | None:
        """Take a rule back; `None` where there is none of that name."""
        known = await self._known(subscription)
        if rule not in known.state.rules:
            return None
        command = RemoveRule(subscription=subscription, rule=rule, author=by, expected=expected)
        book = await self._tell(known, command, by)
        after = book.rules.get(rule)
        return Done(rule=None, new=False) if after is None else _changed(rule, after)

    async def change(
        self, subscription: str, changes: Sequence[SetRule | RemoveRule], *, by: str
    ) -> Changed | Full | None:
        """Change several rules, each once, in that order, in as few appends as hold them. The first
        that is refused ends it, and is the answer; what came before it stands."""
        for some in batched(changes, AT_ONCE, strict=False):
            known = await self._known(subscription)
            command = ChangeRules(subscription=subscription, changes=some)
            book = await self._tell(known, command, by)
            for refused in (_refused(book, one) for one in some):
                if refused is not None:
                    return refused
        return None

    async def expire(self, subscription: str, *, now: datetime) -> RuleBook:
        """End the rules whose time has come; the rules then in force."""
        known = await self._known(subscription)
        command = ExpireRules(subscription=subscription, at=now)
        return await self._tell(known, command, "expiry")

    async def _known(self, subscription: str) -> Known[RuleBook]:
        return await load_state(self._log, RULES, rules_stream(subscription))

    async def _tell(self, known: Known[RuleBook], command: RulesCommand, by: str) -> RuleBook:
        """The rules after the command. A command belongs to the version that it was given at: the
        same again, later, is another one."""
        cause = Cause(
            command=command_id("rules", known.stream.id, known.stream.version, command),
            correlation=f"rules by {by}",
            causation=f"rules by {by}",
        )
        handled = await handle(self._log, RULES, known.stream.id, command, cause, known=known)
        await self._dispatch.news(handled.shard)
        await self._dispatch.rules(command.subscription)
        return handled.state


def _refused(book: RuleBook, change: SetRule | RemoveRule) -> Changed | Full | None:
    """Why the rules are not as they were asked to be; `None` where they are."""
    if is_done(book, change):
        return None
    if change.rule not in book.rules and len(book.rules) >= MAX_RULES:
        return Full(reason=f"there are {MAX_RULES} rules already: remove one first")
    return _changed(change.rule, book.rules.get(change.rule))


def _changed(rule: str, found: Rule | None) -> Changed:
    if found is None:
        return Changed(reason=f"there is no rule {rule} any more: read the rules again")
    return Changed(
        reason=f"the rule {rule} has version {found.version} by now, set by {found.author}:"
        " read it again, and decide anew"
    )
