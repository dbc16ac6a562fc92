"""What a view is made of.

A projection is a name, a version and pure functions. Its rows live in one table, partitioned as the
log is, beside a checkpoint; `view.py` writes both in the same transactions, so that the effect of
an event on a view is exactly once, and a second projector is fenced off.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.recorded import Recorded
from core.domain.values import Artifact
from core.storage.interface import Cells

type ViewRows = Mapping[str, Cells]
"""The rows that an event touches, by key, as they stand before it; missing ones are left out."""


@dataclass(frozen=True, slots=True)
class Set:
    """The row is this now."""

    key: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class Drop:
    """The row is no more."""

    key: str


type Change = Set | Drop


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What else must be read before an event can be applied."""

    keys: Sequence[str] = ()
    prefixes: Sequence[str] = ()
    """All rows whose keys begin so: one read, where many rows are touched that no one can name."""
    artifacts: Sequence[Artifact] = ()


class Projection(Protocol):
    """A view, as pure functions of one event at a time.

    Applying an event a second time, over rows that show all or part of its effect already, must
    give the same rows: a transaction holds a hundred of them, and a process may die between two.
    """

    @property
    def name(self) -> str:
        """The view's name, which with the version names its table."""

    @property
    def version(self) -> int:
        """Grows when the rows change their meaning; another version is another table."""

    def keys(self, recorded: Recorded) -> Iterable[str]:
        """The rows that the event touches, as far as the event alone can tell."""

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        """What else it touches or reads, now that those rows are known."""

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        """What becomes of the rows. `artifacts` holds the needed ones by hash."""


def table_name(projection: Projection, generation: int = 1) -> str:
    """The table that a projection's rows stand in: letters and digits only, as Azure demands.

    A view that is made anew goes into the next generation's table, beside the one that is read.
    """
    name = f"{projection.name}v{projection.version}"
    return name if generation == 1 else f"{name}g{generation}"
