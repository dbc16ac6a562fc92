"""What was given up: messages that failed too often, and notices that the topic would not take.

The Functions host moves a message that failed five times to its queue's poison queue, where nobody
looks by themselves. What it pointed to is found by a sweep all the same; the message says that
something is wrong. Event Grid's own dead letters are in a container that the app may not read.
"""

import asyncio

from core.answers.operations import DeadLetters
from core.notifications.outbox import Outbox
from core.processes.dispatch import QUEUES
from core.storage.interface import Queues

POISON = "-poison"
"""What the host appends to a queue's name."""


class GivenUp:
    """Counts what was given up."""

    def __init__(self, queues: Queues, outbox: Outbox) -> None:
        self._queues = queues
        self._outbox = outbox

    async def count(self) -> DeadLetters:
        """How much there is of it."""
        lengths = asyncio.gather(*(self._queues.length(f"{one}{POISON}") for one in QUEUES))
        notices = await self._outbox.refused()
        counted = zip(QUEUES, await lengths, strict=True)
        return DeadLetters(
            queues={name: length for name, length in counted if length}, notices=notices
        )

    async def waiting(self) -> int:
        """How many notices wait to be told."""
        return len(await self._outbox.waiting())
