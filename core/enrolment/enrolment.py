"""Which registries are enrolled: known, supported, and in a subscription whose plan is on.

What is not is refused: an event only claims where it is from. What was read is used again for a
while; but nobody is refused because of something old, since a refused event does not come back.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from core.enrolment.plans import Plans, Subscription
from core.registry.interface import Endpoint
from core.registry.references import RegistryResource, parse_resource

REFRESH = 30.0
"""Seconds for which an enrolled registry counts as such without another look."""
DOUBT = 1.0
"""Seconds for which one that is not enrolled does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A registry whose images are scanned."""

    endpoint: Endpoint
    """Where to pull from: as Azure or an administrator says, never as an event does."""
    resource: RegistryResource
    """Its name in Azure Resource Manager, and the subscription that pays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEnrolled:
    """A registry whose images are not scanned."""

    reason: str
    """A sentence for people."""


type Enrolling = Enrolled | NotEnrolled


class Enrolment:
    """The registries that are enrolled, by both of their names."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans
        self._known: dict[RegistryResource | str, Enrolling] = {}
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    async def by_resource(self, resource: RegistryResource) -> Enrolling:
        """The registry that Azure calls so."""
        return await self._find(resource)

    async def by_login_server(self, login_server: str) -> Enrolling:
        """The registry with that login server."""
        return await self._find(login_server)

    async def all(self) -> Sequence[Enrolled]:
        """Every registry that is enrolled now."""
        await self._refresh(DOUBT)
        return [
            one
            for name, one in self._known.items()
            if isinstance(name, RegistryResource) and isinstance(one, Enrolled)
        ]

    async def named(self, name: str) -> Enrolling | None:
        """The registry of that name, or of that login server; both are unique in a cloud. `None`
        where there is none."""
        await self._refresh(DOUBT)
        found = {one.name: one for one in self._known if isinstance(one, RegistryResource)}
        return self._known.get(found.get(name.lower(), name.lower()))

    def forget(self) -> None:
        """What was read counts no more: somebody has switched a plan."""
        self._read_at = float("-inf")

    async def _find(self, name: RegistryResource | str) -> Enrolling:
        await self._refresh(REFRESH)
        if not isinstance(self._known.get(name), Enrolled):
            await self._refresh(DOUBT)
        return self._known.get(name) or NotEnrolled(
            reason=f"{name} is no registry of a subscription that is looked after"
        )

    async def _refresh(self, after: float) -> None:
        async with self._lock:
            if time.monotonic() - self._read_at <= after:
                return
            known: dict[RegistryResource | str, Enrolling] = {}
            for subscription in await self._plans.all():
                for name, registered in subscription.registries.items():
                    resource = parse_resource(name)
                    found = known[resource] = _enrolling(subscription, resource)
                    # One that moved to another subscription may be known in both for a while.
                    if not isinstance(known.get(registered.login_server), Enrolled):
                        known[registered.login_server] = found
            self._known, self._read_at = known, time.monotonic()


def _enrolling(subscription: Subscription, resource: RegistryResource) -> Enrolling:
    registered = subscription.registries[str(resource)]
    if registered.unsupported is not None:
        return NotEnrolled(reason=f"{resource} is not supported: {registered.message}")
    if not subscription.plan.on:
        return NotEnrolled(reason=f"The plan of subscription {subscription.id} is off.")
    endpoint = Endpoint(login_server=registered.login_server, plain_http=registered.plain_http)
    return Enrolled(endpoint=endpoint, resource=resource)
