"""The images' rows that a process keeps, as it left them to the processes that begin after it.

Reading ten thousand rows takes seconds of a processor; what stands here is read in a tenth of that.
A shard's rows are one compressed text in the cells of one row, with the checkpoint that they are as
fresh as. Whoever begins with them goes on from there as if it had read them itself, so nothing here
needs to be new, and nothing is lost without it: what cannot be used is passed over, and the rows
are read.
"""

import zlib
from dataclasses import dataclass, field
from itertools import batched

import msgspec

from core.errors import LimitExceeded
from core.log import layout
from core.projections.cells import number, text
from core.storage.interface import Cell, Cells, Put, Row, Rows
from core.storage.limits import MAX_PROPERTY

TABLE = "kept"
_FORM = 1
"""Of what is written; another one is another row."""

type _Packed = list[tuple[str, str, dict[str, str | int]]]
"""Keys, ETags and cells: a row of the view has nothing but texts and whole numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptShard:
    """What is kept of a shard."""

    checkpoint: Row | None = None
    """As it was before the rows were read."""
    rows: dict[str, Row] = field(default_factory=dict)
    """By key."""


class KeptTable:
    """A row for each shard of the view."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def read(self, table: str, shard: int) -> KeptShard | None:
        """What was left of that shard of the view's table. StorageUnavailable when storage does not
        answer."""
        row = await self._rows.get(layout.partition(shard), _key(table))
        return None if row is None else _kept_of(row)

    async def write(self, table: str, shard: int, kept: KeptShard) -> bool:
        """Leave it; whether that was possible: a shard of very many images does not fit."""
        if kept.checkpoint is None:
            return False
        try:
            await self._rows.commit(
                layout.partition(shard), [Put(_key(table), _cells_of(kept, kept.checkpoint))]
            )
        except LimitExceeded:
            return False
        return True


def _key(table: str) -> str:
    return f"{table}|{_FORM}"


def _cells_of(kept: KeptShard, checkpoint: Row) -> Cells:
    packed = [(row.key, row.etag, row.cells) for row in kept.rows.values()]
    pieces = batched(zlib.compress(msgspec.msgpack.encode(packed)), MAX_PROPERTY, strict=False)
    cells: dict[str, Cell] = {f"rows_{at}": bytes(piece) for at, piece in enumerate(pieces)}
    return cells | {
        "etag": checkpoint.etag,
        "position": number(checkpoint.cells, "position"),
        "parked": number(checkpoint.cells, "parked"),
    }


def _kept_of(row: Row) -> KeptShard | None:
    pieces = (row.cells.get(f"rows_{at}") for at in range(len(row.cells)))
    try:
        packed = zlib.decompress(b"".join(one for one in pieces if isinstance(one, bytes)))
        found = msgspec.msgpack.decode(packed, type=_Packed)
    except (zlib.error, msgspec.MsgspecError):
        return None
    checkpoint = {name: number(row.cells, name) for name in ("position", "parked")}
    return KeptShard(
        checkpoint=Row(row.partition, row.key, checkpoint, text(row.cells, "etag")),
        rows={key: Row(row.partition, key, cells, etag) for key, etag, cells in found},
    )
