"""All views of the app: what each is, and where it stands.

The one place that knows which of them parks what it cannot apply. The fleet's does not: that every
image was assessed is a claim about all of them, and a view with a gap must not support it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.log.interface import EventLog
from core.projections.active import ActiveRows, ActiveTables, TableName
from core.projections.interface import Projection
from core.projections.skips import LoggedSkips
from core.projections.view import View
from core.storage.interface import Artifacts, Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Makes views over one storage account."""

    log: EventLog
    tables: Tables
    artifacts: Artifacts
    active: ActiveTables
    parking: Sequence[Projection]
    """Those that set an event aside which they cannot apply."""
    halting: Sequence[Projection] = field(default=())
    """Those that stop at it."""

    @property
    def all(self) -> Mapping[str, Projection]:
        """Every projection by its name."""
        return {one.name: one for one in (*self.parking, *self.halting)}

    def live(self, projection: Projection) -> View:
        """The view in whichever table counts."""
        return self._view(projection, lambda: self.active.to_write(projection))

    def beside(self, projection: Projection, name: str) -> View:
        """The view in a table that nobody reads yet."""

        async def table() -> str:
            return name

        return self._view(projection, table)

    def rows(self, projection: Projection) -> ActiveRows:
        """The rows for whoever reads, from whichever table counts."""
        return ActiveRows(projection, self.tables, self.active)

    def _view(self, projection: Projection, table: TableName) -> View:
        return View(
            projection,
            self.tables,
            self.artifacts,
            table=table,
            parks=projection in self.parking,
            skips=LoggedSkips(self.log),
        )
