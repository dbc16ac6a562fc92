"""Seals: what a shard's views showed after some position, as a blob.

Folding a shard's whole past for one question would cost more with every year. So every so many
events its views are sealed, and the past is folded from the last seal before it. A seal says what
the log says, and nothing else rests on it: one that is missing, or cannot be read, is an alarm, and
the one before it is used, or none at all. Another version of a view has seals of its own.
"""

import asyncio
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec

from core.domain.values import Artifact
from core.errors import ArtifactMissing
from core.log import layout
from core.past.fold import VIEWS, Alarm, Contents, Fold
from core.projections.parking import Skips
from core.storage.interface import Artifacts, Cells, Insert, Row, Rows

TABLE = "seals"
"""The table that says which seals there are."""

_MOST = 1_000_000
_CONTENTS = msgspec.msgpack.Decoder(dict[str, dict[str, dict[str, object]]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Where the views after a position stand."""

    position: int
    at: datetime
    """When the event at that position was recorded."""
    artifact: Artifact


class Seals:
    """Which seals there are, and what they hold; every fold of the past begins here."""

    def __init__(
        self, rows: Rows, artifacts: Artifacts, alarm: Alarm, skips: Skips | None = None
    ) -> None:
        self._rows = rows
        self._artifacts = artifacts
        self._alarm = alarm
        self._skips = skips

    async def fold(self, shard: int, moment: datetime | None = None) -> Fold:
        """The views of a shard after the last seal, or the last one before a moment; from the
        log's beginning where there is none."""
        for seal in reversed(await self._of(shard)):
            if moment is not None and seal.at > moment:
                continue
            try:
                content = await self._artifacts.get(seal.artifact)
                contents = await asyncio.to_thread(_unpack, content)
            except (ArtifactMissing, zlib.error, msgspec.MsgspecError) as error:
                place = f"shard {shard}, position {seal.position}"
                self._alarm("seal-unreadable", f"{place}: {error}; an earlier one is used")
                continue
            return self._fold(shard, seal.position, contents)
        return self.nothing(shard)

    def nothing(self, shard: int) -> Fold:
        """The views of a shard before its first event."""
        return self._fold(shard, 0, {})

    async def add(self, fold: Fold, at: datetime) -> None:
        """Seal what was folded. RowConflict when somebody else was quicker."""
        content = await asyncio.to_thread(_pack, fold.contents)
        artifact = await self._artifacts.put(content)
        cells: Cells = {"at": layout.stamp(at), "sha256": artifact.sha256, "size": artifact.size}
        insert = Insert(f"{VIEWS}|{fold.position:012d}", cells)
        await self._rows.commit(layout.partition(fold.shard), [insert])

    def _fold(self, shard: int, position: int, contents: Contents) -> Fold:
        return Fold(
            shard,
            self._artifacts,
            position=position,
            contents=contents,
            skips=self._skips,
            alarm=self._alarm,
        )

    async def _of(self, shard: int) -> list[Seal]:
        first, last = f"{VIEWS}|", f"{VIEWS}}}"
        rows = await self._rows.range(layout.partition(shard), first, last, limit=_MOST)
        return list(_seals(rows))


def _seals(rows: list[Row]) -> Iterator[Seal]:
    for row in rows:
        yield Seal(
            position=int(row.key.rpartition("|")[2]),
            at=layout.moment(str(row.cells["at"])),
            artifact=Artifact(
                sha256=str(row.cells["sha256"]), size=layout.integer(row.cells, "size")
            ),
        )


def _pack(contents: Contents) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(contents))


def _unpack(content: bytes) -> Contents:
    return cast("Contents", _CONTENTS.decode(zlib.decompress(content)))
