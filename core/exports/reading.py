"""Reads what is exported of an image: its row says where its findings and its SBOM are."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from core.advisories.exploitation import Exploitations
from core.domain.findings import Exploitation
from core.domain.values import Artifact, Health, ImageName
from core.exports.interface import Assessed, Inspected
from core.inventory.packages import Package
from core.inventory.reader import read
from core.projections.cells import artifact, text, words
from core.projections.index_rows import children_of
from core.rules.evaluation import rules_by_finding
from core.rules.rulings import read_findings
from core.storage.interface import Artifacts, Cells

type RowOf = Callable[[ImageName], Awaitable[Cells | None]]
"""The row of an image, or `None` where there is no such image."""

_NOTHING = Exploitation()


class Reader:
    """Reads images for one export."""

    def __init__(
        self, artifacts: Artifacts, exploited: Exploitations | None, *, packages: bool
    ) -> None:
        """`packages` says whether SBOMs are read too."""
        self._artifacts = artifacts
        self._exploited = exploited
        self._packages = packages

    async def image(self, cells: Cells) -> Inspected | None:
        """The image of a row; `None` for one whose findings nobody has looked for."""
        findings = artifact(cells, "findings")
        if findings is None:
            return None
        return Inspected(
            image=name_of(cells),
            tags=tuple(words(cells, "tags")),
            platform=text(cells, "platform") or None,
            packages=await self._installed(cells),
            findings=await self._assessed(cells, findings),
            whole=text(cells, "health") != Health.UNSCANNED,
        )

    async def with_children(self, cells: Cells, row_of: RowOf) -> AsyncIterator[Inspected]:
        """The image of a row, or those that an index lists, each once."""
        seen = {text(cells, "digest")}
        waiting = [cells]
        while waiting:
            row = waiting.pop(0)
            if (inspected := await self.image(row)) is not None:
                yield inspected
            for digest in children_of(row):
                if digest not in seen:
                    seen.add(digest)
                    child = await row_of(replace(name_of(row), digest=digest))
                    waiting += [child] if child is not None else []

    async def _assessed(self, cells: Cells, findings: Artifact) -> tuple[Assessed, ...]:
        document = await self._artifacts.get(findings)
        exemptions = artifact(cells, "exemptions")
        rules = rules_by_finding(await self._artifacts.get(exemptions)) if exemptions else {}
        known = self._exploited
        return tuple(
            Assessed(
                finding=finding,
                known=known.of(finding.cves) if known else _NOTHING,
                rule=rules.get(place),
            )
            for place, finding in enumerate(read_findings(document))
        )

    async def _installed(self, cells: Cells) -> tuple[Package, ...]:
        sbom = artifact(cells, "sbom") if self._packages else None
        if sbom is None:
            return ()
        inventory = await asyncio.to_thread(read, await self._artifacts.get(sbom))
        return inventory.packages


def name_of(cells: Cells) -> ImageName:
    """The image that a row is about."""
    return ImageName(
        registry=text(cells, "registry"),
        repository=text(cells, "repository"),
        digest=text(cells, "digest"),
    )
