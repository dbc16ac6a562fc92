"""The views of one shard after a prefix of it, in memory.

They are folded by the code that folds them into tables (`core/projections/view.py`), over tables
in memory: so what is shown of the past cannot differ from what was shown then.
"""

from collections.abc import Mapping, Sequence

from core.domain.recorded import Recorded
from core.log import layout
from core.projections.assessments import Assessments
from core.projections.images import Images
from core.projections.interface import Projection, table_name
from core.projections.partition import CHECKPOINT
from core.projections.view import View
from core.storage.interface import Artifacts, Cells
from core.storage.memory import MemoryRows, MemoryTables

PROJECTIONS: tuple[Projection, ...] = (Images(), Assessments())
"""The views that the past is asked of."""

type Contents = Mapping[str, Mapping[str, Cells]]
"""The rows of each view by key, by the name of the view's table."""

VIEWS = "+".join(sorted(table_name(projection) for projection in PROJECTIONS))
"""Names what folded the rows: another version of a view folds them anew."""

_ALL = 1_000_000


class Fold:
    """Rows in memory, and how far they are."""

    def __init__(
        self,
        shard: int,
        artifacts: Artifacts,
        *,
        position: int = 0,
        contents: Contents | None = None,
    ) -> None:
        self.shard = shard
        self.position = position
        """Everything up to here has its effect."""
        partition = layout.partition(shard)
        self._rows = {
            table_name(one): MemoryRows.holding(
                partition, (contents or {}).get(table_name(one), {})
            )
            for one in PROJECTIONS
        }
        tables = MemoryTables(self._rows)
        self._views = [View(one, tables, artifacts) for one in PROJECTIONS]

    async def take(self, tail: Sequence[Recorded]) -> None:
        """Fold the events that follow."""
        if tail:
            for view in self._views:
                await view.follow(self.shard, tail)
            self.position = tail[-1].position

    def rows(self, projection: type[Projection]) -> MemoryRows:
        """What one of the views shows."""
        return self._rows[table_name(projection())]

    async def contents(self) -> Contents:
        """What all of them show."""
        return {name: await self._content(rows) for name, rows in self._rows.items()}

    async def _content(self, rows: MemoryRows) -> Mapping[str, Cells]:
        partition = layout.partition(self.shard)
        found = await rows.range(partition, "", "~", limit=_ALL)
        return {row.key: row.cells for row in found if row.key != CHECKPOINT}
