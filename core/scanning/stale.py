"""How many images are stale, as of the last look at all of them.

Time alone makes an image stale, so no view can keep this count; whoever looks at the whole fleet
counts, and says when.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from core.log import layout
from core.projections.cells import long_text, put_long_text, text
from core.storage.interface import Cell, Put, Rows

_PARTITION = "stale"
_LATEST = "latest"


class Place(NamedTuple):
    """What images are counted by."""

    subscription: str
    registry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A count, and when it was right."""

    at: datetime | None = None
    """`None` before the first."""
    images: Mapping[Place, int] = field(default_factory=dict)

    def of(self, subscription: str, registry: str) -> int | None:
        """Those of one registry; `None` where nobody has counted."""
        place = Place(subscription, registry)
        return None if self.at is None else self.images.get(place, 0)


class StaleCounts:
    """The row in which the last count stands."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def record(self, images: Mapping[Place, int], at: datetime) -> None:
        """Those were stale then, and no others."""
        row: dict[str, Cell] = {"at": layout.stamp(at)}
        counts = [[*place, count] for place, count in sorted(images.items())]
        put_long_text(row, "images", json.dumps(counts))
        await self._rows.commit(_PARTITION, [Put(_LATEST, row)])

    async def latest(self) -> Counted:
        """The last count."""
        row = await self._rows.get(_PARTITION, _LATEST)
        if row is None:
            return Counted()
        counts = json.loads(long_text(row.cells, "images"))
        return Counted(
            at=layout.moment(text(row.cells, "at")),
            images={Place(subscription, registry): n for subscription, registry, n in counts},
        )
