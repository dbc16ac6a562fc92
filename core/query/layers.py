"""What each layer of an image brought: packages, by its inventory, and findings.

A layer without packages is in no inventory, so it is not listed; and no inventory says in which
order layers lie. The inventory is read when somebody asks: it is a blob, and large.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping

from core.answers.images import Layer, Layers
from core.domain.values import ImageName, SeverityCounts
from core.inventory.reader import read
from core.projections.cells import artifact
from core.query.findings import FindingPages
from core.query.parameters import AS_OF, Parameters
from core.query.standing import Standings
from core.storage.interface import Artifacts


class LayerQueries:
    """Answers about layers."""

    def __init__(self, standings: Standings, artifacts: Artifacts, findings: FindingPages) -> None:
        self._standings = standings
        self._artifacts = artifacts
        self._findings = findings

    async def of(self, image: ImageName, given: Mapping[str, str]) -> Layers | None:
        """An image's layers; none of an index, or of an image without an inventory. `None` where
        there is no such image."""
        standing = self._standings.of(Parameters(given, known=frozenset({AS_OF})))
        cells = await self._standings.cells(standing, image)
        if cells is None:
            return None
        sbom = artifact(cells, "sbom")
        if sbom is None:
            return Layers(value=[], unplaced=0)
        inventory = await asyncio.to_thread(read, await self._artifacts.get(sbom))
        packages = Counter(one.layer for one in inventory.packages)
        found: dict[str, SeverityCounts] = {}
        for finding in await self._findings.counted(cells):
            if finding.layer is not None:
                known = found.get(finding.layer, SeverityCounts())
                found[finding.layer] = known + SeverityCounts.of([finding.severity])
        unplaced = packages.pop(None, 0)
        layers = [
            Layer(digest=one, packages=count, findings=found.get(one, SeverityCounts()))
            for one, count in packages.items()
            if one is not None
        ]
        layers.sort(key=lambda one: (-one.findings.total, -one.packages, one.digest))
        return Layers(value=layers, unplaced=unplaced)
