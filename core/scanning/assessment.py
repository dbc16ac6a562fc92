"""Matches an inventory with the advisories and the rules in force, and says what it came to."""

import asyncio
import logging
from dataclasses import dataclass

import msgspec

from core.advisories.brought import brought, join
from core.advisories.matching import Matcher
from core.domain.image import Image
from core.domain.image.commands import RecordAssessment
from core.domain.values import Disabled, ScanId, SeverityCounts
from core.errors import AdvisoriesError, ArtifactMissing
from core.inventory.packages import Inventory
from core.rules.rulings import Rulings, subject_of
from core.scanning.published import InForce, PublishedAdvisories
from core.storage.interface import Artifacts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the advisories say of an inventory."""

    findings: bytes
    """The findings, worst first: a JSON array."""
    counts: SeverityCounts
    patchable: int
    uncompared: int


def assess(matcher: Matcher, inventory: Inventory) -> Verdict:
    """The verdict on an inventory: what the advisories say, and what its cataloger found itself."""
    matched = matcher.match(inventory)
    findings = join(matched.findings, brought(inventory)) if inventory.brought else matched.findings
    return Verdict(
        findings=msgspec.json.encode(findings),
        counts=SeverityCounts.of(finding.severity for finding in findings),
        patchable=sum(finding.patchable for finding in findings),
        uncompared=matched.uncompared,
    )


class Assessor:
    """Assesses inventories."""

    def __init__(
        self, advisories: PublishedAdvisories, artifacts: Artifacts, rulings: Rulings
    ) -> None:
        self._advisories = advisories
        self._artifacts = artifacts
        self._rulings = rulings

    async def version(self) -> int:
        """The version of the advisories in force; 0 while there are none that can be read."""
        in_force = await self._in_force(least=0)
        return 0 if in_force is None else in_force.version

    async def ready(self, *, least: int) -> bool:
        """Whether there are advisories of that version or later."""
        return await self._in_force(least=least) is not None

    async def assess(
        self, image: Image, scan: ScanId, inventory: Inventory, *, least: int
    ) -> RecordAssessment | None:
        """The assessment with advisories of version `least` or later and the image's rules, its
        findings stored; `None` while there are no such advisories, or none that can be read."""
        in_force = await self._in_force(least=least)
        if in_force is None:
            return None
        verdict = await asyncio.to_thread(assess, in_force.matcher, inventory)
        return RecordAssessment(
            scan=scan,
            findings=await self._artifacts.put(verdict.findings),
            counts=verdict.counts,
            patchable=verdict.patchable,
            uncompared=verdict.uncompared,
            advisories=in_force.artifact,
            advisories_version=in_force.version,
            disabled=await self._disabled(image, inventory, verdict),
        )

    async def _disabled(self, image: Image, inventory: Inventory, verdict: Verdict) -> Disabled:
        subject = subject_of(image, str(inventory.os) if inventory.os else None)
        return await self._rulings.on(subject, verdict.findings) if subject else Disabled()

    async def _in_force(self, *, least: int) -> InForce | None:
        """Advisories that cannot be opened are as good as none: what was inventoried waits."""
        try:
            return await self._advisories.in_force(least=least)
        except (AdvisoriesError, ArtifactMissing) as error:
            logger.error("the advisories in force cannot be opened, nothing is assessed: %s", error)
            return None
