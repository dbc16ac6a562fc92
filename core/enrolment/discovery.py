"""Writes down which registries there are: those that are new, that changed, that are gone.

Nobody sets a registry up: a timer asks. What cannot be asked now stays as it is known.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from core.domain.ids import command_id, plan_stream, registries_stream
from core.domain.plan import PLAN
from core.domain.registries import REGISTRIES, RecordRegistry, RecordRegistryGone, RegistriesCommand
from core.enrolment.connections import Connections, NoConnections
from core.enrolment.interface import FoundRegistry, Registries
from core.errors import RegistryError
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog

logger = logging.getLogger(__name__)

AGAIN = timedelta(days=1)
"""After which a registry's connections are looked at again: somebody may have removed them."""


class Discovery:
    """Asks for registries."""

    def __init__(
        self, log: EventLog, registries: Registries, connections: Connections | None = None
    ) -> None:
        """Without connections, registries tell of themselves already."""
        self._log = log
        self._registries = registries
        self._connections = connections or NoConnections()
        self._connected: dict[str, datetime] = {}
        """When this process has last seen to a registry's connections."""

    async def run(self, now: datetime | None = None) -> None:
        """Look into every subscription. Raises an ExceptionGroup of those that gave no answer, once
        all the others are done."""
        errors: list[Exception] = []
        for subscription in self._registries.subscriptions:
            try:
                await self.look(subscription, now)
            except RegistryError as error:
                logger.error("registries of subscription %s: %s", subscription, error)
                errors.append(error)
        if errors:
            raise ExceptionGroup("not every subscription says which registries it has", errors)

    async def look(self, subscription: str, now: datetime | None = None) -> None:
        """Bring what is known of one subscription's registries up to date."""
        at = now or datetime.now(UTC)
        found = {str(one.resource): one for one in await self._registries.of(subscription)}
        known = await current(self._log, REGISTRIES, registries_stream(subscription))
        for name, one in found.items():
            if known.known.get(name) != one.registered:
                news = RecordRegistry(
                    subscription=subscription, registry=name, found=one.registered, at=at
                )
                await self._record(news)
        for name in known.known.keys() - found.keys():
            gone = RecordRegistryGone(subscription=subscription, registry=name, at=at)
            await self._record(gone)
        await self._connect(subscription, found, at)

    async def _connect(
        self, subscription: str, found: Mapping[str, FoundRegistry], at: datetime
    ) -> None:
        """See to it that the registries to be scanned tell of themselves. One that cannot be
        connected is tried again the next time, and is swept meanwhile."""
        plan = await current(self._log, PLAN, plan_stream(subscription))
        for name, one in found.items():
            if not plan.on or one.registered.unsupported is not None or self._seen_to(name, at):
                continue
            try:
                await self._connections.connect(one.resource, one.registered.location)
                self._connected[name] = at
            except RegistryError as error:
                logger.error("registry %s cannot be connected: %s", name, error)

    def _seen_to(self, registry: str, at: datetime) -> bool:
        last = self._connected.get(registry)
        return last is not None and at - last < AGAIN

    async def _record(self, command: RegistriesCommand) -> None:
        stream = registries_stream(command.subscription)
        name = command_id("registry", type(command).__name__, command.registry, command.at)
        cause = Cause(command=name, correlation=command.registry, causation="discovery")
        await handle(self._log, REGISTRIES, stream, command, cause)
