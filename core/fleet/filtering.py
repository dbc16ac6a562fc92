"""Which images a run need not look at, by what is known of the run before.

What stands at or before the positions of the last complete assessment was right with its database;
so was every verdict that was made with it since. Of those images, only the ones with a package that
the newer database touches can have another verdict now.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.advisories import Assessed
from core.fleet.comparing import compare
from core.fleet.images import FleetImage
from core.fleet.looking import Looker
from core.fleet.touching import Touching
from core.fleet.verdicts import Verdicts
from core.scanning.published import InForce
from core.storage.interface import Artifacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What to look at in one pass."""

    after: Sequence[int]
    """Images whose last verdict stands at or before these positions are right already."""
    known: Assessed | None = None
    """The assessment with an older database, if the two could be compared."""
    touching: Touching | None = None
    """What changed since that database."""

    def worth(self, shard: int, images: Sequence[FleetImage], looker: Looker) -> list[FleetImage]:
        """Those of a shard's images whose verdict must be put together."""
        if self.known is None or self.touching is None:
            return list(images)
        right, other = list[FleetImage](), list[FleetImage]()
        for image in images:
            settled = image.version == self.known.version or self.known.covers(
                shard, image.position
            )
            (right if settled else other).append(image)
        return other + looker.touched(right, self.touching)


async def first_filter(
    known: Assessed | None,
    in_force: InForce,
    artifacts: Artifacts,
    verdicts: Verdicts,
    shards: int,
) -> Filter:
    """What a run's first pass looks at, after the last complete assessment."""
    if known is not None and known.version == in_force.version:
        return Filter(after=known.positions)
    nothing = [0] * shards
    if known is None:
        return Filter(after=nothing)
    touching = await compare(artifacts, known.database, in_force.artifact, verdicts)
    return Filter(after=nothing, known=known, touching=touching)
