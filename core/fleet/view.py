"""The fleet's view: its rows are the distinct packages, and the images that have them.

- `m|<stream>` is one image (`images.py`), for as long as it is in its registry;
- `d|<bucket>` is a part of the shard's distinct packages (`dictionary.py`).

It is not brought up to date by every hint but by a timer, and before whoever reads it: so a push
costs nothing more, and many images share a transaction. What rows have no room for (two packages
that hash alike, an image as large as a hundred others) is read from the inventory whenever it is
needed: slow, and right.
"""

from collections.abc import Iterable, Mapping, Sequence

from core.domain import events as e
from core.domain.recorded import Recorded
from core.errors import InvalidInventory
from core.fleet import dictionary, images
from core.inventory.packages import Inventory
from core.inventory.reader import read
from core.projections.interface import Change, Drop, Needs, Set, ViewRows


class FleetView:
    """The projection; see `core/projections/interface.py`."""

    name = "fleet"
    version = 1

    def keys(self, recorded: Recorded) -> Iterable[str]:
        concerned = isinstance(
            recorded.event, (e.ImagePushed, e.InventoryTaken, e.ScanCompleted, e.ImageDeleted)
        )
        return (images.image_key(recorded.stream),) if concerned else ()

    def needs(self, recorded: Recorded, rows: ViewRows) -> Needs:
        match recorded.event:
            case e.InventoryTaken(bom=bom) if rows:
                return Needs(prefixes=(dictionary.PREFIX,), artifacts=(bom,))
            case _:
                return Needs()

    def apply(
        self, recorded: Recorded, rows: ViewRows, artifacts: Mapping[str, bytes]
    ) -> Sequence[Change]:
        key = images.image_key(recorded.stream)
        row = rows.get(key)
        match recorded.event:
            case e.ImagePushed(image=image) if row is None:
                return (Set(key, images.identity(image)),)
            case e.InventoryTaken() as taken if row is not None:
                return _taken(key, recorded.position, taken, rows, artifacts)
            case e.ScanCompleted() as completed if row is not None and "bom_sha256" in row:
                return (Set(key, images.assessed(row, recorded.position, completed)),)
            case e.ImageDeleted():
                return (Drop(key),)
            case _:
                return ()


def _taken(
    key: str,
    position: int,
    taken: e.InventoryTaken,
    rows: ViewRows,
    artifacts: Mapping[str, bytes],
) -> Sequence[Change]:
    inventory = _read(artifacts[taken.bom.sha256])
    packed = None if inventory is None else images.pack(inventory)
    buckets = None if packed is None else dictionary.with_packages(rows, packed.packages)
    if packed is None or buckets is None:
        return (Set(key, images.inventoried(rows[key], position, taken.bom, None)),)
    row = images.inventoried(rows[key], position, taken.bom, packed)
    return *(Set(bucket, cells) for bucket, cells in buckets.items()), Set(key, row)


def _read(document: bytes) -> Inventory | None:
    """The inventory, or `None` if it cannot be read any more: whoever needs it will say so."""
    try:
        return read(document)
    except InvalidInventory:
        return None
