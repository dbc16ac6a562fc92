"""Answers about plans and registries: what is scanned, since when, by whom; and if not, why not."""

from collections.abc import Mapping

import msgspec

from core.access.scope import EVERYWHERE, Scope
from core.answers.plans import Plan, Registries, Registry, Switch
from core.answers.plans import Plans as ShownPlans
from core.domain.registries import Registered
from core.enrolment.plans import Plans, Subscription
from core.errors import InvalidInput
from core.projections.cells import instant
from core.query.parameters import Parameters
from core.registry.references import parse_resource

MAX_BODY = 10_000
"""Bytes of a request that switches a plan."""


class WantedPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a request that switches a plan says."""

    on: bool


def wanted(body: bytes) -> bool:
    """Whether a request wants the plan on; InvalidInput says what it must look like."""
    try:
        if len(body) > MAX_BODY:
            raise ValueError("too long")
        return msgspec.json.decode(body, type=WantedPlan).on
    except (ValueError, RecursionError) as error:
        raise InvalidInput('The body must be {"on": true} or {"on": false}.') from error


class PlanQueries:
    """What there is to know of subscriptions and their registries."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    async def all(self, given: Mapping[str, str]) -> ShownPlans:
        """Every subscription that the app may look after."""
        Parameters(given, known=frozenset())
        return ShownPlans(value=[plan_of(one) for one in await self._plans.all()])

    async def one(self, subscription: str, given: Mapping[str, str]) -> Plan | None:
        """One of them."""
        Parameters(given, known=frozenset())
        found = await self._plans.one(subscription)
        return None if found is None else plan_of(found)

    async def registries(self, given: Mapping[str, str], scope: Scope = EVERYWHERE) -> Registries:
        """Every registry that was found, of one subscription or all, and of which anything may be
        seen."""
        asked = Parameters(given, known=frozenset({"subscription"}))
        wanted = asked.text("subscription")
        return Registries(
            value=[
                registry_of(subscription, name, registered)
                for subscription in await self._plans.all()
                if wanted is None or wanted.lower() == subscription.id
                for name, registered in sorted(subscription.registries.items())
                if scope.touches(registered.login_server)
            ]
        )


def plan_of(subscription: Subscription) -> Plan:
    """A subscription's plan, and all that it ever was."""
    last = subscription.plan.last
    supported = [one for one in subscription.registries.values() if one.unsupported is None]
    return Plan(
        subscription=subscription.id,
        on=subscription.plan.on,
        since=None if last is None else instant(last.at),
        by=None if last is None else last.by,
        registries=len(subscription.registries),
        supported=len(supported),
        history=[
            Switch(on=one.on, by=one.by, at=instant(one.at)) for one in subscription.plan.switches
        ],
    )


def registry_of(subscription: Subscription, name: str, registered: Registered) -> Registry:
    """A registry: scanned, or why not."""
    scanned = subscription.plan.on and registered.unsupported is None
    return Registry(
        id=name,
        name=parse_resource(name).name,
        subscription=subscription.id,
        login_server=registered.login_server,
        location=registered.location or None,
        scanned=scanned,
        supported=registered.unsupported is None,
        reason=_reason(subscription, registered),
        message=registered.message or None,
    )


def _reason(subscription: Subscription, registered: Registered) -> str | None:
    if registered.unsupported is not None:
        return registered.unsupported.value
    return None if subscription.plan.on else "plan-off"
