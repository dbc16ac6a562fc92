"""Processes that are killed, by the kernel and at any moment: nothing is lost, nothing is doubled
(L1 to L5, P4, P5, P12, B1, B2).

Two workers at a time do the same work over the same storage; one of them is always about to be
killed. (The emulator itself is not durable, and is left alone.)
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import pytest

from dev.stack.azurite import Azurite
from tests.faults.doomed import doomed
from tests.faults.rig import Rig, take
from tests.faults.storage import seeded
from tests.faults.worker import run
from tests.support.campaign import Campaign

pytestmark = pytest.mark.azurite

ROUNDS = 3
LONG_ROUNDS = 100
PER_ROUND = 2
"""Pushes that a round has to tell of, beside those that are left of earlier rounds."""
PATIENCE = 60.0
"""Seconds within which a worker says its first word, or is gone once it was killed."""
LIFE = (0.05, 1.5)
"""Seconds that a worker lives, from the moment that it has something to say."""


@dataclass(slots=True)
class Crew:
    """Workers, and what they have acknowledged."""

    storage: str
    chance: random.Random
    due: list[int] = field(default_factory=list)
    """Pushes that nobody has acknowledged: they are told of again."""
    taken: set[int] = field(default_factory=set)
    kills: int = 0

    async def round(self, numbers: Sequence[int]) -> None:
        """Two workers hear of the pushes; one is killed, then the other."""
        self.due += numbers
        await asyncio.gather(self._worker(), self._worker())
        self.due = [number for number in self.due if number not in self.taken]

    async def _worker(self) -> None:
        told = self.chance.sample(self.due, len(self.due))
        async with doomed(run, self.storage, told, whole=True) as ours:
            life = self.chance.uniform(*LIFE)
            assert await asyncio.to_thread(self._listen, ours, PATIENCE, 1), "it died by itself"
            await asyncio.to_thread(self._listen, ours, life)
        await asyncio.to_thread(self._listen, ours, PATIENCE)
        self.kills += 1

    def _listen(self, worker: "Connection[int, int]", seconds: float, most: int = 10_000) -> int:
        """Hear what it acknowledges, for so long, or until it is gone; how much that was."""
        until, heard = time.monotonic() + seconds, 0
        while heard < most and worker.poll(max(0.0, until - time.monotonic())):
            try:
                self.taken.add(worker.recv())
            except EOFError:
                break
            heard += 1
        return heard


@pytest.mark.timeout(1200)
async def test_workers_that_are_killed_lose_nothing_and_double_nothing(
    rig: Rig, own_azurite: Azurite, campaign: Campaign
) -> None:
    crew = Crew(own_azurite.connection_string, seeded(2026))
    numbers: list[int] = []
    for _ in range(campaign.pick(LONG_ROUNDS, ROUNDS)):
        fresh = [rig.image() for _ in range(PER_ROUND)]
        numbers += fresh
        await crew.round(fresh)
    for number in crew.due:
        await take(rig.clear, number)
    await rig.recover()
    failed = sum([await rig.check_image(number) for number in numbers])
    whole = await rig.check_everything()
    campaign.tried(
        f"{crew.kills} workers killed with SIGKILL: {len(numbers)} pushes, {failed} attempts"
        f" repeated, {whole.events:,} events of {whole.commands:,} commands in the log"
    )
