"""The plan: whether the images of a subscription are scanned, and billed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.decider import Decider
from core.domain.events import PlanEvent, PlanSwitchedOff, PlanSwitchedOn


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One time that the plan was switched."""

    on: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Off until somebody switches it on."""

    switches: tuple[Switch, ...] = ()
    """In order, each the opposite of the one before. All are kept: a scan that was completed while
    the plan was on is billed, however late the bill is written."""

    @property
    def on(self) -> bool:
        """Whether it is on now."""
        return bool(self.switches) and self.switches[-1].on

    @property
    def last(self) -> Switch | None:
        """The last switch, or `None` for a plan that nobody ever switched."""
        return self.switches[-1] if self.switches else None

    def on_at(self, moment: datetime) -> bool:
        """Whether it was on at that moment; a switch takes effect at its own."""
        return next((one.on for one in reversed(self.switches) if one.at <= moment), False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPlan:
    """Somebody wants the plan on, or off."""

    subscription: str
    on: bool
    by: str
    at: datetime


def evolve(plan: Plan, event: PlanEvent) -> Plan:
    """The state after the event."""
    on = isinstance(event, PlanSwitchedOn)
    switch = Switch(on=on, by=event.by, at=event.switched_at)
    return replace(plan, switches=(*plan.switches, switch))


def decide(plan: Plan, command: SwitchPlan) -> Sequence[PlanEvent]:
    """A plan that is so already stays so. Time does not run backwards between two switches."""
    if plan.on == command.on:
        return ()
    kind = PlanSwitchedOn if command.on else PlanSwitchedOff
    at = command.at if plan.last is None else max(command.at, plan.last.at)
    return (kind(subscription=command.subscription, by=command.by, switched_at=at),)


PLAN: Decider[Plan, SwitchPlan, PlanEvent] = Decider(
    kind="plan", schema=1, state=Plan, initial=Plan(), evolve=evolve, decide=decide
)
"""The aggregate. Stream: subscription."""
