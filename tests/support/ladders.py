"""The smallest view that can be folded wrong: a stream's latest number is the length of a ladder.

A number more means a rung more, a smaller number takes rungs away; so an event can touch more rows
than one transaction holds, and whoever applies it by halves, twice, or behind a later one leaves
rungs that should not be there. The row that says how long the ladder is comes last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.domain.events import ImagePulled, ScanFailed
from core.domain.recorded import Recorded
from core.projections.cells import number
from core.projections.interface import Change, Drop, Needs, Set, ViewRows
from core.storage.interface import Cells, Row, Rows
from tests.support.tables import all_rows
from tests.support.tally import number_of

TABLE = "ladderv1"


class Poisoned(Exception):
    """The event cannot be applied."""


@dataclass(slots=True)
class Ladder:
    """A projection of `tests.support.tally` events."""

    poison: set[int] = field(default_factory=set)
    """Numbers that cannot be applied, for as long as they stand here."""
    name: str = "ladder"
    version: int = 1

    def keys(self, recorded: Recorded) -> Sequence[str]:
        return (f"n|{recorded.stream}",)

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        return Needs()

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        if not isinstance(recorded.event, ImagePulled | ScanFailed):
            return ()
        length = number_of(recorded)
        if length in self.poison:
            raise Poisoned(f"number {length}")
        key = f"n|{recorded.stream}"
        before = number(rows.get(key, {}), "length")
        rungs = [Set(rung(recorded, at), {"of": length}) for at in range(length)]
        gone = [Drop(rung(recorded, at)) for at in range(length, before)]
        return [*gone, *rungs, Set(key, {"length": length})]


def rung(recorded: Recorded, at: int) -> str:
    """Row key of one rung."""
    return f"r|{recorded.stream}|{at:04d}"


type Table = list[tuple[str, str, Cells]]
"""Every row of a view: partition, key, cells. Without ETags, checkpoints and parked events."""


async def table(rows: Rows) -> Table:
    """What a view shows."""
    return [_plain(row) for row in await all_rows(rows) if not row.key.startswith("!")]


def _plain(row: Row) -> tuple[str, str, Cells]:
    return row.partition, row.key, dict(row.cells)
