"""With which advisories the fleet was assessed as a whole: what the advisories' stream folds to.

Whoever asks now reads that from the stream's own snapshot. This view is for whoever asks of the
past: nothing else tells what the stream folded to at an earlier position, short of reading all of
it. It is folded in memory and sealed (`core/past/`), and has no table of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.domain.advisories import ADVISORIES, Assessed, Published
from core.domain.events import FleetAssessed
from core.domain.recorded import Recorded
from core.domain.values import Artifact
from core.projections.cells import instant, number, text
from core.projections.interface import Change, Needs, Set, ViewRows
from core.storage.interface import Cells

KEY = "assessed"
"""Row key of the one row."""


class Assessments:
    """The projection; see `core/projections/interface.py`."""

    name = "assessments"
    version = 1

    def keys(self, recorded: Recorded) -> Iterable[str]:
        return (KEY,) if isinstance(recorded.event, FleetAssessed) else ()

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        return Needs()

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        if not isinstance(recorded.event, FleetAssessed):
            return ()
        before = Published(assessed=assessed_of(rows.get(KEY)))
        after = ADVISORIES.evolve(before, recorded.event).assessed
        return () if after is None else (Set(KEY, _cells(after)),)


def assessed_of(cells: Cells | None) -> Assessed | None:
    """What the row says; `None` where there is none."""
    if cells is None:
        return None
    said = text(cells, "assessed_at")
    return Assessed(
        version=number(cells, "version"),
        database=Artifact(sha256=text(cells, "sha256"), size=number(cells, "size")),
        positions=tuple(int(one) for one in text(cells, "positions").split()),
        assessed_at=datetime.fromisoformat(said) if said else None,
    )


def _cells(assessed: Assessed) -> Cells:
    return {
        "version": assessed.version,
        "sha256": assessed.database.sha256,
        "size": assessed.database.size,
        "positions": " ".join(str(one) for one in assessed.positions),
        "assessed_at": instant(assessed.assessed_at) if assessed.assessed_at else "",
    }
