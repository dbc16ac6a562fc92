"""The plans: which subscriptions are scanned, who said so, and which registries that means."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain.ids import command_id, plan_stream, registries_stream
from core.domain.plan import PLAN, Plan, SwitchPlan
from core.domain.registries import REGISTRIES, Registered
from core.enrolment.interface import Registries
from core.log.handle import Cause, current, handle, state_at
from core.log.interface import EventLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription that the app may look after."""

    id: str
    plan: Plan
    registries: Mapping[str, Registered]
    """By ARM id."""


class Plans:
    """Switches plans, and says how they are."""

    def __init__(self, log: EventLog, registries: Registries) -> None:
        self._log = log
        self._registries = registries

    async def all(self) -> Sequence[Subscription]:
        """Every subscription that the app may look after."""
        return [await self._read(one) for one in self._registries.subscriptions]

    async def all_at(self, moment: datetime) -> Sequence[Subscription]:
        """The same, each as it was at that moment."""
        return [await self._read_at(one, moment) for one in self._registries.subscriptions]

    async def one(self, subscription: str) -> Subscription | None:
        """One of them, or `None` for a subscription that the app knows nothing of."""
        name = subscription.lower()
        return await self._read(name) if name in self._registries.subscriptions else None

    async def switch(
        self, subscription: str, *, on: bool, by: str, now: datetime | None = None
    ) -> bool:
        """Switch a plan on or off; whether that changed anything."""
        command = SwitchPlan(
            subscription=subscription.lower(), on=on, by=by, at=now or datetime.now(UTC)
        )
        # Two callers may switch at the same moment, so each switch is a command of its own; one
        # that is repeated finds the plan as it wants it.
        request = uuid.uuid4().hex
        cause = Cause(
            command=command_id("plan", command.subscription, request),
            correlation=request,
            causation="request",
        )
        stream = plan_stream(command.subscription)
        return bool((await handle(self._log, PLAN, stream, command, cause)).events)

    async def _read(self, subscription: str) -> Subscription:
        registries = await current(self._log, REGISTRIES, registries_stream(subscription))
        return Subscription(
            id=subscription,
            plan=await current(self._log, PLAN, plan_stream(subscription)),
            registries=registries.known,
        )

    async def _read_at(self, subscription: str, moment: datetime) -> Subscription:
        registries = await state_at(self._log, REGISTRIES, registries_stream(subscription), moment)
        plan = await state_at(self._log, PLAN, plan_stream(subscription), moment)
        return Subscription(id=subscription, plan=plan, registries=registries.known)
