"""The dispatcher among modelled quotas and latencies, a second taking no time.

Real are the rules: the slots and those kept for pushes, how attempts are gathered and grouped, and
the count of creations (the app's own class, over memory, with a clock of the model's). Modelled is
what only Azure can say: how long a group takes to start, a scan, a deletion; and how many
assessments the app's instances do in a second. Chance comes from a seed, so a run can be repeated.
"""

import heapq
import random
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched, groupby
from math import ceil

from core.domain.events import Priority
from core.sandbox.container_groups import TOGETHER
from core.sandbox.creations import PER_HOUR, Creations
from core.scanning.launching import GATHERED
from core.scanning.waiting import PAGE
from core.storage.memory import MemoryRows

_EPOCH = datetime(2026, 11, 22, tzinfo=UTC)
_WATCH = 30.0
"""Seconds between two looks of the watch-dog, when nothing else happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """What Azure allows, and what the app is set to."""

    slots: int = 40
    reserved: int = 10
    per_hour: int = PER_HOUR
    groups: int = 100
    """Container groups at a time."""
    assessments: float = 40.0
    """Assessments in a second, over all instances: 40 of them, a second each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Medians in seconds, and how far they spread (sigma of a logarithmic normal)."""

    announced: float = 2.0
    """From the push to the message that says that it waits."""
    start: float = 40.0
    scan: float = 20.0
    delete: float = 10.0
    shown: float = 3.0
    """From the report to the view."""
    spread: float = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An image to scan."""

    at: float
    """Seconds since the beginning."""
    repository: int
    priority: Priority
    known: bool = False
    """Whether its packages are known: then it is assessed, without a sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of it."""

    waits: Sequence[tuple[Priority, float]]
    """Seconds from each job's beginning to its findings."""
    last: float
    """When the last one had its findings."""
    groups: int
    most: int
    """Sandboxes at the same time, at most."""
    container_seconds: float


@dataclass(slots=True)
class _Slots:
    """Free slots: those for anybody, and those for pushes alone."""

    shared: int
    reserved: int

    def claim(self, priority: Priority) -> str | None:
        """A push takes a shared one first, as `core/scanning/slots.py` does."""
        if self.shared:
            self.shared -= 1
            return "shared"
        if self.reserved and priority is Priority.PUSH:
            self.reserved -= 1
            return "reserved"
        return None

    def release(self, kind: str) -> None:
        if kind == "shared":
            self.shared += 1
        else:
            self.reserved += 1


@dataclass(order=True, slots=True)
class _Event:
    at: float
    number: int
    released: Sequence[str] = field(compare=False, default=())
    arrived: Job | None = field(compare=False, default=None)


class Simulation:
    """One run."""

    def __init__(self, region: Region, latencies: Latencies, seed: int = 1) -> None:
        self._region = region
        self._latencies = latencies
        self._chance = random.Random(seed)  # noqa: S311 (a model's, to be repeated)
        self._creations = Creations(MemoryRows(), region.per_hour)
        self._slots = _Slots(region.slots - region.reserved, region.reserved)
        self._waiting: dict[Priority, deque[Job]] = {one: deque() for one in Priority}
        self._events: list[_Event] = []
        self._numbers = 0
        self._groups = self._created = self._most = 0
        self._assessed = dict.fromkeys(Priority, 0.0)
        """When there is time for the next assessment: each function has its own instances, and
        what a push's sandbox reports is taken by another function than a rescan."""
        self._container_seconds = 0.0
        self._waits: list[tuple[Priority, float]] = []
        self._last = 0.0

    async def run(self, jobs: Iterable[Job]) -> Told:
        """Until every job has its findings."""
        for job in jobs:
            self._later(job.at + self._latencies.announced, arrived=job)
        while self._events:
            event = heapq.heappop(self._events)
            self._take(event)
            await self._dispatch(event.at)
            if not self._events and any(self._waiting.values()):
                self._later(event.at + _WATCH)
        return Told(
            waits=self._waits,
            last=self._last,
            groups=self._created,
            most=self._most,
            container_seconds=self._container_seconds,
        )

    def _take(self, event: _Event) -> None:
        for kind in event.released:
            self._slots.release(kind)
        if event.released:
            self._groups -= 1
        job = event.arrived
        if job is None:
            return
        if job.known:
            self._assess(event.at, [job])
        else:
            self._waiting[job.priority].append(job)

    async def _dispatch(self, now: float) -> None:
        """As the starter does: pushes first, the oldest first, as long as there is room."""
        moment = _EPOCH + timedelta(seconds=now)
        while any(self._waiting.values()):
            batch = self._gather(
                {
                    priority: min(
                        await self._creations.left(priority, moment),
                        self._region.groups - self._groups,
                    )
                    for priority in Priority
                }
            )
            if not batch:
                return
            for group in _grouped(batch):
                await self._creations.take(moment)
                self._start(now, group)

    def _gather(self, room: dict[Priority, int]) -> list[tuple[Job, str]]:
        """One batch, of a page of what waits."""
        batch: list[tuple[Job, str]] = []
        members: Counter[int] = Counter()
        for priority in (Priority.PUSH, Priority.RESCAN):
            queue = self._waiting[priority]
            passed: list[Job] = []
            for _ in range(min(len(queue), PAGE)):
                starts = sum(ceil(count / TOGETHER) for count in members.values())
                if len(batch) >= GATHERED or (not batch and room[priority] < 1):
                    break
                job = queue.popleft()
                fits = members[job.repository] % TOGETHER or starts < room[priority]
                kind = self._slots.claim(priority) if fits else None
                if kind is None:
                    passed.append(job)
                    if fits:
                        break  # no slot for this one, so none for those behind it
                    continue
                members[job.repository] += 1
                batch.append((job, kind))
            queue.extendleft(reversed(passed))
        return batch

    def _start(self, now: float, group: Sequence[tuple[Job, str]]) -> None:
        self._groups += 1
        self._created += 1
        begun = now + self._about(self._latencies.start)
        ends = [begun + self._about(self._latencies.scan) for _ in group]
        for (job, _), end in zip(group, ends, strict=True):
            self._assess(end, [job])
        over = max(ends)
        self._container_seconds += len(group) * (over - now)
        self._later(over + self._latencies.delete, released=[kind for _, kind in group])
        taken = self._region.slots - self._slots.shared - self._slots.reserved
        self._most = max(self._most, taken)

    def _assess(self, now: float, jobs: Sequence[Job]) -> None:
        for job in jobs:
            free = max(self._assessed[job.priority], now)
            self._assessed[job.priority] = free + 1 / self._region.assessments
            done = free + 1 / self._region.assessments + self._latencies.shown
            self._waits.append((job.priority, done - job.at))
            self._last = max(self._last, done)

    def _about(self, median: float) -> float:
        return median * self._chance.lognormvariate(0, self._latencies.spread)

    def _later(
        self, at: float, *, released: Sequence[str] = (), arrived: Job | None = None
    ) -> None:
        self._numbers += 1
        heapq.heappush(self._events, _Event(at, self._numbers, released=released, arrived=arrived))


def _grouped(batch: Sequence[tuple[Job, str]]) -> Iterable[Sequence[tuple[Job, str]]]:
    """As the launcher does: by repository, no more together than a group holds."""
    by_repository = sorted(batch, key=lambda one: one[0].repository)
    for _, alike in groupby(by_repository, lambda one: one[0].repository):
        yield from batched(alike, TOGETHER, strict=False)
