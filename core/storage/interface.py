"""The ports to storage: rows in partitions, artifacts by hash, and write-only addresses.

`Rows` is what Azure Table Storage gives: one partition of one table changes atomically, up to 100
rows at a time, each under a condition on its ETag. The event log and every view are built on it,
and on nothing else.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, Protocol

from core.domain.values import Artifact

type Cell = str | int | float | bool | bytes
"""One property of a row. Integers are 64 bits wide."""

type Cells = Mapping[str, Cell]
"""A row's properties by name; what is unknown is left out."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was read."""

    partition: str
    key: str
    cells: Cells
    etag: str
    """Changes with every write of the row."""


@dataclass(frozen=True, slots=True)
class Insert:
    """Create a row that must not exist."""

    key: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class Replace:
    """Overwrite a row that must still be as it was read."""

    key: str
    cells: Cells
    etag: str


@dataclass(frozen=True, slots=True)
class Put:
    """Write a row, whether or not it exists."""

    key: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a row that must exist, and be as it was read where an ETag is given."""

    key: str
    etag: str | None = None


type Write = Insert | Replace | Put | Delete


@dataclass(frozen=True, slots=True)
class Where:
    """One condition on a column; several are joined by `and`."""

    column: str
    operator: Literal["eq", "ne", "ge", "gt", "le", "lt"]
    value: Cell


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a scan, and how to go on."""

    rows: tuple[Row, ...]
    token: str | None
    """Opaque; `None` when there is nothing more. A page may be empty and yet have a token."""


class RowReader(Protocol):
    """One table, to be read. All methods raise StorageUnavailable when storage does not answer."""

    async def get(self, partition: str, key: str) -> Row | None:
        """One row, or `None`."""

    async def range(self, partition: str, first: str, last: str, *, limit: int) -> list[Row]:
        """At most `limit` rows with `first <= key < last`, in the order of their keys."""

    async def scan(
        self, where: Sequence[Where] = (), *, limit: int = 1000, token: str | None = None
    ) -> Page:
        """A page of at most `limit` (up to 1,000) rows of all partitions, in the order of their
        keys; a short or empty one need not be the last (`core/storage/reading.py` reads them all).
        InvalidInput when the token is none; one of another scan is a place like any."""


class Rows(RowReader, Protocol):
    """One table. All methods raise StorageUnavailable when storage does not answer."""

    async def commit(self, partition: str, writes: Sequence[Write]) -> Mapping[str, str]:
        """All writes or none; the new ETags by key. Never retried here: the caller knows how to
        find out what became of it. LimitExceeded before any I/O, RowConflict when an assumption
        does not hold, StorageUnavailable when the outcome is not known."""


class Tables(Protocol):
    """The tables of one account."""

    async def open(self, name: str) -> Rows:
        """The table of that name, created if it is not there. LimitExceeded for no such name."""

    async def drop(self, name: str) -> None:
        """Remove a table with all its rows; nothing happens when there is none."""


class Artifacts(Protocol):
    """Content-addressed blobs: written once, named by their SHA-256, never overwritten."""

    async def put(self, content: bytes) -> Artifact:
        """Store the bytes (again, if they are there already) and name them."""

    async def get(self, artifact: Artifact) -> bytes:
        """The bytes, verified. ArtifactMissing when they are not there or hash to another name."""


class Files(Protocol):
    """Large files by name, kept for processes whose disk does not last. Read and written in
    pieces; the last one to save a name wins."""

    async def save(self, name: str, path: Path) -> None:
        """Keep what is in a file. StorageUnavailable when it may not have been kept."""

    async def load(self, name: str, path: Path) -> None:
        """Write what is kept to a file. ArtifactMissing when there is nothing."""

    async def delete(self, name: str) -> None:
        """Keep it no longer; nothing happens when there is nothing."""


class Inbox(Protocol):
    """Where sandboxes leave what they found, before anybody believes it."""

    async def read(self, path: str, *, limit: int) -> bytes | None:
        """The bytes at that path, or `None`. InvalidReport when there are more than `limit`."""

    async def write_address(self, path: str, *, lifetime: timedelta) -> str:
        """A URL at which one blob can be created, once, and nothing read."""

    async def report_address(self, queue: str, *, lifetime: timedelta) -> str:
        """A URL at which messages can be added to a queue, and nothing read."""


class Queues(Protocol):
    """Messages that say where to look. They may be lost, late or repeated."""

    async def create(self, *queues: str) -> None:
        """Create those that are not there: the Functions host waits for a queue, and a sandbox's
        address can add to one but not make it."""

    async def send(self, queue: str, message: bytes) -> None:
        """Add a message, encoded as the Functions host expects it (base64)."""

    async def length(self, queue: str) -> int:
        """About how many messages are in it; 0 where there is no such queue."""


def artifact_of(content: bytes) -> Artifact:
    """What those bytes are called."""
    return Artifact(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
