"""Which subscriptions are scanned, and the registries that they have."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.domain.values import Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSwitchedOn:
    """The images of a subscription are scanned from now on, and billed."""

    schema: ClassVar[int] = 1
    subscription: str
    by: str
    """Who did it, as `functions/callers.py` names callers."""
    switched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSwitchedOff:
    """Nothing of a subscription is scanned or billed from now on; what was, stays."""

    schema: ClassVar[int] = 1
    subscription: str
    by: str
    switched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFound:
    """A subscription has a registry, or has one as it was not known before."""

    schema: ClassVar[int] = 1
    subscription: str
    registry: str
    """Its ARM id."""
    login_server: str
    plain_http: bool
    """Whether it is spoken to without TLS: a registry on loopback, and no other."""
    location: str
    unsupported: Unsupported | None
    """Why its images cannot be scanned; `None` where they can."""
    message: str
    """The same in a sentence that says what to do; empty for a supported one."""
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryGone:
    """A subscription has a registry no more. The history of its images stays."""

    schema: ClassVar[int] = 1
    subscription: str
    registry: str
    gone_at: datetime
