"""Reads all rules of a subscription from one document, as a file in version control has them.

Rules that have expired stay in such a file until somebody tidies it: they are not put in force, and
the rest of the file holds. Everything else that makes no sense refuses the whole file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.domain.rules import MAX_RULES
from core.errors import InvalidRule
from core.rules.reading import Draft, WrittenRule, check_id, draft_of

MAX_DOCUMENT = 4 * 1024 * 1024
"""Length of a document of many rules."""

_EVER = datetime.min.replace(tzinfo=UTC)


class _NamedRule(WrittenRule, frozen=True, kw_only=True):
    """A rule among others."""

    id: str


class WrittenRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rules. None at all must be said: an empty list."""

    rules: Annotated[list[_NamedRule], Meta(max_length=MAX_RULES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """The rules that somebody wants to be in force."""

    drafts: Mapping[str, Draft]
    """By name."""
    expired: tuple[str, ...]
    """Names of those whose time is over, sorted."""


def read_rules(document: bytes, *, now: datetime) -> Desired:
    """The rules that a JSON document lists. InvalidRule says what is wrong, and with which."""
    check_length(document)
    try:
        written = msgspec.json.decode(document, type=WrittenRules).rules
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRule(f"this is no list of rules: {error}") from error
    drafts: dict[str, Draft] = {}
    for one in written:
        if check_id(one.id) in drafts:
            raise InvalidRule(f"the rule {one.id} is listed twice")
        try:
            drafts[one.id] = draft_of(one, now=_EVER)
        except InvalidRule as error:
            raise InvalidRule(f"rule {one.id}: {error}") from error
    over = {name for name, draft in drafts.items() if draft.expires and draft.expires <= now}
    return Desired(
        drafts={name: draft for name, draft in drafts.items() if name not in over},
        expired=tuple(sorted(over)),
    )


def check_length(document: bytes) -> None:
    """InvalidRule for a document that is too long to be read."""
    if len(document) > MAX_DOCUMENT:
        raise InvalidRule(
            f"a document of rules may have {MAX_DOCUMENT:,} bytes, this one has {len(document):,}"
        )
