"""The findings across images by one of their names, a page at a time: of now, or of the past.

`core/past/findings.py` answers for the past; both leave out what is not wanted while they look.
"""

from collections.abc import Callable
from typing import Protocol

from core.query.shards import from_shards
from core.storage.interface import Cells, Page, Row, RowReader

_LOOKS = 20
"""How often one page looks for further rows at most, while few are wanted."""


class FindingIndex(Protocol):
    """Rows of findings below a name; `core/projections/findings.py` says what they are."""

    async def page(
        self, prefix: str, wanted: Callable[[Cells], bool], *, limit: int, token: str | None
    ) -> Page:
        """Rows that begin so and are wanted, in a stable order. A page may have room left when its
        rows lie far apart. InvalidInput when the token is none."""


class TableIndex:
    """The index of now: a FindingIndex."""

    def __init__(self, rows: RowReader, shards: int) -> None:
        self._rows = rows
        self._shards = shards

    async def page(
        self, prefix: str, wanted: Callable[[Cells], bool], *, limit: int, token: str | None
    ) -> Page:
        found: list[Row] = []
        after = token
        for _ in range(_LOOKS):
            rows = await from_shards(self._rows, self._shards, prefix, limit=limit + 1, after=after)
            found += [row for row in rows if wanted(row.cells)]
            if len(found) > limit:
                return Page(tuple(found[:limit]), found[limit - 1].key)
            if len(rows) <= limit:
                return Page(tuple(found), None)
            after = rows[-1].key
        return Page(tuple(found), after)
