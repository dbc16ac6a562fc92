"""What is kept of the past so that it can be read quickly: cold segments, seals of the views, and
what each day came to.

A timer runs it. All that it writes follows from the log, so it may run twice at a time, die
anywhere, or not run for a month: then the past is slower to read, and no different.
"""

from datetime import UTC, datetime

from core.errors import CorruptLog, RowConflict
from core.log.freezing import Freezer
from core.log.interface import LogReader
from core.log.tail import read_tail
from core.past.days import Days
from core.past.seals import Seals

EVERY = 2_000
"""Events of a shard after which its views are sealed: so many are folded for a question, at most.
A seal of a thousand images has about 200 KB."""
_BATCH = 500


class Archivist:
    """Writes the segments, seals and days that are due."""

    def __init__(
        self, log: LogReader, freezer: Freezer, seals: Seals, days: Days, *, every: int = EVERY
    ) -> None:
        self._log = log
        self._freezer = freezer
        self._seals = seals
        self._days = days
        self._every = every

    async def run(self) -> None:
        """Look into every shard. Raises an ExceptionGroup of what went wrong, once all others are
        done: a view that halts in one shard keeps no other from its seals."""
        errors: list[Exception] = []
        for shard in range(self._log.shards):
            try:
                await self._freezer.freeze(shard)
                await self._seal(shard)
            except RowConflict:
                continue  # another process is at it
            except Exception as error:  # noqa: BLE001 - one shard's trouble is its own
                errors.append(error)
        if errors:
            raise ExceptionGroup("not every shard could be archived", errors)
        await self._days.keep(datetime.now(UTC))

    async def _seal(self, shard: int) -> None:
        head = await self._log.head(shard)
        fold = await self._seals.fold(shard)
        while head.position - fold.position >= self._every:
            end = fold.position + self._every
            while fold.position < end:
                limit = min(_BATCH, end - fold.position)
                tail = await read_tail(self._log, shard, after=fold.position, limit=limit)
                await fold.take(tail.events)
                if tail.unreadable is not None and not await fold.goes_past(tail.unreadable):
                    raise tail.unreadable
            if fold.parked:
                raise CorruptLog(f"shard {shard}: not sealed, {len(fold.parked)} streams halt")
            if fold.at is not None:
                await self._seals.add(fold, fold.at)
