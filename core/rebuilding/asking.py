"""Asks for rebuilds: an administrator does, or a new version of a projection."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from core.domain.ids import upkeep_stream
from core.domain.upkeep import UPKEEP, Upkeep
from core.errors import NotNow, RowConflict
from core.log.handle import current
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.projections.active import ACTIVE, TABLE, Active, ActiveTables, active_of
from core.projections.interface import Projection, table_name
from core.rebuilding.state import Phase, Rebuild, Rebuilds
from core.storage.interface import Tables


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class Asking:
    """Begins rebuilds: one at a time for each view."""

    def __init__(
        self,
        log: EventLog,
        tables: Tables,
        dispatch: Dispatch,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._log = log
        self._tables = tables
        self._rebuilds = Rebuilds(tables)
        self._dispatch = dispatch
        self._now = now

    async def ask(self, projection: Projection, *, by: str, reason: str) -> Rebuild:
        """Begin a rebuild. NotNow while another one of the same view is under way."""
        name, now = projection.name, self._now()
        last = await self._rebuilds.latest(name)
        if last is not None and last.running:
            raise NotNow(
                f"{name} is being rebuilt already, since {last.asked_at.isoformat()}:"
                f" see GET /api/manage/projections/{name}"
            )
        active = await self._active(projection)
        known = (active.generation, await self._recorded(name), last.generation if last else 0)
        generation = 1 + max(known)
        rebuild = Rebuild(
            projection=name,
            phase=Phase.FOLDING,
            version=projection.version,
            generation=generation,
            table=table_name(projection, generation),
            old_version=active.version,
            old_table=active.table,
            by=by,
            reason=reason,
            asked_at=now,
            moved_at=now,
            etag=last.etag if last else None,
        )
        return await self._begin(projection, rebuild)

    async def for_a_new_version(self, projection: Projection, tables: ActiveTables) -> None:
        """Begin the rebuild that a view needs whose table an older version has folded."""
        active = await tables.of(projection)
        if active.version < projection.version:
            reason = f"version {projection.version} follows version {active.version}"
            with suppress(NotNow):  # another process has begun it
                await self.ask(projection, by="new-version", reason=reason)

    async def _begin(self, projection: Projection, rebuild: Rebuild) -> Rebuild:
        try:
            begun = await self._rebuilds.write(rebuild)
        except RowConflict as error:
            raise NotNow(f"somebody else has just had {projection.name} rebuilt") from error
        await self._dispatch.rebuild(projection.name)
        return begun

    async def _active(self, projection: Projection) -> Active:
        rows = await self._tables.open(TABLE)
        return active_of(projection, await rows.get(projection.name, ACTIVE))

    async def _recorded(self, name: str) -> int:
        """The latest generation that the log speaks of: its table may have been anything."""
        upkeep: Upkeep = await current(self._log, UPKEEP, upkeep_stream(name))
        return upkeep.generation
