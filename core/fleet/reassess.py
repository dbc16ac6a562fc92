"""What happens when other advisories are in force: the whole fleet is assessed with them.

Nothing but rows is read: each distinct package is matched once, and each image's verdict is put
together from those of its packages. An image whose verdict stays what it was costs no event. That
the fleet was assessed is recorded when, at some position of every shard, there was no image left
with another verdict: what was recorded meanwhile is looked at in a further pass. So a run that dies
at any point is simply begun again, and two at once do no harm.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import batched

from core.domain.advisories import ADVISORIES, Assessed, Published, RecordFleetAssessment
from core.domain.ids import advisories_stream, command_id
from core.errors import InvalidInventory
from core.fleet.filtering import Filter, first_filter
from core.fleet.images import FleetImage
from core.fleet.looking import Looker, differs
from core.fleet.recording import Changed, Database, Recorder
from core.fleet.store import FleetStore
from core.fleet.verdicts import Verdicts
from core.inventory.reader import read
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.rules.rulings import Rulings
from core.scanning.assessment import assess
from core.scanning.published import InForce, PublishedAdvisories
from core.storage.interface import Artifacts

logger = logging.getLogger(__name__)

PASSES = 10
"""Passes after which the rest is left to the next run."""
_AT_A_TIME = 64
"""Images of one shard whose findings are in memory at a time."""
_SHARDS_AT_A_TIME = 4
"""Shards that are looked into at a time: while one waits for storage, another is matched."""


@dataclass(slots=True, kw_only=True)
class Reassessment:
    """What a run came to."""

    version: int
    """Of the advisories."""
    looked_at: int = 0
    """Images whose verdict was put together."""
    changed: int = 0
    """Images that have another verdict now."""
    unsettled: int = 0
    """Images that could not be assessed yet: the next run looks at them again."""
    positions: tuple[int, ...] = ()
    """Up to where the verdicts in each shard are those of the version: 0 where one of them is not
    so, and none at all while that is not known."""

    @property
    def complete(self) -> bool:
        """Whether every image's verdict is that of the version now."""
        return self.positions != () and self.unsettled == 0


class Reassessor:
    """Assesses the fleet with the advisories in force."""

    def __init__(
        self,
        log: EventLog,
        fleet: FleetStore,
        advisories: PublishedAdvisories,
        artifacts: Artifacts,
        rulings: Rulings,
        dispatch: Dispatch,
    ) -> None:
        self._log = log
        self._rulings = rulings
        self._fleet = fleet
        self._advisories = advisories
        self._artifacts = artifacts
        self._dispatch = dispatch
        self._lock = asyncio.Lock()
        self._last = Reassessment(version=0)

    async def run(self, *, whole: bool = False) -> Reassessment | None:
        """Assess whatever is not assessed yet; `None` where there are no advisories.

        With `whole`, every verdict that was not made with the advisories in force is put together
        again, whatever is known of what they changed. Raises an ExceptionGroup if a shard's view is
        halted, once all others are assessed.
        """
        async with self._lock:
            published: Published = await current(self._log, ADVISORIES, advisories_stream())
            in_force = await self._advisories.in_force(least=max(1, published.version))
            if in_force is None:
                return None
            logged = published.assessed
            known = None if whole else _furthest(logged, self._last, in_force)
            recorder = Recorder(self._log, self._artifacts, self._rulings, _database(in_force))
            run = _Run(self._fleet, self._artifacts, self._log, self._dispatch, recorder, in_force)
            await run.assess(known, logged)
            self._last = run.done
            return run.done


