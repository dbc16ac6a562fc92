"""Timer triggers: one task each, which sleeps until the schedule says so."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dev.host.bindings import TimerTrigger
from dev.host.errors import AppRefused
from dev.host.ncrontab import Schedule, parse_schedule
from dev.host.protos import TypedData

log = logging.getLogger("host.timers")

_LONGEST_SLEEP = 3600.0
"""Seconds. A clock that is set, or a laptop that slept, is noticed this soon."""

type Fire = Callable[[TypedData], Awaitable[object]]
"""Runs the function with that timer as its argument."""


@dataclass(slots=True, kw_only=True)
class Timer:
    """One timer function. Its runs never overlap: the next is waited for when one has ended."""

    function: str
    trigger: TimerTrigger
    schedule: Schedule
    fire: Fire
    last: datetime | None = None
    """When it fired last. Kept in memory alone: what was missed while the host was down is not
    made up for, so a timer is never past due."""
    due: datetime | None = None
    """When it fires next."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Fire by the schedule until `stop`; at once as well, where the trigger says so."""
        started = datetime.now(UTC)
        if self.trigger.run_on_startup:
            await self._fire(started)
        while (due := self.schedule.next_after(self.last or started)) is not None:
            self.due = due
            if not await self._sleep_until(due):
                return
            await self._fire(max(due, datetime.now(UTC)))
        log.warning("%s never fires again: no day fits %r.", self.function, self.trigger.schedule)

    def stop(self) -> None:
        """Fire no more. A run that is under way is not interrupted."""
        self._stopping.set()

    def argument(self) -> TypedData:
        """What the function is given, as the host in Azure writes it."""
        status = {
            "Last": _stamp(self.last),
            "LastUpdated": _stamp(self.last),
            "Next": _stamp(self.due),
        }
        timer = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status if self.trigger.use_monitor else None,
            "IsPastDue": False,
        }
        return TypedData(json=json.dumps(timer))

    async def _fire(self, moment: datetime) -> None:
        """Run the function. The next run is counted from the beginning of this one, so a run that
        takes longer than its interval is followed by one at once, as in Azure."""
        await self.fire(self.argument())
        self.last = moment

    async def _sleep_until(self, due: datetime) -> bool:
        """Whether it is due now: not when it was stopped before."""
        while (left := (due - datetime.now(UTC)).total_seconds()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), min(left, _LONGEST_SLEEP))
            if self._stopping.is_set():
                return False
        return not self._stopping.is_set()


def timer(function: str, trigger: TimerTrigger, fire: Fire) -> Timer:
    """The timer of that function. Raises AppRefused when its schedule cannot be read."""
    try:
        schedule = parse_schedule(trigger.schedule)
    except ValueError as error:
        raise AppRefused(f"Function {function} has no valid schedule: {error}.") from error
    return Timer(function=function, trigger=trigger, schedule=schedule, fire=fire)


def _stamp(moment: datetime | None) -> str:
    """As .NET writes a time; the year 1 stands for never."""
    return "0001-01-01T00:00:00+00:00" if moment is None else moment.isoformat()
