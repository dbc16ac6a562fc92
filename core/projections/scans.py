"""The open scans: what waits for a sandbox, and what runs in one.

- `o|<stream>` is one open scan. One that was given up stays as `failed` until the image is scanned
  anew or deleted, because a late report may open it again;
- `w|<priority>|<due>|<stream>` is its place in the queue for as long as it waits for a sandbox: in
  the order of keys the oldest comes first, so whose turn it is costs a few rows, however many wait.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.domain import events as e
from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.projections.cells import instant, number, text
from core.projections.interface import Change, Drop, Needs, Set, ViewRows
from core.storage.interface import Cell, Cells


class OpenScans:
    """The projection; see `core/projections/interface.py`."""

    name = "openscans"
    version = 2

    def keys(self, recorded: Recorded) -> Iterable[str]:
        return (f"o|{recorded.stream}",) if isinstance(recorded.event, _CONCERNED) else ()

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        return Needs()

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        if not isinstance(recorded.event, _CONCERNED):
            return ()
        key = f"o|{recorded.stream}"
        before = rows.get(key, {})
        after = _after(before, recorded)
        row: Change = Set(key, after) if after else Drop(key)
        return row, *_move(_place(before, recorded.stream), _place(after, recorded.stream), after)


QUEUED = "w|"
"""What the places in all queues begin with."""


def queue_key(priority: e.Priority) -> str:
    """What the places in a queue begin with."""
    return f"{QUEUED}{priority}|"


def _after(row: Cells, recorded: Recorded) -> Cells:
    """The scan's row after the event; empty when it is not open any more."""
    match recorded.event:
        case e.ScanRequested() as requested:
            return _requested(row, requested, recorded)
        case e.ImageDeleted() | e.ImageNotApplicable() | e.IndexRead() | e.ScanWithdrawn():
            return {}
        case e.ScanCompleted(advisories_version=used) if used >= number(row, "advisories"):
            return {}
        case e.ScanStarted() | e.InventoryTaken() | e.ScanFailed() | e.ScanCompleted() as event:
            return {**row, **_at_stage(event)}
        case _:
            return row


def _place(row: Cells, stream: StreamId) -> str | None:
    """Row key of the scan's place in its queue, if it waits. A place is as old as the request, or
    as the moment from which the next attempt may start."""
    if text(row, "stage") != "waiting":
        return None
    due = max(text(row, "requested_at"), text(row, "retry_at"))
    return f"{queue_key(e.Priority(text(row, 'priority')))}{due}|{stream}"


def _move(before: str | None, after: str | None, row: Cells) -> Iterable[Change]:
    """The scan leaves one place for another."""
    if before is not None and before != after:
        yield Drop(before)
    if after is not None:
        names = ("scan", "priority", "requested_at", "retry_at")
        yield Set(after, {name: row[name] for name in names})


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
    e.ScanWithdrawn,
    e.ImageDeleted,
)
