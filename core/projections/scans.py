"""The open scans: what waits for a sandbox, and what runs in one.

Row `o|<stream>` is one open scan, and whose turn it is can be asked of this table alone: the
highest priority first, the oldest request first within it. A scan that was given up stays as
`failed` until the image is scanned anew or deleted, because a late report may open it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.domain import events as e
from core.domain.recorded import Recorded
from core.projections.cells import instant, number, text
from core.projections.interface import Change, Drop, Needs, Set, ViewRows
from core.storage.interface import Cell, Cells


class OpenScans:
    """The projection; see `core/projections/interface.py`."""

    name = "openscans"
    version = 1

    def keys(self, recorded: Recorded) -> Iterable[str]:
        return (f"o|{recorded.stream}",) if isinstance(recorded.event, _CONCERNED) else ()

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        return Needs()

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        key = f"o|{recorded.stream}"
        row = rows.get(key, {})
        match recorded.event:
            case e.ScanRequested() as requested:
                return (Set(key, _requested(row, requested, recorded)),)
            case e.ImageDeleted() | e.ImageNotApplicable() | e.IndexRead():
                return (Drop(key),)
            case e.ScanCompleted(advisories_version=used) if used >= number(row, "advisories"):
                return (Drop(key),)
            case e.ScanStarted() | e.InventoryTaken() | e.ScanFailed() | e.ScanCompleted() as event:
                return (Set(key, {**row, **_at_stage(event)}),)
            case _:
                return ()


def _requested(row: Cells, event: e.ScanRequested, recorded: Recorded) -> dict[str, Cell]:
    """A new scan; or the open one, of which more is asked. Every cell is there from the beginning,
    so that all can be asked for."""
    fresh: Cells = {
        "scan": event.scan,
        "stage": "waiting",
        "attempt": 0,
        "requested_at": instant(recorded.at),
        "deadline": "",
        "retry_at": "",
    }
    known = row if text(row, "scan") == event.scan else fresh
    return {**known, "priority": event.priority, "advisories": event.advisories}


def _at_stage(
    event: e.ScanStarted | e.InventoryTaken | e.ScanFailed | e.ScanCompleted,
) -> dict[str, Cell]:
    match event:
        case e.ScanStarted():
            deadline = instant(event.deadline)
            return {"stage": "running", "attempt": event.attempt, "deadline": deadline}
        case e.ScanFailed(retry_at=datetime() as retry_at):
            return {"stage": "waiting", "retry_at": instant(retry_at)}
        case e.ScanFailed():
            return {"stage": "failed"}
        case e.InventoryTaken() | e.ScanCompleted():
            return {"stage": "inventoried"}


_CONCERNED = (
    e.ScanRequested,
    e.ScanStarted,
    e.InventoryTaken,
    e.ScanFailed,
    e.ScanCompleted,
    e.ImageNotApplicable,
    e.IndexRead,
    e.ImageDeleted,
)
