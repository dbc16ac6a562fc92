"""Records other verdicts, many images in one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.ids import command_id
from core.domain.image import IMAGE, Command, Image
from core.domain.image.commands import Reassess
from core.domain.values import Artifact, Disabled
from core.fleet.images import FleetImage
from core.log.bulk import Asked, handle_many
from core.log.handle import Cause, current
from core.log.interface import EventLog
from core.rules.rulings import Rulings, known_subject
from core.scanning.assessment import Verdict
from core.storage.interface import Artifacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An image, and the verdict that it should have."""

    image: FleetImage
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The advisories that verdicts were made with."""

    version: int
    artifact: Artifact


class Recorder:
    """Records verdicts made with one database."""

    def __init__(
        self, log: EventLog, artifacts: Artifacts, rulings: Rulings, database: Database
    ) -> None:
        self._log = log
        self._artifacts = artifacts
        self._rulings = rulings
        self._database = database

    async def record(self, changed: Sequence[Changed]) -> list[FleetImage]:
        """Record the verdicts, many in a transaction. Those of which a scan must end first."""
        asked = await asyncio.gather(*(self._ask(one) for one in changed))
        handled = await handle_many(self._log, IMAGE, asked)
        return [
            one.image
            for one, its in zip(changed, handled, strict=True)
            if self._waits(one.image, its.state)
        ]

    async def _ask(self, changed: Changed) -> Asked[Command]:
        image, verdict = changed.image, changed.verdict
        version = self._database.version
        command = Reassess(
            bom=image.bom,
            findings=await self._artifacts.put(verdict.findings),
            counts=verdict.counts,
            patchable=verdict.patchable,
            uncompared=verdict.uncompared,
            advisories=self._database.artifact,
            advisories_version=version,
            disabled=await self._disabled(changed),
        )
        cause = Cause(
            command=command_id("reassess", image.stream, image.position, version),
            correlation=f"advisories-{version}",
            causation=f"advisories-{version}",
        )
        return Asked(stream=image.stream, command=command, cause=cause)

    async def _disabled(self, changed: Changed) -> Disabled:
        subject = known_subject(await current(self._log, IMAGE, changed.image.stream))
        return await self._rulings.on(subject, changed.verdict.findings) if subject else Disabled()

    def _waits(self, image: FleetImage, state: Image) -> bool:
        """Whether the image still has that inventory, and an older verdict on it."""
        if state.inventory is None or state.inventory.bom != image.bom:
            return False
        last = state.assessment
        return last is None or last.advisories_version < self._database.version
