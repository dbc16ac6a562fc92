"""Brings every follower of a shard up to the log's end.

A hint on a queue says which shard has news, and a timer looks into all of them, so that a lost hint
costs time and nothing else. The tail is read once for all followers. A follower that fails stops by
itself: the others go on, and what went wrong is raised at the end.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence

from core.domain.recorded import Recorded
from core.errors import RowConflict, UnreadableEvent
from core.log.interface import EventLog
from core.log.tail import read_tail
from core.projections.follower import Follower

logger = logging.getLogger(__name__)

BATCH = 200
"""Events that are read at a time."""
RIVALRIES = 10
"""Times that a rival may be quicker before the work is left to it."""


class Runner:
    """Feeds followers from the log."""

    def __init__(self, log: EventLog, followers: Sequence[Follower]) -> None:
        self._log = log
        self._followers = followers
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def catch_up(self, shard: int) -> None:
        """Bring all followers of that shard, and of the shards that they write to, to the end.

        Raises an ExceptionGroup of what went wrong, once everything else is done.
        """
        errors: list[Exception] = []
        waiting = {shard}
        while waiting:
            one = waiting.pop()
            async with self._locks[one]:
                run = _Run(self._log, one, self._followers)
                await run.to_the_end()
            waiting |= run.touched - {one}
            errors += run.errors
        if errors:
            raise ExceptionGroup(f"shard {shard}: some followers could not go on", errors)

    async def sweep(self) -> None:
        """Look into every shard: whatever no hint has announced is found here.

        Raises an ExceptionGroup of what went wrong, once everything else is done.
        """
        errors: list[Exception] = []
        for shard in range(self._log.shards):
            try:
                await self.look_into(shard)
            except ExceptionGroup as group:
                errors.append(group)
        if errors:
            raise ExceptionGroup("not every shard could be brought to its end", errors)

    async def look_into(self, shard: int) -> None:
        """Bring all followers of that shard to the end, and have them write down how far they are.

        Raises an ExceptionGroup of what went wrong, once everything else is done.
        """
        errors: list[Exception] = []
        try:
            await self.catch_up(shard)
        except ExceptionGroup as group:
            errors.append(group)
        async with self._locks[shard]:
            run = _Run(self._log, shard, self._followers)
            await run.settle()
            if shard in run.touched:
                await run.to_the_end()
        errors += run.errors
        if errors:
            raise ExceptionGroup(f"shard {shard} could not be brought to its end", errors)


class _Run:
    """One shard, once."""

    def __init__(self, log: EventLog, shard: int, followers: Sequence[Follower]) -> None:
        self._log = log
        self._shard = shard
        self._active = list(followers)
        self._rivalries = 0
        self.touched: set[int] = set()
        """The shards that were written to."""
        self.errors: list[Exception] = []

    async def to_the_end(self) -> None:
        """Feed the followers until nothing is new, or none of them can go on."""
        try:
            while await self._round():
                pass
        except Exception as error:  # noqa: BLE001 - this shard's trouble must not hide another's
            logger.error("shard %s cannot be read: %s", self._shard, error)
            self.errors.append(error)

    async def settle(self) -> None:
        """Have the followers write down how far they are. Where a rival has written that it is less
        far, the rows are the rival's, and what follows is news again."""
        for follower in list(self._active):
            try:
                reached = await follower.position(self._shard)
                await follower.settle(self._shard)
                if await follower.position(self._shard) < reached:
                    self.touched.add(self._shard)
            except Exception as error:  # noqa: BLE001 - one follower's trouble is its own
                self._give_up(follower, error)

    async def _round(self) -> bool:
        """Read what the hindmost follower has not seen, and feed all; False at the end."""
        positions = await self._positions()
        if not positions:
            return False
        tail = await read_tail(self._log, self._shard, after=min(positions), limit=BATCH)
        self.touched.discard(self._shard)
        for follower in list(self._active):
            await self._feed(follower, tail.events)
        if tail.unreadable is not None:
            await self._stumble(tail.unreadable)
            return True
        return len(tail.events) == BATCH or self._shard in self.touched

    async def _stumble(self, unreadable: UnreadableEvent) -> None:
        """Whoever stands before that event goes past it, or goes on no further."""
        for follower in list(self._active):
            try:
                if await follower.position(self._shard) == unreadable.position - 1:
                    await follower.stumble(self._shard, unreadable)
            except RowConflict as conflict:
                self._lose(follower, conflict)
            except Exception as error:  # noqa: BLE001 - one follower's trouble is its own
                self._give_up(follower, error)

    async def _positions(self) -> list[int]:
        positions = []
        for follower in list(self._active):
            try:
                positions.append(await follower.position(self._shard))
            except Exception as error:  # noqa: BLE001 - one follower's trouble is its own
                self._give_up(follower, error)
        return positions

    async def _feed(self, follower: Follower, tail: Sequence[Recorded]) -> None:
        if not tail:
            return
        try:
            self.touched |= set(await follower.follow(self._shard, tail))
        except RowConflict as conflict:
            self._lose(follower, conflict)
        except Exception as error:  # noqa: BLE001 - one follower's trouble is its own
            self._give_up(follower, error)

    def _lose(self, follower: Follower, conflict: RowConflict) -> None:
        """Look again from where a rival has left it; not for ever."""
        self.touched.add(self._shard)
        self._rivalries += 1
        if self._rivalries > RIVALRIES:
            self._give_up(follower, conflict)

    def _give_up(self, follower: Follower, error: Exception) -> None:
        logger.error("%s stops in shard %s: %s", follower.name, self._shard, error)
        self._active.remove(follower)
        self.errors.append(error)
