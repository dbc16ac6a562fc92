"""Cold segments: what stands far behind a shard's head, as a blob of ten thousand events.

A segment holds the rows of its events just as they stand in the table, so that nothing is read
differently from it; it begins where the one before it ends. Its blob is named by its hash and its
row is only ever inserted, so a segment never changes. A process that dies between the blob and the
row leaves a blob that the next one writes again under the same name.

The rows stay in the table: a segment is a quicker way to them, and no more.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import msgspec

from core.domain.values import Artifact
from core.errors import CorruptLog
from core.log import layout
from core.storage.interface import Cells, Insert, Row, Rows

TABLE = "segments"
"""The table that says which segments there are."""
EVENTS = 10_000
"""Events that a segment holds at most."""
BYTES = 16 * 1024 * 1024
"""Bytes of events, about, with which a segment ends early: it is unpacked in memory."""

_MOST = 100_000
_KEY = "{:012d}"
_PACKED = msgspec.msgpack.Decoder(list[tuple[str, msgspec.Raw]])
_CELLS = msgspec.msgpack.Decoder(dict[str, object])

type Packed = Sequence[tuple[str, msgspec.Raw]]
"""A segment's rows: key, and cells as the blob has them, which take a tenth of the room so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Where a run of events stands."""

    shard: int
    first: int
    last: int
    """Positions, both included."""
    artifact: Artifact


class Segments:
    """Which segments there are."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def of(self, shard: int) -> list[Segment]:
        """A shard's segments, in order."""
        rows = await self._rows.range(layout.partition(shard), "0", "~", limit=_MOST)
        return [_segment(shard, row) for row in rows]

    async def add(self, segment: Segment) -> None:
        """One more. RowConflict when somebody else was quicker."""
        cells: Cells = {
            "last": segment.last,
            "sha256": segment.artifact.sha256,
            "size": segment.artifact.size,
        }
        insert = Insert(_KEY.format(segment.first), cells)
        await self._rows.commit(layout.partition(segment.shard), [insert])


def pack(rows: Sequence[Row]) -> bytes:
    """Rows of events as a segment's bytes: the same rows are the same bytes."""
    return zlib.compress(msgspec.msgpack.encode([(row.key, row.cells) for row in rows]))


def unpack(segment: Segment, content: bytes) -> Packed:
    """The rows of a segment. CorruptLog when they are not those that it names."""
    try:
        found = _PACKED.decode(zlib.decompress(content))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise CorruptLog(f"segment {segment.artifact.sha256}: {error}") from error
    keys = [layout.event_key(position) for position in range(segment.first, segment.last + 1)]
    if [key for key, _ in found] != keys:
        raise CorruptLog(f"segment {segment.artifact.sha256} holds other events than it says")
    return found


def rows_of(segment: Segment, packed: Packed) -> list[Row]:
    """Some of a segment's rows, as the table has them. CorruptLog when they are no rows."""
    partition = layout.partition(segment.shard)
    try:
        return [Row(partition, key, cast("Cells", _CELLS.decode(raw)), "") for key, raw in packed]
    except msgspec.MsgspecError as error:
        raise CorruptLog(f"segment {segment.artifact.sha256}: {error}") from error


def _segment(shard: int, row: Row) -> Segment:
    return Segment(
        shard=shard,
        first=int(row.key),
        last=layout.integer(row.cells, "last"),
        artifact=Artifact(sha256=str(row.cells["sha256"]), size=layout.integer(row.cells, "size")),
    )
