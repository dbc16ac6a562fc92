"""Reads Microsoft's exemptions (`Microsoft.Security/standardAssignments`) as disable rules.

An exemption becomes a rule only if the rule disables what the exemption did, and no more: whatever
condition, scope or recommendation has no counterpart here refuses that exemption by name, and none
of its other conditions is brought. Disable rules of the retired form stand in policy assignments;
their filters are described nowhere, so those are refused too: no guess may hide a finding.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from core.errors import InvalidRule
from core.rules.documents import check_length
from core.rules.reading import Draft, check_id, rule_from

IMAGES = frozenset({"dbd0cb49-b563-45e7-9724-889e799fa648", "c0b7cfc6-3172-465a-b378-53c7ff2cc0d5"})
"""Keys of the recommendations on images in registries, the older one and the newer one."""

MOST = 1000
"""Exemptions of one document."""

_BELOW = {"critical": "High", "high": "Medium", "medium": "Low"}
"""The worst severity that is less than another. Nothing is less than Low there: what is negligible
here is shown as Low to clients of that service."""
_PLACE = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/providers/microsoft\.security/standardassignments/"
    r"(?P<name>[^/]+)"
)


_POLICY = re.compile("/providers/microsoft.authorization/policyassignments/", re.IGNORECASE)


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What must be understood fully: a word that is passed over could widen a rule."""


class _Title(_Strict, frozen=True):
    title: str


class _Operation(_Strict, frozen=True):
    values: list[_Title] | None = None
    value: str | None = None


class _Condition(_Strict, frozen=True):
    field: str
    operation_type: str
    operation: _Operation


class _Conditions(_Strict, frozen=True):
    all_of: list[_Condition]


class _ExemptionRule(_Strict, frozen=True):
    conditions: _Conditions = msgspec.field(name="if")


class _Assessment(msgspec.Struct, frozen=True, rename="camel"):
    assessment_key: str


class _Exemption(_Strict, frozen=True):
    assigned_assessment: _Assessment
    exemption_category: str = ""
    sub_assessment_exemption_rule: _ExemptionRule | None = None


class _Properties(msgspec.Struct, frozen=True, rename="camel"):
    display_name: str = ""
    description: str = ""
    excluded_scopes: list[str] | None = None
    effect: str = "none"
    exemption_data: _Exemption | None = None
    expires_on: datetime | None = None


class _Assignment(msgspec.Struct, frozen=True):
    """A resource as the service lists it, with its id."""

    id: str
    properties: _Properties


class _Named(msgspec.Struct, frozen=True):
    id: str = "an exemption without id"


class ListedExemptions(msgspec.Struct, frozen=True, rename="camel"):
    value: list[msgspec.Raw]
    next_link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An exemption that is not brought."""

    id: str
    """As the document has it, hostile text."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemptions:
    """What a document's exemptions come to."""

    drafts: Mapping[str, Draft]
    """Rules, called by the exemptions' own names."""
    refused: tuple[Refusal, ...]


def read_exemptions(document: bytes, subscription: str, *, now: datetime) -> Exemptions:
    """The rules that say what that subscription's exemptions say. The document is a list as the
    service answers with, `{"value": [...]}`. InvalidRule when it is none."""
    check_length(document)
    try:
        listed = msgspec.json.decode(document, type=ListedExemptions)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRule(f"this is no list of exemptions: {error}") from error
    if listed.next_link:
        raise InvalidRule("the list has more pages (nextLink): bring all of them as one list")
    if len(listed.value) > MOST:
        raise InvalidRule(f"a list may have {MOST:,} exemptions, this has {len(listed.value):,}")
    drafts: dict[str, Draft] = {}
    refused: list[Refusal] = []
    for one in listed.value:
        try:
            name, draft = _read(one, subscription, now)
            if name in drafts:
                raise InvalidRule("it is listed twice: the first one was taken")
            drafts[name] = draft
        except (InvalidRule, msgspec.MsgspecError) as error:
            refused.append(Refusal(id=_id(one), why=str(error)))
    return Exemptions(drafts=drafts, refused=tuple(refused))


def _read(resource: msgspec.Raw, subscription: str, now: datetime) -> tuple[str, Draft]:
    if _POLICY.search(msgspec.json.decode(resource, type=_Named).id):
        raise InvalidRule(
            "it is a disable rule of the retired form, whose filters are not described anywhere:"
            " write it as a rule of its own"
        )
    found = msgspec.json.decode(resource, type=_Assignment)
    place = _PLACE.fullmatch(found.id.lower())
    if place is None or place["subscription"] != subscription:
        raise InvalidRule(f"it is no exemption of the whole subscription {subscription}")
    given = found.properties
    if given.effect.lower() != "exempt" or given.exemption_data is None:
        raise InvalidRule(f"its effect is {given.effect[:80]!r}, not Exempt")
    if given.excluded_scopes:
        raise InvalidRule("its excludedScopes have no counterpart")
    rule: dict[str, object] = {
        "criteria": _criteria(given.exemption_data),
        "reason": _reason(given),
        "expires": given.expires_on,
    }
    return check_id(place["name"]), rule_from(rule, now=now)


def _criteria(exemption: _Exemption) -> Mapping[str, object]:
    """What rules ask instead. All conditions must hold, here as there."""
    key = exemption.assigned_assessment.assessment_key.lower()
    if key not in IMAGES:
        raise InvalidRule(f"it is about another recommendation, {key[:80]!r}")
    rule = exemption.sub_assessment_exemption_rule
    if rule is None:
        raise InvalidRule(
            "it has no conditions, which would disable every finding there is: should that be"
            ' meant, set a rule with "everything": true'
        )
    found: dict[str, object] = {}
    for condition in rule.conditions.all_of:
        name, value = _criterion(condition)
        if name in found:
            raise InvalidRule(f"it has two conditions on {condition.field[:80]!r}")
        found[name] = value
    return found


def _criterion(condition: _Condition) -> tuple[str, object]:
    operation = condition.operation
    match condition.field, condition.operation_type, operation.values, operation.value:
        case "va.cve.cveId", "ContainedInOperation", list(values), None:
            return "vulnerabilities", [one.title for one in values]
        case "va.cve.severity", "LessThanFilterOperation", None, str(value) if (
            value.lower() in _BELOW
        ):
            return "severityAtMost", _BELOW[value.lower()]
        case "va.cve.cvss", "LessThanFilterOperation", None, str(value) if _is_score(value):
            return "cvssBelow", float(value)
        case _:
            raise InvalidRule(
                f"its condition {condition.field[:80]!r} {condition.operation_type[:80]!r}"
                " has no counterpart"
            )


def _is_score(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3})?", text) is not None


def _reason(given: _Properties) -> str:
    """Why it was made, as far as it says so, in one line."""
    return _line((given.display_name, given.description))[:1000] or "An exemption, imported."


def _line(texts: Iterable[str]) -> str:
    words = ": ".join(text.strip() for text in texts if text.strip())
    return " ".join("".join(one if one.isprintable() else " " for one in words).split())


def _id(resource: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(resource, type=_Named).id[:400]
    except msgspec.MsgspecError:
        return _Named().id
