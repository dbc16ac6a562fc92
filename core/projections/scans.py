"""The open scans: what waits for a sandbox, and what runs in one.

Row `o|<stream>` is one open scan. The table holds no others, so reading all of it tells whose turn
it is: the highest priority first, the oldest request first within it.
"""

from collections.abc import Iterable, Mapping, Sequence

from core.domain import events as e
from core.domain.recorded import Recorded
from core.projections.cells import instant, number
from core.projections.interface import Change, Drop, Needs, Set, ViewRows
from core.storage.interface import Cell


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
        row: dict[str, Cell] = dict(rows.get(key, {}))
        match recorded.event:
            case e.ScanRequested() as event:
                if row.get("scan") != event.scan:
                    row = {"scan": event.scan, "stage": "waiting", "attempt": 0}
                    row["requested_at"] = instant(recorded.at)
                row |= {"priority": event.priority, "advisories": event.advisories}
            case e.ScanStarted() as event:
                row |= {"stage": "running", "attempt": event.attempt}
                row |= {"deadline": instant(event.deadline), "retry_at": ""}
            case e.InventoryTaken() as event if row.get("scan") == event.scan:
                row["stage"] = "inventoried"
            case e.ScanFailed(retry_at=retry_at) if retry_at is not None:
                row |= {"stage": "waiting", "retry_at": instant(retry_at)}
            case e.ScanCompleted(advisories_version=version) if row:
                if version < number(row, "advisories"):
                    return ()
                return (Drop(key),)
            case (
                e.ScanCompleted()
                | e.ScanFailed()
                | e.ImageNotApplicable()
                | e.IndexRead()
                | e.ImageDeleted()
            ):
                return (Drop(key),)
            case _:
                return ()
        return (Set(key, row),) if row else ()


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
