"""The pulse: how the work stands, on one line of the log, for alerts to read.

An alert asks logs, and a table of ours it cannot ask. So a timer says every few minutes what an
operator would look up: how old the queues are, which images nobody has seen into, and which views
stand still.
"""

import asyncio
from collections.abc import Mapping

import msgspec

from core.log import layout
from core.projections.partition import CHECKPOINT
from core.query.fleet import SummaryQueries
from core.query.operations import Operations
from core.query.shapes import Json
from core.storage.interface import Rows

WORD = "pulse "
"""What the line begins with; `infra/modules/alerts.bicep` looks for it."""


class Pulse:
    """Takes the pulse."""

    def __init__(
        self,
        operations: Operations,
        summary: SummaryQueries,
        views: Mapping[str, Rows],
        shards: int,
    ) -> None:
        """`views` are tables with checkpoints, by name."""
        self._operations = operations
        self._summary = summary
        self._views = views
        self._shards = shards

    async def line(self) -> str:
        """The pulse, as one line."""
        told: dict[str, object] = {
            "work": await self._operations.now({}),
            "images": await self._totals(),
            "halted": await self._halted(),
        }
        return WORD + msgspec.json.encode(told).decode()

    async def _totals(self) -> Json:
        summary = msgspec.to_builtins(await self._summary.summary({}))
        return {name: value for name, value in summary.items() if isinstance(value, int | dict)}

    async def _halted(self) -> list[str]:
        """Views and shards in which an event cannot be applied, and why."""
        places = [(name, shard) for name in self._views for shard in range(self._shards)]
        rows = await asyncio.gather(
            *(self._views[name].get(layout.partition(shard), CHECKPOINT) for name, shard in places)
        )
        reasons = [str(row.cells.get("halted", "")) if row else "" for row in rows]
        return [
            f"{name} {shard}: {reason[:200]}"
            for (name, shard), reason in zip(places, reasons, strict=True)
            if reason
        ]
