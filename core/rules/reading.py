"""Reads disable rules from JSON, strictly: what makes no sense is refused before it hides anything.

A rule that asks nothing of a finding hides all of them. That may be meant, but must be said
(`everything`). Whatever cannot ever match, or says two things at once, is a mistake.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.domain.criteria import Criteria
from core.domain.findings import Category
from core.domain.values import Severity, is_digest
from core.errors import InvalidRule

MAX_BYTES = 256 * 1024
"""Length of one rule's document."""

RESERVED = frozenset({"apply", "history", "import", "preview"})
"""Names that stand for something else behind `/api/rules/`."""

_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
_VULNERABILITY = re.compile(r"[A-Z0-9][A-Z0-9._:/-]{2,99}")
_OF_SYSTEMS = frozenset({"deb", "rpm", "apk"})
"""Types of package URLs that are an operating system's packages."""

type _Text = Annotated[str, Meta(min_length=1, max_length=200)]
type _Some[Item] = Annotated[list[Item], Meta(min_length=1, max_length=100)]


class _Criteria(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The criteria as JSON has them."""

    vulnerabilities: _Some[_Text] | None = None
    packages: _Some[_Text] | None = None
    category: Category | None = None
    severity_at_most: Severity | None = None
    cvss_below: Annotated[float, Meta(gt=0, le=10)] | None = None
    epss_below: Annotated[float, Meta(gt=0, le=1)] | None = None
    not_patchable: Literal[True] | None = None
    repositories: _Some[_Text] | None = None
    digests: _Some[_Text] | None = None
    operating_systems: _Some[_Text] | None = None
    everything: Literal[True] | None = None


class WrittenRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A rule as JSON has it."""

    criteria: _Criteria
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A rule as somebody wants it."""

    criteria: Criteria
    reason: str
    expires: datetime | None


def read_rule(document: bytes, *, now: datetime) -> Draft:
    """The rule that a JSON document describes. InvalidRule says what is wrong with it."""
    if len(document) > MAX_BYTES:
        raise InvalidRule(f"a rule may have {MAX_BYTES:,} bytes, this one has {len(document):,}")
    try:
        return draft_of(msgspec.json.decode(document, type=WrittenRule), now=now)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRule(f"this is no rule: {error}") from error


def rule_from(value: object, *, now: datetime) -> Draft:
    """The rule that is part of a larger document, decoded already."""
    try:
        return draft_of(msgspec.convert(value, type=WrittenRule), now=now)
    except msgspec.MsgspecError as error:
        raise InvalidRule(f"this is no rule: {error}") from error


def check_id(text: str) -> str:
    """A rule's name: it stands in addresses and files."""
    if text in RESERVED:
        raise InvalidRule(f"a rule cannot be called {text}: there is something else at that place")
    if not _ID.fullmatch(text):
        raise InvalidRule(
            "a rule's name has 1 to 100 lower case letters, digits, dots, dashes and underscores,"
            f" and begins and ends with a letter or digit; this one is {text[:120]!r}"
        )
    return text


def check_draft(draft: Draft, *, now: datetime) -> Draft:
    """The draft, should it make sense. InvalidRule says why it does not."""
    if not draft.reason.strip() or not draft.reason.isprintable():
        raise InvalidRule("a rule needs a reason, one line of printable characters")
    if draft.expires is not None and draft.expires.tzinfo is None:
        raise InvalidRule("expires needs a time zone, such as 2027-01-31T00:00:00Z")
    if draft.expires is not None and draft.expires <= now:
        raise InvalidRule("the rule would have expired before it began: expires is in the past")
    _check_meaning(draft.criteria)
    return draft


def draft_of(rule: WrittenRule, *, now: datetime) -> Draft:
    """What a rule means. InvalidRule says why it does not make sense."""
    given = rule.criteria
    criteria = Criteria(
        vulnerabilities=_each(given.vulnerabilities, "vulnerabilities", _vulnerability),
        packages=_each(given.packages, "packages", _package),
        category=given.category,
        severity_at_most=given.severity_at_most,
        cvss_below=given.cvss_below,
        epss_below=given.epss_below,
        not_patchable=given.not_patchable is True,
        repositories=_each(given.repositories, "repositories", _pattern),
        digests=_each(given.digests, "digests", _digest),
        systems=_each(given.operating_systems, "operatingSystems", str.lower),
        everything=given.everything is True,
    )
    expires = rule.expires
    if expires is not None and expires.tzinfo is not None:
        expires = expires.astimezone(UTC)
    return check_draft(Draft(criteria=criteria, reason=rule.reason, expires=expires), now=now)


def _each(given: Iterable[str] | None, name: str, read: Callable[[str], str]) -> tuple[str, ...]:
    """A list, cleaned and in one order, so that the same rule is the same."""
    try:
        return tuple(sorted({read(_printable(text)) for text in given or ()}))
    except InvalidRule as error:
        raise InvalidRule(f"{name}: {error}") from error


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise InvalidRule(f"{text[:80]!r} has characters that cannot be seen")
    return text


def _vulnerability(text: str) -> str:
    if not _VULNERABILITY.fullmatch(text.upper()):
        raise InvalidRule(f"{text[:80]!r} is no id such as CVE-2026-1234; patterns are not known")
    return text.upper()


def _package(text: str) -> str:
    if not text.startswith(("pkg:", "*")):
        raise InvalidRule(f"{text[:80]!r} is no pattern such as pkg:deb/debian/openssl@*")
    return _pattern(text)


def _pattern(text: str) -> str:
    """Stars that follow one another say no more than one."""
    return re.sub(r"\*+", "*", text)


def _digest(text: str) -> str:
    if not is_digest(text):
        raise InvalidRule(f"{text[:80]!r} is no digest, sha256: and 64 hexadecimal digits")
    return text


def _check_meaning(criteria: Criteria) -> None:
    narrow = _narrows(criteria)
    if criteria.everything and narrow:
        raise InvalidRule("the rule contradicts itself: everything leaves no room for criteria")
    if not criteria.everything and not narrow:
        raise InvalidRule(
            "the rule would disable every finding there is; add a criterion, or say so:"
            ' "everything": true'
        )
    types = {one.removeprefix("pkg:").partition("/")[0] for one in criteria.packages}
    systems = {kind in _OF_SYSTEMS for kind in types if "*" not in kind}
    known = systems if len(systems) == 1 and not any("*" in kind for kind in types) else set()
    if criteria.category is not None and known == {criteria.category is not Category.OS}:
        raise InvalidRule(
            f"the rule contradicts itself: its packages are none of category {criteria.category}"
        )


def _narrows(criteria: Criteria) -> bool:
    """Whether something is asked that not every finding of every image satisfies."""
    lists = (criteria.packages, criteria.repositories, criteria.systems)
    return any(
        (
            criteria.vulnerabilities,
            criteria.digests,
            any(some and "*" not in some for some in lists),
            criteria.category,
            criteria.severity_at_most not in (None, Severity.CRITICAL),
            criteria.cvss_below,
            criteria.epss_below,
            criteria.not_patchable,
        )
    )
