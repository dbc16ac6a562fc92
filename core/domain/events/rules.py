"""Disable rules: put in force, taken back, expired."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.domain.criteria import Criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A disable rule is in force, new or instead of the one of that name."""

    schema: ClassVar[int] = 1
    subscription: str
    rule: str
    """Its name, unique in the subscription."""
    criteria: Criteria
    reason: str
    author: str
    """Who set it: a person, a workload, or a function key."""
    expires: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRemoved:
    """Somebody took a rule back."""

    schema: ClassVar[int] = 1
    subscription: str
    rule: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExpired:
    """A rule's time has come."""

    schema: ClassVar[int] = 1
    subscription: str
    rule: str
    expired: datetime
    """The time that had been set."""
