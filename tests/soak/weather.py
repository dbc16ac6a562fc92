"""Bad weather around the app: storage that loses calls, queues that lose messages."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from core.errors import PratiqueError, StorageUnavailable
from core.storage.memory import MemoryQueues

DELIVERIES = 5
"""How often the Functions host hands out a message before it puts it aside."""


@dataclass(slots=True)
class Storm:
    """Stands between a process and its storage, and loses calls."""

    chance: random.Random
    strength: float
    """Share of calls that are lost, half of them after they took effect."""
    lost: int = 0

    async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        if self.chance.random() >= self.strength:
            return await do()
        self.lost += 1
        if self.chance.random() < 0.5:
            with suppress(PratiqueError):  # whatever the answer was, it is lost
                await do()
        raise StorageUnavailable(f"{what}: lost in the storm")


@dataclass(slots=True)
class Post:
    """Queues that hand out one message at a time: any of them, perhaps twice, perhaps never."""

    queues: MemoryQueues
    chance: random.Random
    bad: bool = True
    dropped: int = 0
    doubled: int = 0
    poisoned: int = 0
    _handing: tuple[str, bytes] | None = None
    _deliveries: dict[tuple[str, bytes], int] = field(default_factory=dict)

    async def receive(self, queue: str) -> list[bytes]:
        waiting = self.queues.messages.get(queue, [])
        if not waiting:
            return []
        place = self.chance.randrange(len(waiting)) if self.bad else 0
        message = waiting.pop(place)
        fate = self.chance.random() if self.bad else 1.0
        if fate < 0.03:
            self.dropped += 1
            return []
        if fate < 0.08:
            self.doubled += 1
            waiting.append(message)
        self._handing = (queue, message)
        return [message]

    def failed(self) -> None:
        """The message that was handed out last could not be handled: once more, or aside."""
        if self._handing is None:
            return
        count = self._deliveries.get(self._handing, 0) + 1
        self._deliveries[self._handing] = count
        if count < DELIVERIES:
            queue, message = self._handing
            self.queues.messages.setdefault(queue, []).append(message)
        else:
            self._deliveries.pop(self._handing)
            self.poisoned += 1
        self._handing = None
