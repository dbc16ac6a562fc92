"""Compares two tables of one view, a shard at a time, row by row in the order of their keys.

Both are read a page at a time, so that a shard of any size fits in memory. The view's own notes
(checkpoints, parked events) are no part of what it shows.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

from core.log import layout
from core.rebuilding.state import Difference, Report
from core.storage.interface import Cells, Row, Rows

EXAMPLES = 10
"""Differences that a report names."""
PAGE = 1000
"""Rows of each table that are read at a time."""
_FIRST, _LAST = '"', "~~"
"""Around the keys of all that a view shows: its own notes begin with `!`, which comes before."""


async def compare(before: Rows, after: Rows, shard: int, report: Report) -> Report:
    """The report, with one shard more."""
    old, new = _in_order(before, shard), _in_order(after, shard)
    left, right = await anext(old, None), await anext(new, None)
    while left is not None or right is not None:
        if left is not None and right is not None and left.key == right.key:
            report = _pair(report, shard, left, right)
            left, right = await anext(old, None), await anext(new, None)
        elif left is not None and (right is None or left.key < right.key):
            report = _note(replace(report, lost=report.lost + 1), shard, left.key, "is gone")
            left = await anext(old, None)
        elif right is not None:
            report = _note(replace(report, gained=report.gained + 1), shard, right.key, "is new")
            right = await anext(new, None)
    return replace(report, shards=report.shards + 1)


def _pair(report: Report, shard: int, left: Row, right: Row) -> Report:
    cells = _differing(left.cells, right.cells)
    if not cells:
        return replace(report, equal=report.equal + 1)
    why = f"differs in {', '.join(cells)}"[:300]
    return _note(replace(report, differing=report.differing + 1), shard, left.key, why)


def _differing(left: Cells, right: Cells) -> list[str]:
    """The cells that are not the same, to the byte and to the type."""
    names = sorted({*left, *right})
    return [name for name in names if _typed(left, name) != _typed(right, name)]


def _typed(cells: Cells, name: str) -> tuple[type, object]:
    value = cells.get(name)
    return type(value), value


def _note(report: Report, shard: int, key: str, why: str) -> Report:
    if len(report.examples) >= EXAMPLES:
        return report
    difference = Difference(shard=shard, key=key, why=why)
    return replace(report, examples=(*report.examples, difference))


async def _in_order(rows: Rows, shard: int) -> AsyncIterator[Row]:
    first = _FIRST
    while True:
        page = await rows.range(layout.partition(shard), first, _LAST, limit=PAGE)
        for row in page:
            yield row
        if len(page) < PAGE:
            return
        first = f"{page[-1].key} "
