"""The disable rules of a subscription: which findings it has chosen not to fix now.

Rules only ever take findings out of the count, so they cannot contradict each other: a finding is
disabled when one of them fits. The stream's version is the version of the rules: whoever has
applied it can say so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.domain.criteria import Criteria
from core.domain.decider import Decider
from core.domain.events import RuleExpired, RuleRemoved, RuleSet, RulesEvent

MAX_RULES = 500
"""Rules of one subscription: every scan is matched with all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule in force."""

    id: str
    criteria: Criteria
    reason: str
    author: str
    expires: datetime | None
    version: int
    """Of the rules when it was set: a change of the rule changes it."""

    def says(self, other: "SetRule") -> bool:
        """Whether it is what the command asks for; who asked last does not matter."""
        return (self.criteria, self.reason, self.expires) == (
            other.criteria,
            other.reason,
            other.expires,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """The rules in force."""

    version: int = 0
    """Facts about them so far."""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """By name."""

    @property
    def next_expiry(self) -> datetime | None:
        """When the next of them expires."""
        return min((one.expires for one in self.rules.values() if one.expires), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRule:
    """Put a rule in force."""

    subscription: str
    rule: str
    criteria: Criteria
    reason: str
    author: str
    expires: datetime | None
    at: datetime
    """Now: what has expired by then is not put in force."""
    expected: int | None = None
    """The rule's version as the author knows it, 0 for none at all; `None` for whatever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRule:
    """Take a rule back."""

    subscription: str
    rule: str
    author: str
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRules:
    """Change several rules, each once, in that order. The first change whose author knows another
    version of the rule, or for which there is no room, ends it; what came before it stands."""

    subscription: str
    changes: tuple[SetRule | RemoveRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireRules:
    """End the rules whose time has come."""

    subscription: str
    at: datetime


type RulesCommand = SetRule | RemoveRule | ChangeRules | ExpireRules


def evolve(book: RuleBook, event: RulesEvent) -> RuleBook:
    """The state after the event."""
    version = book.version + 1
    rules = {name: rule for name, rule in book.rules.items() if name != event.rule}
    if isinstance(event, RuleSet):
        rules[event.rule] = Rule(
            id=event.rule,
            criteria=event.criteria,
            reason=event.reason,
            author=event.author,
            expires=event.expires,
            version=version,
        )
    return replace(book, version=version, rules=rules)


def decide(book: RuleBook, command: RulesCommand) -> Sequence[RulesEvent]:
    """Nothing follows where the author knows another version of the rule, nor from what is so."""
    match command:
        case SetRule():
            return _set(book, command)
        case RemoveRule(rule=rule, expected=expected):
            if rule not in book.rules or not _known(book, rule, expected):
                return ()
            return (
                RuleRemoved(subscription=command.subscription, rule=rule, author=command.author),
            )
        case ChangeRules(changes=changes):
            return _change(book, changes)
        case ExpireRules(at=at):
            return tuple(
                RuleExpired(subscription=command.subscription, rule=rule.id, expired=rule.expires)
                for rule in book.rules.values()
                if rule.expires is not None and rule.expires <= at
            )


def _change(book: RuleBook, changes: Sequence[SetRule | RemoveRule]) -> Sequence[RulesEvent]:
    events: list[RulesEvent] = []
    for change in changes:
        decided = decide(book, change)
        for event in decided:
            book = evolve(book, event)
        events += decided
        if not is_done(book, change):
            break
    return tuple(events)


def is_done(book: RuleBook, change: SetRule | RemoveRule) -> bool:
    """Whether the rule is as somebody asked for it."""
    rule = book.rules.get(change.rule)
    if isinstance(change, RemoveRule):
        return rule is None
    return rule is not None and rule.says(change)


def _set(book: RuleBook, command: SetRule) -> Sequence[RulesEvent]:
    known = book.rules.get(command.rule)
    if not _known(book, command.rule, command.expected) or (known and known.says(command)):
        return ()
    expired = command.expires is not None and command.expires <= command.at
    if expired or (known is None and len(book.rules) >= MAX_RULES):
        return ()
    return (
        RuleSet(
            subscription=command.subscription,
            rule=command.rule,
            criteria=command.criteria,
            reason=command.reason,
            author=command.author,
            expires=command.expires,
        ),
    )


def _known(book: RuleBook, rule: str, expected: int | None) -> bool:
    """Whether the rule is as its author knows it."""
    found = book.rules.get(rule)
    return expected is None or expected == (found.version if found else 0)


RULES: Decider[RuleBook, RulesCommand, RulesEvent] = Decider(
    kind="rules", schema=1, state=RuleBook, initial=RuleBook(), evolve=evolve, decide=decide
)
"""The aggregate. Stream: subscription."""
