"""The views of one shard after a prefix of it, in memory.

They are folded by the functions that fold them into tables (`core/projections/`): so what is shown
of the past is what was shown then. There is nothing to fence off and nothing to lose here, so all
else that `view.py` does is left out.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.errors import StorageUnavailable
from core.log import layout
from core.projections.assessments import Assessments
from core.projections.billing import Billing
from core.projections.images import Images
from core.projections.interface import Needs, Projection, Set, table_name
from core.projections.rules import RuleBooksView
from core.storage.interface import Artifacts, Cells
from core.storage.memory import MemoryRows

logger = logging.getLogger(__name__)

PROJECTIONS: tuple[Projection, ...] = (Images(), Assessments(), Billing(), RuleBooksView())
"""The views that the past is asked of. The index of findings is the largest by far, and not among
them: what stood in it follows from the images' rows (`core/past/findings.py`)."""

type Contents = Mapping[str, Mapping[str, Cells]]
"""The rows of each view by key, by the name of the view's table."""

VIEWS = "+".join(sorted(table_name(projection) for projection in PROJECTIONS))
"""Names what folded the rows: another version of a view folds them anew."""


class Fold:
    """Rows in memory, and how far they are."""

    def __init__(
        self,
        shard: int,
        artifacts: Artifacts,
        *,
        position: int = 0,
        contents: Contents | None = None,
        projections: Sequence[Projection] = PROJECTIONS,
    ) -> None:
        self.shard = shard
        self.position = position
        """Everything up to here has its effect."""
        self.left_out: set[StreamId] = set()
        """Streams with an event that could not be applied: from there on they are not followed."""
        self._artifacts = artifacts
        self._projections = projections
        self._contents: defaultdict[str, dict[str, Cells]] = defaultdict(dict)
        for name, rows in (contents or {}).items():
            self._contents[name] = dict(rows)
        self._tables: dict[str, MemoryRows] = {}

    @property
    def contents(self) -> Contents:
        """What all of the views show."""
        return self._contents

    async def take(self, tail: Sequence[Recorded]) -> None:
        """Fold the events that follow."""
        await asyncio.sleep(0)  # where they come from memory, nothing else would let others go on
        for recorded in tail:
            if recorded.stream not in self.left_out:
                await self._go_on(recorded)
            self.position = recorded.position
        if tail:
            self._tables.clear()

    def rows(self, projection: Projection) -> MemoryRows:
        """What one of the views shows, as a table."""
        name = table_name(projection)
        if name not in self._tables:
            partition = layout.partition(self.shard)
            self._tables[name] = MemoryRows.holding(partition, self._contents[name])
        return self._tables[name]

    async def _go_on(self, recorded: Recorded) -> None:
        try:
            for projection in self._projections:
                await self._apply(projection, recorded)
        except StorageUnavailable:
            raise
        except Exception:  # a poison event spoils its own stream's past, and nobody else's
            place = f"{recorded.shard}.{recorded.position}"
            logger.exception("%s cannot be applied: its stream's past ends there", place)
            self.left_out.add(recorded.stream)

    async def _apply(self, projection: Projection, recorded: Recorded) -> None:
        rows = self._contents[table_name(projection)]
        shown = {key: rows[key] for key in projection.keys(recorded) if key in rows}
        needs = projection.needs(recorded, shown)
        shown |= {key: rows[key] for key in needs.keys if key in rows}
        for prefix in needs.prefixes:
            shown |= {key: cells for key, cells in rows.items() if key.startswith(prefix)}
        for change in projection.apply(recorded, shown, await self._fetch(needs)):
            if isinstance(change, Set):
                rows[change.key] = change.cells
            else:
                rows.pop(change.key, None)

    async def _fetch(self, needs: Needs) -> Mapping[str, bytes]:
        contents = await asyncio.gather(*(self._artifacts.get(one) for one in needs.artifacts))
        names = (artifact.sha256 for artifact in needs.artifacts)
        return dict(zip(names, contents, strict=True))
