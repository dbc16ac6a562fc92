"""What counts in images, by name: the ids of their findings and of the vulnerabilities behind them.

An image's findings are a blob that is named by its content: so what was read of one holds for ever,
and for every image that has the same. Who may see an image may see what is in it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.values import Artifact
from core.rules.evaluation import rules_by_finding
from core.rules.rulings import read_findings
from core.rules.subjects import Judged
from core.storage.interface import Artifacts

KEPT = 500
"""Images' findings that stay in memory, a hundred findings each with a few dozen bytes."""
_TOGETHER = 16
"""Blobs that are read at the same time."""

type _Content = tuple[Artifact, Artifact | None]
"""Findings, and those of them that rules disable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A finding that counts."""

    id: str
    cves: tuple[str, ...]


class CountedNames:
    """Reads findings that no rule disables, and keeps what was read last."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts
        self._kept: OrderedDict[_Content, tuple[Named, ...]] = OrderedDict()
        self._reads = asyncio.Semaphore(_TOGETHER)

    async def of(self, images: Sequence[Judged]) -> list[tuple[Named, ...]]:
        """What counts in each of some images. ArtifactMissing when storage has lost it."""
        contents = [(one.findings, one.exemptions) for one in images]
        known = {one: self._kept[one] for one in contents if one in self._kept}
        missing = [one for one in dict.fromkeys(contents) if one not in known]
        read = await asyncio.gather(*(self._read(*one) for one in missing))
        known |= dict(zip(missing, read, strict=True))
        self._keep(known)
        return [known[one] for one in contents]

    async def _read(self, findings: Artifact, exemptions: Artifact | None) -> tuple[Named, ...]:
        async with self._reads:
            found = read_findings(await self._artifacts.get(findings))
            disabled = rules_by_finding(await self._artifacts.get(exemptions)) if exemptions else {}
        return tuple(
            Named(id=finding.id, cves=finding.cves)
            for place, finding in enumerate(found)
            if place not in disabled
        )

    def _keep(self, used: dict[_Content, tuple[Named, ...]]) -> None:
        for content, names in used.items():
            self._kept[content] = names
            self._kept.move_to_end(content)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
