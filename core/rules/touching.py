"""What a change of rules can touch: pure, from the rules' own history."""

from collections.abc import Iterable

from core.domain.criteria import Criteria, Subject
from core.domain.events import RuleExpired, RuleRemoved, RuleSet
from core.domain.recorded import Recorded
from core.domain.rules import RULES, RuleBook


def changed_since(history: Iterable[Recorded], version: int) -> list[Criteria]:
    """The criteria of all rules that came, went, or were replaced behind that version."""
    book, touched = RULES.initial, list[Criteria]()
    for recorded in history:
        event = recorded.event
        if not isinstance(event, RuleSet | RuleRemoved | RuleExpired):
            continue
        if recorded.version > version:
            before = book.rules.get(event.rule)
            touched += [before.criteria] if before else []
            touched += [event.criteria] if isinstance(event, RuleSet) else []
        book = RULES.evolve(book, event)
    return touched


def that_ask_forecasts(book: RuleBook) -> list[Criteria]:
    """The criteria that another forecast may decide otherwise."""
    return [rule.criteria for rule in book.rules.values() if rule.criteria.epss_below is not None]


def names_of(touched: Iterable[Criteria]) -> frozenset[str] | None:
    """The CVEs without which none of them disables anything; `None` where one asks for no CVE. Ids
    of other kinds are not told of here: not all of them are in the view of findings."""
    names: set[str] = set()
    for criteria in touched:
        if not criteria.vulnerabilities:
            return None
        names |= set(criteria.vulnerabilities)
    return frozenset(names) if all(name.startswith("CVE-") for name in names) else None


def may_touch(touched: Iterable[Criteria], subject: Subject) -> bool:
    """Whether one of them concerns the image."""
    return any(criteria.meets_image(subject) for criteria in touched)
