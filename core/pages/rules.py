"""Rules: what is disabled, by whom and why; and the form in which one is written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import msgspec

from core.answers.plans import Plan
from core.answers.rules import Criteria, Rule, RuleHappening

WORDS = {
    "vulnerabilities": "vulnerability",
    "packages": "package",
    "category": "category",
    "severityAtMost": "severity at most",
    "cvssBelow": "CVSS below",
    "epssBelow": "EPSS below",
    "notPatchable": "no fix is known",
    "repositories": "repository",
    "digests": "image",
    "operatingSystems": "system",
    "everything": "everything",
}
LISTS = ("vulnerabilities", "packages", "repositories", "digests", "operatingSystems")
_NUMBERS = ("cvssBelow", "epssBelow")
_CHOICES = ("category", "severityAtMost")
_FLAGS = ("notPatchable", "everything")


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesPage:
    """What the list shows."""

    rules: tuple[Rule, ...]
    history: tuple[RuleHappening, ...]
    """The latest first."""
    subscriptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForm:
    """A form, as it was filled in."""

    subscription: str
    subscriptions: tuple[str, ...]
    name: str
    written: Mapping[str, str]
    """Its fields as texts."""
    version: int
    """Of the rule that is changed; 0 for a new one."""
    trouble: str = ""
    """What is wrong with it."""


def rules_page(
    rules: Sequence[Rule], history: Sequence[RuleHappening], plans: Sequence[Plan]
) -> RulesPage:
    """What the list shows."""
    return RulesPage(
        rules=tuple(sorted(rules, key=lambda one: (one.expires or "9", one.id))),
        history=tuple(sorted(history, key=lambda one: one.at, reverse=True))[:50],
        subscriptions=tuple(one.subscription for one in plans),
    )


def criteria_in_words(criteria: Criteria) -> list[tuple[str, str]]:
    """What a rule asks of a finding, each in a few words."""
    return [(WORDS.get(name, name), _value(value)) for name, value in _asked(criteria).items()]


def document_of(form: Mapping[str, str]) -> bytes:
    """The rule that a form describes, as the API takes it: it says what is wrong."""
    criteria: dict[str, object] = {}
    for name in LISTS:
        if some := [one.strip() for one in form.get(name, "").split("\n") if one.strip()]:
            criteria[name] = some
    for name in _CHOICES:
        if text := form.get(name, "").strip():
            criteria[name] = text
    for name in _NUMBERS:
        if text := form.get(name, "").strip():
            criteria[name] = _number(text)
    criteria |= {name: True for name in _FLAGS if form.get(name)}
    rule: dict[str, object] = {"criteria": criteria, "reason": form.get("reason", "").strip()}
    if expires := form.get("expires", "").strip():
        rule["expires"] = _end_of_day(expires)
    return json.dumps(rule).encode()


def written_of(rule: Rule) -> dict[str, str]:
    """A rule as its form has it."""
    written = {"reason": rule.reason, "expires": (rule.expires or "")[:10]}
    for name, value in _asked(rule.criteria).items():
        match value:
            case list():
                written[name] = "\n".join(str(one) for one in value)
            case True:
                written[name] = "on"
            case _:
                written[name] = str(value)
    return written


def _asked(criteria: Criteria) -> Mapping[str, object]:
    """What a rule asks of a finding, as it goes over the wire: without what it does not ask."""
    return msgspec.json.decode(msgspec.json.encode(criteria), type=dict[str, object])


def _number(text: str) -> object:
    """A number, or the text that is none: the API says so."""
    try:
        return float(text)
    except ValueError:
        return text


def _end_of_day(text: str) -> str:
    """The end of a day in UTC, or the text that is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC).isoformat()


def _value(value: object) -> str:
    match value:
        case list():
            return ", ".join(str(one) for one in value)
        case True:
            return ""
        case _:
            return str(value)
