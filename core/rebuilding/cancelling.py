"""Calls a rebuild off: the table that is read stays what it is, the new one goes.

Saying so is one write, which fences off whoever works on the rebuild: his next note fails, and he
stops. Until then he may still fold into the new table, so it is dropped by a later slice.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.ids import command_id, upkeep_stream
from core.domain.upkeep import UPKEEP, CancelRebuild
from core.errors import Contended, NotNow, RowConflict
from core.log.handle import Cause, handle
from core.log.interface import EventLog
from core.rebuilding.asking import utc_now
from core.rebuilding.state import Phase, Rebuild, Rebuilds
from core.storage.interface import Tables

QUIET = timedelta(seconds=90)
"""After which nobody folds into a table that was called off: longer than any slice."""
_TRIES = 10
"""Times that whoever works on it may be quicker."""


class Cancelling:
    """Calls rebuilds off, and clears up after them."""

    def __init__(
        self, log: EventLog, tables: Tables, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._log = log
        self._tables = tables
        self._rebuilds = Rebuilds(tables)
        self._now = now

    async def cancel(self, projection: str, *, by: str, reason: str) -> Rebuild:
        """Call the view's rebuild off. NotNow where there is none, or its table is read already."""
        for _ in range(_TRIES):
            rebuild = await self._rebuilds.latest(projection)
            if rebuild is None or rebuild.phase not in (Phase.FOLDING, Phase.COMPARING):
                how = "there is no rebuild" if rebuild is None else f"it is {rebuild.phase.value}"
                raise NotNow(f"no rebuild of {projection} can be called off: {how}")
            now = self._now()
            cancelled = replace(
                rebuild,
                phase=Phase.CANCELLING,
                cancelled_at=now,
                moved_at=now,
                cancelled_by=by,
                cancelled_because=reason,
                error="",
            )
            with suppress(RowConflict):  # whoever works on it has just made a note
                cancelled = await self._rebuilds.write(cancelled)
                await self.record(cancelled)
                return cancelled
        raise Contended(f"the rebuild of {projection} was moved by others {_TRIES} times in a row")

    async def record(self, rebuild: Rebuild) -> None:
        """Who called it off stands in the log: once, however often this is done."""
        command = CancelRebuild(
            follower=rebuild.projection,
            generation=rebuild.generation,
            by=rebuild.cancelled_by,
            reason=rebuild.cancelled_because,
        )
        place = (self._log.generation, "cancel", rebuild.projection, rebuild.generation)
        cause = Cause(command=command_id(*place), correlation="", causation="")
        await handle(self._log, UPKEEP, upkeep_stream(rebuild.projection), command, cause)

    async def clear(self, rebuild: Rebuild) -> Rebuild:
        """Drop the table of a rebuild that was called off, once nobody folds into it any more."""
        await self.record(rebuild)
        if self._now() - (rebuild.cancelled_at or self._now()) < QUIET:
            return rebuild
        await self._tables.drop(rebuild.table)
        return await self._rebuilds.write(
            replace(rebuild, phase=Phase.CANCELLED, moved_at=self._now())
        )
