"""Which images had a vulnerability, or a package that had one, at a moment of the past.

The index of today has a row for every name of every finding; sealed again and again, it would
outgrow all other views together. But an image's row names the blobs of its findings and of what
rules disabled, and both are there for ever: so the images of that moment are gone through, shard by
shard, and the blobs of those that had findings are searched. The rows come from the function that
writes the index, so they are the same.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import batched

from core.domain.ids import StreamId
from core.errors import InvalidInput
from core.log import layout
from core.past.rows import place_of
from core.past.shards import PastShards
from core.projections.findings import index_rows, judged_of, stream_of
from core.projections.images import Images, image_key, is_there
from core.projections.totals import DISABLED, SEVERITIES
from core.storage.interface import Artifacts, Cells, Page, Row
from core.storage.tokens import encode_place

LOOKS = 2_000
"""Images whose findings one page searches at most: it may have room left, and then goes on."""
_AT_A_TIME = 32
"""Blobs that are read side by side."""
_MOST = 10_000_000
_BEHIND = "~"
"""Behind every finding of an image."""
_NEXT = " "
"""Behind a key, and before the next."""


class PastFindings:
    """The index of a moment, for one question."""

    def __init__(
        self, shards: PastShards, moment: datetime, artifacts: Artifacts, *, looks: int = LOOKS
    ) -> None:
        self._shards = shards
        self._moment = moment
        self._artifacts = artifacts
        self._looks = looks

    async def page(
        self, prefix: str, wanted: Callable[[Cells], bool], *, limit: int, token: str | None
    ) -> Page:
        """Rows that begin so and are wanted, in the order of shards and keys.

        InvalidInput when the token is none of this question's.
        """
        first, after = self._place(prefix, token)
        found: list[Row] = []
        looked = 0
        for shard in range(first, self._shards.shards):
            for some in batched(await self._judged(shard, after), _AT_A_TIME, strict=False):
                rows = await asyncio.gather(*(self._search(image, prefix) for image in some))
                behind = (row for one in rows for row in one if row.key > after)
                found += [row for row in behind if wanted(row.cells)]
                if len(found) > limit:
                    return _page(found[:limit], found[limit - 1].partition, found[limit - 1].key)
                looked += len(some)
                if looked >= self._looks:
                    last = f"{prefix}{_stream(some[-1])}|{_BEHIND}"
                    return _page(found, layout.partition(shard), last)
            after = ""
        return Page(tuple(found), None)

    def _place(self, prefix: str, token: str | None) -> tuple[int, str]:
        """The shard to go on in, and the key to go on behind."""
        if token is None:
            return 0, ""
        shard, key = place_of(token, self._shards.shards)
        if not key.startswith(prefix) or key.count("|") != prefix.count("|") + 1:
            raise InvalidInput("this continuation token is not one of ours")
        return shard, key

    async def _judged(self, shard: int, after: str) -> Sequence[Row]:
        """The images of a shard that had findings, from the one on that a page ended with; behind
        it, when it was searched to its end."""
        table = (await self._shards.fold(shard, self._moment)).rows(Images())
        begin = image_key(stream_of(after) if after else StreamId(""))
        begin += _NEXT if after.endswith(_BEHIND) else ""
        end = f"{image_key(StreamId(''))}{_BEHIND}"
        rows = await table.range(layout.partition(shard), begin, end, limit=_MOST)
        return [row for row in rows if is_there(row.cells) and _has_findings(row.cells)]

    async def _search(self, image: Row, prefix: str) -> list[Row]:
        """The image's rows of the index that begin so."""
        judged = judged_of(image.cells)
        blobs = () if judged is None else judged.blobs
        contents = {one.sha256: await self._artifacts.get(one) for one in blobs}
        place = {name: image.cells[name] for name in ("registry", "repository", "digest")}
        rows = index_rows(_stream(image), place, judged, contents, under=prefix)
        return list(_rows(image.partition, rows))


def _stream(image: Row) -> StreamId:
    return StreamId(image.key.removeprefix(image_key(StreamId(""))))


def _has_findings(cells: Cells) -> bool:
    """Whether its own are any: an index counts those of the images that it lists."""
    counted = any(cells.get(name) for name in (*SEVERITIES, *DISABLED))
    return counted and judged_of(cells) is not None


def _rows(partition: str, rows: dict[str, Cells]) -> Iterator[Row]:
    for key in sorted(rows):
        yield Row(partition, key, rows[key], "")


def _page(rows: Sequence[Row], partition: str, key: str) -> Page:
    """A page that is not the last, and ends with that row."""
    return Page(tuple(rows), encode_place((partition, key)))
