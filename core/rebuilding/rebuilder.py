"""Makes a view anew beside itself: fold, compare, flip, retire.

The new table is folded from position zero while the old one is read and kept up to date as ever.
When it has reached the log's end and was compared with the old one, a single row is moved to it,
under its ETag and in the transaction that notes so; the old table goes when everybody must have
heard. Only the fold runs: process managers have checkpoints of their own and see nothing of it.

Work is done in slices, each of which begins with what storage says. So it may die at any call, and
two who work at the same time hinder each other and nothing else.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.ids import command_id, upkeep_stream
from core.domain.upkeep import UPKEEP, RequestRebuild
from core.errors import RowConflict, StorageUnavailable
from core.log.handle import Cause, handle
from core.log.interface import EventLog, LogReader
from core.processes.dispatch import Dispatch
from core.projections.active import ACTIVE, FRESH, TABLE, active_cells
from core.projections.interface import Projection
from core.projections.parking import reason_of
from core.projections.view import View
from core.projections.views import Views
from core.rebuilding.asking import Asking, utc_now
from core.rebuilding.cancelling import Cancelling
from core.rebuilding.comparing import compare
from core.rebuilding.folding import checkpoint_of, fold, fold_shard
from core.rebuilding.state import Phase, Rebuild, Rebuilds
from core.storage.interface import Insert, Replace, Write

logger = logging.getLogger(__name__)

SLICE = 60.0
"""Seconds after which a slice ends, and asks for the next."""
GRACE = timedelta(seconds=60)
"""How long the old table stays: everybody looks for the new one every few seconds."""
PATIENCE = timedelta(seconds=90)
"""After which the sweep takes up a rebuild that nobody has moved."""
_TRIES = 5
"""Times that two tables are brought to one position before they are compared as they are."""


class Rebuilder:
    """Rebuilds views, slice by slice."""

    def __init__(
        self,
        log: EventLog,
        views: Views,
        dispatch: Dispatch,
        *,
        reader: LogReader | None = None,
        now: Callable[[], datetime] = utc_now,
        heard: float = FRESH + 1,
    ) -> None:
        """`reader` reads what is long past more cheaply. So many seconds after a flip everybody has
        `heard`, and writes to the new table."""
        self._log = log
        self._reader = reader or log
        self._views = views
        self._dispatch = dispatch
        self._asking = Asking(log, views.tables, dispatch, now)
        self._cancelling = Cancelling(log, views.tables, now)
        self._rebuilds = Rebuilds(views.tables)
        self._now = now
        self._heard = heard

    async def ask(self, projection: Projection, *, by: str, reason: str) -> Rebuild:
        """Begin a rebuild. NotNow while another one of the same view is under way."""
        return await self._asking.ask(projection, by=by, reason=reason)

    async def cancel(self, projection: Projection, *, by: str, reason: str) -> Rebuild:
        """Call the view's rebuild off. NotNow where there is none, or its table is read already."""
        return await self._cancelling.cancel(projection.name, by=by, reason=reason)

    async def look(self) -> None:
        """Go on with whatever nobody works on, and begin what a new version of the app needs."""
        running = {one.projection: one for one in await self._rebuilds.running()}
        for name, projection in self._views.all.items():
            rebuild = running.get(name)
            if rebuild is None:
                await self._asking.for_a_new_version(projection, self._views.active)
            elif rebuild.idle(self._now(), PATIENCE):
                await self.work(projection)

    async def work(self, projection: Projection, *, seconds: float = SLICE) -> None:
        """Do a slice of the view's rebuild, if there is one.

        Whatever goes wrong is written down, and tried again by the next slice.
        """
        rebuild = await self._rebuilds.latest(projection.name)
        if rebuild is None or not rebuild.running:
            return
        try:
            rebuild = await self._write(rebuild)
            rebuild = await self._slice(projection, rebuild, time.monotonic() + seconds)
        except RowConflict as error:
            logger.warning("somebody else works on the rebuild of %s: %s", projection.name, error)
        except StorageUnavailable:
            raise
        except Exception as error:
            logger.exception("the rebuild of %s cannot go on", projection.name)
            await self._note(projection, reason_of(error))
        else:
            if rebuild.phase in (Phase.FOLDING, Phase.COMPARING):
                await self._dispatch.rebuild(projection.name)

    async def _slice(self, projection: Projection, rebuild: Rebuild, end: float) -> Rebuild:
        """From one phase to the next, until one has to wait or the time is up."""
        await self._record(rebuild)
        if rebuild.phase is Phase.CANCELLING:
            return await self._cancelling.clear(rebuild)
        view = self._views.beside(projection, rebuild.table)
        if rebuild.phase is Phase.FOLDING:
            if not await fold(self._reader, view, end):
                return rebuild
            rebuild = await self._write(replace(rebuild, phase=Phase.COMPARING))
        if rebuild.phase is Phase.COMPARING:
            for shard in range(rebuild.report.shards, self._log.shards):
                rebuild = await self._compare(projection, view, rebuild, shard)
                if time.monotonic() > end:
                    return rebuild
            if not await self._has_passed(view, rebuild, end):
                return rebuild
            rebuild = await self._flip(projection, rebuild)
        return await self._retire(view, rebuild, end)

    async def _record(self, rebuild: Rebuild) -> None:
        """Who asked for it stands in the log: once, however many slices there are."""
        command = RequestRebuild(
            follower=rebuild.projection,
            version=rebuild.version,
            generation=rebuild.generation,
            by=rebuild.by,
            reason=rebuild.reason,
        )
        place = (self._log.generation, "rebuild", rebuild.projection, rebuild.generation)
        cause = Cause(command=command_id(*place), correlation="", causation="")
        await handle(self._log, UPKEEP, upkeep_stream(rebuild.projection), command, cause)

    async def _compare(
        self, projection: Projection, view: View, rebuild: Rebuild, shard: int
    ) -> Rebuild:
        """Compare one shard, at one position of both tables where that can be had."""
        old = await self._views.tables.open(rebuild.old_table)
        new = await self._views.tables.open(rebuild.table)
        for _ in range(_TRIES):
            await self._level(projection, view, rebuild, shard)
            before = await asyncio.gather(*(checkpoint_of(one, shard) for one in (old, new)))
            report = await compare(old, new, shard, rebuild.report)
            after = await asyncio.gather(*(checkpoint_of(one, shard) for one in (old, new)))
            if before == after and before[0][0] == before[1][0]:
                return await self._write(replace(rebuild, report=report))
        report = replace(report, uneven=(*report.uneven, shard))
        return await self._write(replace(rebuild, report=report))

    async def _level(
        self, projection: Projection, view: View, rebuild: Rebuild, shard: int
    ) -> None:
        """Bring both tables to the log's end; the old one if this code can, and if it lets us."""
        end = time.monotonic() + SLICE
        if rebuild.old_version == projection.version:
            try:
                old = self._views.beside(projection, rebuild.old_table)
                await fold_shard(self._reader, old, shard, end)
            except Exception as error:  # noqa: BLE001 - what ails the old one must not stop the new
                logger.warning("%s, shard %s: %s", rebuild.old_table, shard, error)
        await fold_shard(self._reader, view, shard, end)

    async def _has_passed(self, view: View, rebuild: Rebuild, end: float) -> bool:
        """Whether the new table shows all that the old one did a moment ago."""
        old = await self._views.tables.open(rebuild.old_table)
        shards = range(self._log.shards)
        passed = await asyncio.gather(*(checkpoint_of(old, shard) for shard in shards))
        if not await fold(self._reader, view, end):
            return False
        return all([await view.position(shard) >= passed[shard][0] for shard in shards])

    async def _flip(self, projection: Projection, rebuild: Rebuild) -> Rebuild:
        """Make the new table the one that counts, in the transaction that notes so."""
        cells = active_cells(projection, rebuild.generation)
        row = await (await self._views.tables.open(TABLE)).get(projection.name, ACTIVE)
        active: Write = Insert(ACTIVE, cells) if row is None else Replace(ACTIVE, cells, row.etag)
        flipped = replace(rebuild, phase=Phase.RETIRING, flipped_at=self._now())
        try:
            flipped = await self._write(flipped, active)
        finally:
            self._views.active.forget()
        logger.warning("%s is read from %s now", projection.name, rebuild.table)
        return flipped

    async def _retire(self, view: View, rebuild: Rebuild, end: float) -> Rebuild:
        """Drop the old table once nobody can take it for the one that counts.

        What those wrote into it who had not heard yet is folded into the new one first.
        """
        since = self._now() - (rebuild.flipped_at or self._now())
        await asyncio.sleep(max(0.0, self._heard - since.total_seconds()))
        if not await fold(self._reader, view, end) or since < GRACE:
            return rebuild
        await self._views.tables.drop(rebuild.old_table)
        return await self._write(replace(rebuild, phase=Phase.DONE))

    async def _note(self, projection: Projection, error: str) -> None:
        rebuild = await self._rebuilds.latest(projection.name)
        if rebuild is not None and rebuild.running:
            with suppress(RowConflict):  # whoever else works on it knows better
                await self._rebuilds.write(replace(rebuild, error=error, moved_at=self._now()))

    async def _write(self, rebuild: Rebuild, *more: Write) -> Rebuild:
        return await self._rebuilds.write(replace(rebuild, moved_at=self._now(), error=""), *more)
