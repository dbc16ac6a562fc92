"""The fleet's view in storage: brought up to the log's end, and read.

Whoever reads the rows of an image reads the distinct packages after them, so that every package
that an image has is there; should a rival be in the midst of writing, the inventory is read.
"""

import asyncio
from collections.abc import Sequence

from core.errors import StorageUnavailable
from core.fleet import dictionary
from core.fleet.images import PREFIX, FleetImage, image_of
from core.fleet.view import FleetView
from core.log import layout
from core.log.interface import EventLog
from core.projections.active import ActiveTables
from core.projections.partition import CHECKPOINT
from core.projections.runner import Runner
from core.projections.view import View
from core.projections.views import Views
from core.storage.interface import Artifacts, Rows, Tables, Where
from core.storage.reading import every

PAUSES = (0.1, 1.0)
"""Seconds after which storage is asked again. Views are written in transactions, which nobody but
the view itself may repeat; a connection that was closed while it was idle is enough to lose one."""
_BEHIND = "m}"
"""Row keys of images come before this."""


class FleetStore:
    """The view's rows."""

    def __init__(
        self, log: EventLog, rows: Rows, view: View, pauses: Sequence[float] = PAUSES
    ) -> None:
        self._log = log
        self._rows = rows
        self._view = view
        self._runner = Runner(log, [view])
        self._pauses = pauses
        self._looks = 0

    @property
    def shards(self) -> int:
        """How many there are."""
        return self._log.shards

    async def catch_up(self) -> tuple[int, ...]:
        """Bring the view to the log's end; where that is, in every shard.

        Raises a group of what went wrong if a shard cannot be brought there, once all others are:
        an ExceptionGroup, unless one of them was cancelled.
        """
        self._looks += 1
        if not await self._view.is_whole(self._looks):
            self._view.forget()  # its table was removed
        shards = range(self._log.shards)
        ends = await asyncio.gather(*map(self._bring_up, shards), return_exceptions=True)
        if errors := [end for end in ends if isinstance(end, BaseException)]:
            raise BaseExceptionGroup("the fleet's view is not whole", errors)
        return await self.positions()

    async def positions(self) -> tuple[int, ...]:
        """How far the view is, in every shard."""
        return tuple([await self._view.position(shard) for shard in range(self._log.shards)])

    async def stands_at(self, shard: int, position: int) -> bool:
        """Whether the shard's rows show that position, no more and no less: another process may
        have brought them further, and a table that was just made anew may lag behind for once."""
        row = await self._rows.get(layout.partition(shard), CHECKPOINT)
        return (0 if row is None else layout.integer(row.cells, "position")) == position

    async def images(self, shard: int, *, below: int, after: int = 0) -> list[FleetImage]:
        """The images whose last verdict was made with advisories before version `below`, and
        recorded behind the position `after`."""
        conditions = (Where("version", "lt", below), Where("position", "gt", after))
        return await self._scan(shard, *conditions)

    async def all_images(self, shard: int) -> list[FleetImage]:
        """Every image whose packages are known."""
        return await self._scan(shard)

    async def packages(self, shard: int) -> dict[bytes, bytes]:
        """The distinct packages' contents, by the short names that images' rows use."""
        rows = await self._rows.range(layout.partition(shard), dictionary.PREFIX, "d}", limit=1_000)
        return dictionary.by_short_name(row.cells for row in rows)

    async def _bring_up(self, shard: int) -> None:
        """Bring one shard's view to the log's end; storage may fail us a few times."""
        for pause in (*self._pauses, None):
            try:
                await self._runner.catch_up(shard)
                await self._view.settle(shard)
                return
            except ExceptionGroup as errors:
                if pause is None or errors.split(StorageUnavailable)[1] is not None:
                    raise
                await asyncio.sleep(pause)

    async def _scan(self, shard: int, *conditions: Where) -> list[FleetImage]:
        place = (
            Where("PartitionKey", "eq", layout.partition(shard)),
            Where("RowKey", "ge", PREFIX),
            Where("RowKey", "lt", _BEHIND),
        )
        images = [image_of(row) async for row in every(self._rows, (*place, *conditions))]
        return [image for image in images if image is not None]


async def open_fleet(
    log: EventLog,
    tables: Tables,
    artifacts: Artifacts,
    pauses: Sequence[float] = PAUSES,
    active: ActiveTables | None = None,
) -> FleetStore:
    """The fleet's view over a log."""
    projection = FleetView()
    views = Views(
        log=log,
        tables=tables,
        artifacts=artifacts,
        active=active or ActiveTables(tables),
        parking=(),
        halting=(projection,),
    )
    return FleetStore(log, views.rows(projection), views.live(projection), pauses)
