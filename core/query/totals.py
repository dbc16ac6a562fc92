"""The totals of images, over all shards: one for each registry of a subscription."""

from collections.abc import Iterable, Mapping

from core.projections.cells import number, text
from core.projections.totals import TOTALS
from core.query.shards import from_shards
from core.scanning.stale import Place
from core.storage.interface import RowReader

_REGISTRIES = 10_000
"""More than a fleet has."""

type Totals = Mapping[str, int]
"""By the names of `core/projections/totals.py`."""


async def totals_of(images: RowReader, shards: int) -> dict[Place, Totals]:
    """The totals of every registry that has images, in the order of their places."""
    rows = await from_shards(images, shards, "t|", limit=_REGISTRIES * shards, after=None)
    found: dict[Place, list[Totals]] = {}
    for row in rows:
        place = Place(text(row.cells, "subscription"), text(row.cells, "registry"))
        found.setdefault(place, []).append({name: number(row.cells, name) for name in TOTALS})
    added = {place: added_up(found[place]) for place in sorted(found)}
    return {place: total for place, total in added.items() if total["images"]}


def added_up(some: Iterable[Totals]) -> Totals:
    """Several totals as one."""
    kept = list(some)
    return {name: sum(one[name] for one in kept) for name in TOTALS}
