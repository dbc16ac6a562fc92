"""Records other verdicts, many images in one transaction.

A transaction is lost as a whole when somebody else writes to the shard, so all of it is loaded and
decided again, a few times; after that each image goes its own way, as every command does.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched

from core.domain.events import ImageEvent
from core.domain.ids import command_id
from core.domain.image import IMAGE, Image
from core.domain.image.commands import Reassess
from core.domain.values import Artifact
from core.fleet.images import FleetImage
from core.log import codec
from core.log.handle import Cause, Known, handle, load_state
from core.log.interface import Append, EventLog, Lost
from core.scanning.assessment import Verdict
from core.storage.interface import Artifacts

GROUP = 16
"""Images of one transaction: two events each are six rows, of the hundred that it holds."""
_ROUNDS = 3
"""Times that a group is tried before its images go their own ways."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A command to one image, and what makes it take effect once."""

    image: FleetImage
    command: Reassess
    cause: Cause


class Recorder:
    """Records verdicts made with one database."""

    def __init__(self, log: EventLog, artifacts: Artifacts, database: Database) -> None:
        self._log = log
        self._artifacts = artifacts
        self._database = database

    async def record(self, changed: Sequence[Changed]) -> list[FleetImage]:
        """Record the verdicts on images of one shard. Those of which a scan must end first."""
        unsettled: list[FleetImage] = []
        for group in batched(changed, GROUP, strict=False):
            asked = await asyncio.gather(*(self._ask(one) for one in group))
            states = await self._together(asked)
            unsettled += [
                one.image
                for one, state in zip(asked, states, strict=True)
                if self._waits(one, state)
            ]
        return unsettled

    async def _ask(self, changed: Changed) -> _Asked:
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
        )
        cause = Cause(
            command=command_id("reassess", image.stream, image.position, version),
            correlation=f"advisories-{version}",
            causation=f"advisories-{version}",
        )
        return _Asked(image=image, command=command, cause=cause)

    async def _together(self, asked: Sequence[_Asked]) -> list[Image]:
        """The images after the commands, in one transaction if it can be had."""
        for _ in range(_ROUNDS):
            known = await asyncio.gather(
                *(load_state(self._log, IMAGE, one.image.stream) for one in asked)
            )
            decided = [
                (one, before, IMAGE.decide(before.state, one.command))
                for one, before in zip(asked, known, strict=True)
            ]
            appends = [_append(*one) for one in decided if one[2]]
            answers = await self._log.append(appends, now=datetime.now(UTC)) if appends else ()
            if not any(isinstance(answer, Lost) for answer in answers):
                return [IMAGE.fold(before.state, events) for _, before, events in decided]
        return [await self._alone(one) for one in asked]

    async def _alone(self, asked: _Asked) -> Image:
        handled = await handle(self._log, IMAGE, asked.image.stream, asked.command, asked.cause)
        return handled.state

    def _waits(self, asked: _Asked, state: Image) -> bool:
        """Whether the image still has that inventory, and an older verdict on it."""
        if state.inventory is None or state.inventory.bom != asked.command.bom:
            return False
        last = state.assessment
        return last is None or last.advisories_version < self._database.version


def _append(asked: _Asked, before: Known[Image], events: Sequence[ImageEvent]) -> Append:
    return Append(
        stream=before.stream,
        events=events,
        command=asked.cause.command,
        correlation=asked.cause.correlation,
        causation=asked.cause.causation,
        fold=codec.encode_state(IMAGE.fold(before.state, events)),
        fold_schema=IMAGE.fold_schema,
    )
