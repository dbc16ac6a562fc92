"""Totals of images, by subscription and registry: a row of each for every shard, added up on read.

They move in the transaction that moves the image's own row, so they can be counted up and down: an
event's effect on both is exactly once.
"""

from collections.abc import Mapping, Sequence

from core.domain.values import Freshness, Health, Severity
from core.projections.cells import number, text
from core.projections.interface import Set, ViewRows
from core.storage.interface import Cell, Cells

SEVERITIES = tuple(severity.name.lower() for severity in Severity)
"""Names of the columns that count findings."""

DISABLED = tuple(f"disabled_{name}" for name in SEVERITIES)
"""Names of the columns that count the findings that rules disable."""

TOTALS = (
    "images",
    *(health.value for health in Health),
    *SEVERITIES,
    *DISABLED,
    "waiting",
    "failed",
)
"""Names of the columns of a totals row."""

_FOUND = frozenset(SEVERITIES + DISABLED)
PLACE = ("subscription", "registry")
"""Names of the columns that say what a totals row adds up."""

_COUNTED = (*PLACE, "freshness", "health", "children", *SEVERITIES, *DISABLED)
"""Names of the columns of an image's row that its share, and where it counts, follow from."""


def total_key(cells: Mapping[str, object]) -> str:
    """Row key of the totals that an image's row counts in."""
    return "|".join(("t", *(str(cells.get(name, "")) for name in PLACE)))


def exchange(rows: ViewRows, before: Cells | None, after: Cells | None) -> Sequence[Set]:
    """The totals with one image's share exchanged; none where that is as it was, as with most of
    what happens to an image. They are two rows where the registry has moved to another
    subscription."""
    if before and after and _same_share(before, after) and total_key(after) in rows:
        return ()
    places = {total_key(image): image for image in (before, after) if image is not None}
    return [
        Set(key, _exchanged(rows.get(key, {}), image, _at(key, before), _at(key, after)))
        for key, image in places.items()
    ]


def _same_share(before: Cells, after: Cells) -> bool:
    return all(before.get(name) == after.get(name) for name in _COUNTED)


def _at(key: str, image: Cells | None) -> Cells | None:
    return image if image is not None and total_key(image) == key else None


def _exchanged(
    total: Cells, image: Cells, before: Cells | None, after: Cells | None
) -> dict[str, Cell]:
    place = {name: text(image, name) for name in PLACE}
    counted = {
        name: number(total, name) - share(before, name) + share(after, name) for name in TOTALS
    }
    return {**place, **counted}


def share(image: Cells | None, name: str) -> int:
    """What one image counts for in a column. An index's findings are its children's, and counted
    with them."""
    match name:
        case _ if image is None:
            return 0
        case "images":
            return 1
        case "waiting":
            return int(text(image, "freshness") == Freshness.DELAYED)
        case "failed":
            return int(text(image, "freshness") == Freshness.FAILED)
        case _ if name in _FOUND:
            return 0 if "children" in image else number(image, name)
        case _:
            return int(text(image, "health") == name)
