"""What is to be written next, and how much of it one transaction holds.

A transaction has a limit of rows and one of bytes. What exceeds them must wait for the next one,
and a row that no transaction could hold is refused before anything is written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.projections.interface import Change, Drop, Set
from core.storage.interface import Delete, Put, Write
from core.storage.limits import MAX_PAYLOAD, MAX_ROWS, check_transaction

ROWS = MAX_ROWS - 1
"""Rows of one transaction, beside the checkpoint."""
BYTES = MAX_PAYLOAD - 64 * 1024
"""Bytes of one transaction, beside the checkpoint."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A change, and what writing it takes."""

    change: Change
    size: int


class Pending:
    """The newest change of each row, oldest row first."""

    def __init__(self, partition: str) -> None:
        self._partition = partition
        self._changes: dict[str, Weighed] = {}
        self._size = 0

    def weigh(self, changes: Iterable[Change]) -> list[Weighed]:
        """What the changes take. LimitExceeded for a row that storage would refuse."""
        return [
            Weighed(change, check_transaction(self._partition, [_write(change)]))
            for change in changes
        ]

    def fits(self, more: Sequence[Weighed]) -> bool:
        """Whether those, of different rows, would still go into the same transaction."""
        rows = len(self._changes) + sum(one.change.key not in self._changes for one in more)
        return rows <= ROWS and self._size + self._growth(more) <= BYTES

    def take(self, more: Sequence[Weighed]) -> None:
        """Write those too, which are of different rows."""
        self._size += self._growth(more)
        self._changes |= {one.change.key: one for one in more}

    def clear(self) -> None:
        """All of it is written."""
        self._changes.clear()
        self._size = 0

    def _growth(self, more: Sequence[Weighed]) -> int:
        """The bytes by which they outweigh what they replace."""
        replaced = (self._changes.get(one.change.key) for one in more)
        return sum(one.size for one in more) - sum(one.size for one in replaced if one)

    def drops(self) -> list[str]:
        """The rows that shall go."""
        return [key for key, one in self._changes.items() if isinstance(one.change, Drop)]

    def transactions(self, stored: Mapping[str, bool]) -> Iterator[list[Write]]:
        """The writes, as many at a time as one transaction holds. Only rows that are `stored` can
        be removed."""
        writes: list[Write] = []
        size = 0
        for key, one in self._changes.items():
            if isinstance(one.change, Drop) and not stored[key]:
                continue
            if writes and (len(writes) == ROWS or size + one.size > BYTES):
                yield writes
                writes, size = [], 0
            writes.append(_write(one.change))
            size += one.size
        if writes:
            yield writes


def _write(change: Change) -> Write:
    match change:
        case Set(key, cells):
            return Put(key, cells)
        case Drop(key):
            return Delete(key)
