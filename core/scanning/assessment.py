"""Matches an inventory with the advisories in force, and says what it came to."""

import asyncio

import msgspec

from core.domain.image.commands import RecordAssessment
from core.domain.values import ScanId, SeverityCounts
from core.inventory.packages import Inventory
from core.scanning.published import PublishedAdvisories
from core.storage.interface import Artifacts


class Assessor:
    """Assesses inventories."""

    def __init__(self, advisories: PublishedAdvisories, artifacts: Artifacts) -> None:
        self._advisories = advisories
        self._artifacts = artifacts

    async def assess(
        self, scan: ScanId, inventory: Inventory, *, least: int
    ) -> RecordAssessment | None:
        """The assessment with advisories of version `least` or later, its findings stored; `None`
        while there are no such advisories."""
        in_force = await self._advisories.in_force(least=least)
        if in_force is None:
            return None
        matched = await asyncio.to_thread(in_force.matcher.match, inventory)
        findings = await self._artifacts.put(msgspec.json.encode(matched.findings))
        return RecordAssessment(
            scan=scan,
            findings=findings,
            counts=SeverityCounts.of(finding.severity for finding in matched.findings),
            patchable=sum(finding.patchable for finding in matched.findings),
            uncompared=len(matched.unknown) + sum(count for _, count in matched.uncovered),
            advisories=in_force.artifact,
            advisories_version=in_force.version,
        )
