"""Writes down which registries there are: those that are new, that changed, that are gone.

Nobody sets a registry up: a timer asks. What cannot be asked now stays as it is known.
"""

import logging
from datetime import UTC, datetime

from core.domain.ids import command_id, registries_stream
from core.domain.registries import REGISTRIES, RecordRegistry, RecordRegistryGone, RegistriesCommand
from core.enrolment.interface import Registries
from core.errors import RegistryError
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog

logger = logging.getLogger(__name__)


class Discovery:
    """Asks for registries."""

    def __init__(self, log: EventLog, registries: Registries) -> None:
        self._log = log
        self._registries = registries

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

    async def _record(self, command: RegistriesCommand) -> None:
        stream = registries_stream(command.subscription)
        name = command_id("registry", type(command).__name__, command.registry, command.at)
        cause = Cause(command=name, correlation=command.registry, causation="discovery")
        await handle(self._log, REGISTRIES, stream, command, cause)
