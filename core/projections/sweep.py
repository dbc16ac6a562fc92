"""Looks into every shard now and then: whatever no hint has announced is found here.

A look costs one read of each shard's head, and of each view one read more: somebody may have
removed its table, or flipped it to another. A shard whose head is where the last look has left it
needs nothing else. While nothing happens at all, most turns are left out.
"""

import logging
from collections.abc import Sequence

from core.errors import ConfigurationError, StorageUnavailable
from core.log.interface import EventLog
from core.projections.runner import Runner
from core.projections.view import View

logger = logging.getLogger(__name__)

QUIET = 10
"""Looks without any news after which turns are left out."""
REST = 4
"""Then every so many turns there is a look."""


class Sweep:
    """Brings every follower to the log's end, as seldom as may be."""

    def __init__(self, log: EventLog, runner: Runner, views: Sequence[View]) -> None:
        self._log = log
        self._runner = runner
        self._views = views
        self._seen: dict[int, int] = {}
        """Up to where every follower is known to have come."""
        self._tables: list[str] = []
        self._turn = 0
        self._quiet = 0

    async def tick(self) -> None:
        """Look, or let it be this time.

        Raises an ExceptionGroup of what went wrong, once everything else is done.
        """
        self._turn += 1
        if self._quiet >= QUIET and self._turn % REST:
            return
        errors: list[Exception] = []
        news = await self._tables_changed()
        for shard in range(self._log.shards):
            try:
                news = await self._look_into(shard) or news
            except (ExceptionGroup, StorageUnavailable) as error:
                errors.append(error)
        self._quiet = 0 if news or errors else self._quiet + 1
        if errors:
            raise ExceptionGroup("not every shard could be brought to its end", errors)

    async def _look_into(self, shard: int) -> bool:
        """Whether there was news in the shard."""
        head = await self._log.head(shard)
        if self._seen.get(shard) == head.position:
            return False
        await self._runner.look_into(shard)
        self._seen[shard] = head.position
        return True

    async def _tables_changed(self) -> bool:
        """Whether a view must be looked at from its beginning."""
        tables = [await _table(view) for view in self._views]
        changed = tables != self._tables
        self._tables = tables
        for view in self._views:
            if not await self._is_whole(view):
                logger.error("the table of %s was removed: it is folded anew", view.name)
                view.forget()
                changed = True
        if changed:
            self._seen.clear()
        return changed

    async def _is_whole(self, view: View) -> bool:
        try:
            return await view.is_whole(self._turn)
        except StorageUnavailable:  # a table that is not there gives no answer either
            return False


async def _table(view: View) -> str:
    try:
        return await view.table()
    except (ConfigurationError, StorageUnavailable):  # said by whoever folds it
        return ""
