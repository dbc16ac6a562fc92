"""What becomes of a log on its way into a copy."""

from typing import Protocol

from core.storage.interface import Cells, Row


class Passage(Protocol):
    """Says what the copy has instead. It must say the same in every run: a copy that was
    interrupted goes on where it stopped."""

    def meta(self, cells: Cells) -> Cells:
        """The copy's own row: number of shards, generation."""

    def event(self, row: Row) -> Row:
        """The event at the same position and version of the same stream."""

    def knows(self, row: Row) -> bool:
        """Whether the state of the event's stream may be taken over."""


class Unchanged:
    """A copy like the original."""

    def meta(self, cells: Cells) -> Cells:
        return cells

    def event(self, row: Row) -> Row:
        return row

    def knows(self, row: Row) -> bool:
        return True
