"""The views of one shard after a prefix of it, in memory.

They are folded by the functions that fold them into tables (`core/projections/`): so what is shown
of the past is what was shown then. There is nothing to fence off and nothing to lose here, so all
else that `view.py` does is left out, but for one thing: an event that cannot be applied is parked
with its stream, in that view alone, unless an administrator has given it up.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.errors import StorageUnavailable, UnreadableEvent
from core.log import layout
from core.projections.assessments import Assessments
from core.projections.billing import Billing
from core.projections.images import Images
from core.projections.interface import Needs, Projection, Set, table_name
from core.projections.parking import NoSkips, Skips, reason_of
from core.projections.rules import RuleBooksView
from core.storage.interface import Artifacts, Cells
from core.storage.memory import MemoryRows

logger = logging.getLogger(__name__)

PROJECTIONS: tuple[Projection, ...] = (Images(), Assessments(), Billing(), RuleBooksView())
"""The views that the past is asked of. The index of findings is the largest by far, and not among
them: what stood in it follows from the images' rows (`core/past/findings.py`)."""

_GIVEN_UP_WITH = {Assessments.name: Images.name}
"""A view without a table stumbles nowhere else: giving an event up for the other one counts."""

type Alarm = Callable[[str, str], None]
"""Takes a name to count by, and what happened."""

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
        skips: Skips | None = None,
        alarm: Alarm | None = None,
    ) -> None:
        """`skips` knows what was given up by administrators; `alarm` is told of all else that
        cannot be applied."""
        self.shard = shard
        self.position = position
        """Everything up to here has its effect."""
        self.at: datetime | None = None
        """When the last event that was taken here was recorded."""
        self.parked: dict[tuple[str, StreamId], int] = {}
        """Where a view could not apply an event: from there on it does not follow that stream."""
        self.halted = False
        """Whether it could not go past something that cannot be read."""
        self._artifacts = artifacts
        self._skips = skips or NoSkips()
        self._alarm = alarm or _say
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
            for projection in self._projections:
                if not self.parked or (projection.name, recorded.stream) not in self.parked:
                    await self._go_on(projection, recorded)
            self.position, self.at = recorded.position, recorded.at
        if tail:
            self._tables.clear()

    async def goes_past(self, unreadable: UnreadableEvent) -> bool:
        """Whether what stands there was given up for all of the views; then they are past it."""
        for projection in self._projections:
            if not await self._given_up(projection, unreadable.position):
                self._alarm("past-halted", str(unreadable))
                self.halted = True
                return False
        self.position = unreadable.position
        return True

    def rows(self, projection: Projection) -> MemoryRows:
        """What one of the views shows, as a table."""
        name = table_name(projection)
        if name not in self._tables:
            partition = layout.partition(self.shard)
            self._tables[name] = MemoryRows.holding(partition, self._contents[name])
        return self._tables[name]

    async def _go_on(self, projection: Projection, recorded: Recorded) -> None:
        try:
            await self._apply(projection, recorded)
        except StorageUnavailable:
            raise
        except Exception as error:  # whatever it is, it spoils that stream's past alone
            if await self._given_up(projection, recorded.position):
                return
            place = f"{projection.name} of the past, {recorded.shard}.{recorded.position}"
            logger.exception("%s: parked with its stream", place)
            self._alarm("past-parked", f"{place}: {reason_of(error)}")
            self.parked[projection.name, recorded.stream] = recorded.position

    async def _given_up(self, projection: Projection, position: int) -> bool:
        follower = _GIVEN_UP_WITH.get(projection.name, projection.name)
        return await self._skips.skipped(follower, self.shard, position)

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
        if not needs.artifacts:
            return {}
        contents = await asyncio.gather(*(self._artifacts.get(one) for one in needs.artifacts))
        names = (artifact.sha256 for artifact in needs.artifacts)
        return dict(zip(names, contents, strict=True))


def _say(name: str, why: str) -> None:
    logger.error("%s: %s", name, why)
