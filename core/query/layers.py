"""What each layer of an image brought: packages, by its inventory, and findings.

A layer without packages is in no inventory, so it is not listed. Where layers prove the image's
base, what came with it is told apart from what the image added. The inventory is read when somebody
asks: it is a blob, and large.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from core.answers.bases import Brought, Parts
from core.answers.images import Layer, Layers
from core.domain.ids import image_stream
from core.domain.values import ImageName, SeverityCounts
from core.inventory.reader import read
from core.projections.cells import artifact
from core.query.bases import Bases, origin_in
from core.query.findings import FindingPages
from core.query.parameters import AS_OF, Parameters
from core.query.standing import Standing, Standings
from core.storage.interface import Artifacts, Cells


class LayerQueries:
    """Answers about layers."""

    def __init__(
        self, standings: Standings, artifacts: Artifacts, findings: FindingPages, bases: Bases
    ) -> None:
        self._standings = standings
        self._artifacts = artifacts
        self._findings = findings
        self._bases = bases

    async def of(self, image: ImageName, given: Mapping[str, str]) -> Layers | None:
        """An image's layers; none of an index, or of an image without an inventory. `None` where
        there is no such image."""
        standing = self._standings.of(Parameters(given, known=frozenset({AS_OF})))
        cells = await self._standings.cells(standing, image)
        if cells is None:
            return None
        sbom = artifact(cells, "sbom")
        if sbom is None:
            return Layers(value=[], unplaced=0, parts=None)
        inventory = await asyncio.to_thread(read, await self._artifacts.get(sbom))
        packages = Counter(one.layer for one in inventory.packages)
        found = await self._by_layer(cells)
        unplaced = packages.pop(None, 0)
        layers = [
            Layer(digest=one, packages=count, findings=found.get(one, SeverityCounts()))
            for one, count in packages.items()
            if one is not None
        ]
        layers.sort(key=lambda one: (-one.findings.total, -one.packages, one.digest))
        parts = await self._parts(standing, image, layers)
        return Layers(value=layers, unplaced=unplaced, parts=parts)

    async def _by_layer(self, cells: Cells) -> Mapping[str, SeverityCounts]:
        """The findings that count, by the layer that brought them."""
        found: dict[str, SeverityCounts] = {}
        for finding in await self._findings.counted(cells):
            if finding.layer is not None:
                known = found.get(finding.layer, SeverityCounts())
                found[finding.layer] = known + SeverityCounts.of([finding.severity])
        return found

    async def _parts(
        self, standing: Standing, image: ImageName, layers: Sequence[Layer]
    ) -> Parts | None:
        """What came with the base, and what did not. `None` where no base is proved, or where the
        cataloger does not name layers as the manifest does."""
        history = await standing.history(image_stream(image))
        base, stack = await self._bases.of(standing, history), origin_in(history).layers
        if base is None or base.shared is None or not {one.digest for one in layers} <= set(stack):
            return None
        deep = base.shared.layers
        below = set(stack[:deep])
        return Parts(
            base=_brought(deep, [one for one in layers if one.digest in below]),
            own=_brought(len(stack) - deep, [one for one in layers if one.digest not in below]),
        )


def _brought(count: int, layers: Collection[Layer]) -> Brought:
    return Brought(
        layers=count,
        packages=sum(one.packages for one in layers),
        findings=sum((one.findings for one in layers), SeverityCounts()),
    )