class _Run:
    """One run, with one database."""

    def __init__(
        self,
        fleet: FleetStore,
        artifacts: Artifacts,
        log: EventLog,
        dispatch: Dispatch,
        recorder: Recorder,
        in_force: InForce,
    ) -> None:
        self._fleet = fleet
        self._artifacts = artifacts
        self._log = log
        self._dispatch = dispatch
        self._in_force = in_force
        self._verdicts = Verdicts(in_force.matcher)
        self._recorder = recorder
        self._turn = asyncio.Semaphore(_SHARDS_AT_A_TIME)
        self._unsettled: set[int] = set()
        self._trouble: ExceptionGroup | None = None
        self.done = Reassessment(version=in_force.version)

    async def assess(self, known: Assessed | None, logged: Assessed | None) -> None:
        """Look at images until none has another verdict, and say so in the log. What is `known` is
        not looked at again; what is `logged` needs not be said again."""
        shards = range(self._log.shards)
        wanted = await first_filter(
            known, self._in_force, self._artifacts, self._verdicts, len(shards)
        )
        for _ in range(PASSES):
            positions = await self._catch_up()
            async with asyncio.TaskGroup() as tasks:
                moved = [
                    tasks.create_task(self._shard(shard, wanted, positions[shard]))
                    for shard in shards
                ]
            if not any(one.result() for one in moved):
                await self._settle(positions, logged)
                break
            wanted = Filter(after=positions)
        if self._trouble is not None:
            raise self._trouble

    async def _catch_up(self) -> tuple[int, ...]:
        """Bring the view to the log's end, or as near as it comes."""
        try:
            return await self._fleet.catch_up()
        except ExceptionGroup as trouble:
            self._trouble = trouble
            return await self._fleet.positions()

    async def _shard(self, shard: int, wanted: Filter, position: int) -> bool:
        """Look at one shard's images; whether another pass must follow, because there is news or
        because somebody else brought the rows further while they were read."""
        if position <= wanted.after[shard]:
            return False
        async with self._turn:
            return await self._look_into(shard, wanted, position)

    async def _look_into(self, shard: int, wanted: Filter, position: int) -> bool:
        version, after = self.done.version, wanted.after[shard]
        images = await self._fleet.images(shard, below=version, after=after)
        if not images:
            return not await self._fleet.stands_at(shard, position)
        looker = Looker(await self._fleet.packages(shard), self._verdicts)
        worth = await asyncio.to_thread(wanted.worth, shard, images, looker)
        changed = 0
        for some in batched(worth, _AT_A_TIME, strict=False):
            changed += await self._look(shard, some, looker)
        if changed:
            await self._dispatch.news(shard)
        return changed > 0 or not await self._fleet.stands_at(shard, position)

    async def _look(self, shard: int, images: Sequence[FleetImage], looker: Looker) -> int:
        """Give images their verdict; how many have another one now."""
        readable = [image for image in images if looker.readable(image)]
        changed = await asyncio.to_thread(lambda: list(looker.changed(readable)))
        for image in images:
            if not looker.readable(image):
                changed += await self._read(shard, image)
        unsettled = await self._recorder.record(changed)
        self.done.looked_at += len(images)
        self.done.changed += len(changed) - len(unsettled)
        self._leave(shard, len(unsettled))
        return len(changed) - len(unsettled)

    def _leave(self, shard: int, count: int) -> None:
        """Leave so many of a shard's images to the next run."""
        if count:
            self.done.unsettled += count
            self._unsettled.add(shard)

    async def _read(self, shard: int, image: FleetImage) -> list[Changed]:
        """The image with its verdict, by its inventory, if it is another one."""
        document = await self._artifacts.get(image.bom)
        try:
            inventory = await asyncio.to_thread(read, document)
        except InvalidInventory as error:
            logger.error("the inventory of %s cannot be read any more: %s", image.name, error)
            self._leave(shard, 1)
            return []
        verdict = await asyncio.to_thread(assess, self._in_force.matcher, inventory)
        return [Changed(image=image, verdict=verdict)] if differs(image, verdict) else []

    async def _settle(self, positions: tuple[int, ...], logged: Assessed | None) -> None:
        """Record that every image has its verdict, unless that is known or not so."""
        done = self.done
        right = enumerate(positions)
        done.positions = tuple(0 if shard in self._unsettled else at for shard, at in right)
        known = logged is not None and logged.version == done.version and not done.looked_at
        if known or done.unsettled or self._trouble is not None:
            return
        command = RecordFleetAssessment(
            version=done.version,
            database=self._in_force.artifact,
            positions=positions,
            assessed_at=datetime.now(UTC),
        )
        cause = Cause(
            command=command_id("fleet-assessed", done.version, *positions),
            correlation=f"advisories-{done.version}",
            causation=f"advisories-{done.version}",
        )
        await handle(self._log, ADVISORIES, advisories_stream(), command, cause)


def _database(in_force: InForce) -> Database:
    return Database(version=in_force.version, artifact=in_force.artifact)


def _furthest(logged: Assessed | None, last: Reassessment, in_force: InForce) -> Assessed | None:
    """What is known to be assessed: what the log says, and what the last run has seen since."""
    if last.version != in_force.version or not last.positions:
        return logged
    seen = Assessed(version=in_force.version, database=in_force.artifact, positions=last.positions)
    if logged is None or logged.version != seen.version:
        return seen
    pairs = zip(logged.positions, seen.positions, strict=True)
    return replace(logged, positions=tuple(max(pair) for pair in pairs))
