"""Which registries are looked after, now or at a moment of the past; and if not, why not.

Of a registry that nobody looks after, nothing is heard any more: no push, no pull, no deletion, and
no scan of it is asked for. What is known of its images stays, and cannot be trusted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.values import Neglect, StaleCause
from core.enrolment.plans import Plans, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What is known of it at a moment."""

    registries: Mapping[str, Neglect | None]
    """By login server; `None` for those that are looked after."""

    def neglect(self, registry: str) -> Neglect | None:
        """Why nobody looks after the registry of that login server; `None` where somebody does."""
        return self.registries.get(registry, StaleCause.NOT_ENROLLED)


class Caring(Protocol):
    """Who knows it."""

    async def now(self) -> Care:
        """Which are looked after now."""

    async def at(self, moment: datetime) -> Care:
        """Which were, at a moment of the past."""


class PlannedCare:
    """What plans and what was found in their subscriptions say: a Caring."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    async def now(self) -> Care:
        return _care(await self._plans.all())

    async def at(self, moment: datetime) -> Care:
        return _care(await self._plans.all_at(moment))


def _care(subscriptions: Iterable[Subscription]) -> Care:
    """A registry that has moved may be known in two subscriptions for a while: one is enough."""
    registries: dict[str, Neglect | None] = {}
    for subscription in subscriptions:
        off: Neglect | None = None if subscription.plan.on else StaleCause.PLAN_OFF
        for one in subscription.registries.values():
            server, neglect = one.login_server, one.unsupported or off
            if neglect is None or registries.get(server, neglect) is not None:
                registries[server] = neglect
    return Care(registries=registries)
