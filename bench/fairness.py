"""With thousands of rescans waiting: how long until a push has a sandbox, beside an empty queue.

The core runs in this process over memory, so what is measured is what it does and not what storage
takes: the seconds are no promise, their ratio is the point. The rescans are those of a first sweep,
and hold every slot that is not reserved for pushes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.counting import Later, app_over, new_image, pushed
from bench.figures import ratio, seconds, spread
from bench.sections import Section
from core.domain.events import Source
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.domain.image.commands import Command, RecordPresence
from core.domain.values import ImageName
from core.log.bulk import Asked, handle_many
from core.log.handle import Cause
from core.log.interface import EventLog
from core.storage.memory import MemoryQueues
from dev.images.oci import MANIFEST
from dev.inprocess import HandedOver, InProcess, MemoryMailbox, memory_account
from dev.stack.stack import SUBSCRIPTION

WAITING = (0, 500, 5_000)
"""Rescans that wait."""
PUSHES = 2
"""Pushes that follow each other: as many as there are slots reserved for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What became of the pushes, and of the rescans."""

    waiting: int
    rescans: int
    """Rescans that have a sandbox."""
    pushes: Sequence[float]
    """Seconds from each push's event until its sandbox was started."""


async def measure(_: Path) -> Sequence[Section]:
    """Push at a queue of each length."""
    return sections([await started(waiting) for waiting in WAITING])


async def started(waiting: int) -> Started:
    """Let so many rescans wait, then push."""
    queues, sandboxes = MemoryQueues(), Later(HandedOver({}))
    services = await app_over("memory", replace(memory_account(), queues=queues), sandboxes)
    app = InProcess(services=services, mailbox=MemoryMailbox(queues))
    await handle_many(services.log, IMAGE, [_found(services.log, one) for one in range(waiting)])
    await services.following.runner.sweep()
    await services.scanning.starter.start_waiting()
    rescans = len(sandboxes.waiting)
    return Started(
        waiting=waiting,
        rescans=rescans,
        pushes=[await _push(app, sandboxes) for _ in range(PUSHES)],
    )


async def _push(app: InProcess, sandboxes: Later) -> float:
    """Seconds from the event of a push until its sandbox was started, or nothing is left to do."""
    image = new_image(app.services.log)
    began = time.monotonic()
    await app.services.scanning.intake.take(pushed(image))
    while all(order.image != image for order in sandboxes.waiting):
        if not await app.step():
            raise AssertionError("the push was not started, though a slot is kept for it")
    return time.monotonic() - began


def _found(log: EventLog, number: int) -> Asked[Command]:
    """A sweep finds an image that nobody told of."""
    image = ImageName(
        registry="localhost:5000",
        repository=f"fleet/team-{number % 50}",
        digest=f"sha256:{number:064x}",
    )
    now = datetime.now(UTC)
    command = RecordPresence(
        image=image,
        subscription=SUBSCRIPTION,
        tag="v1",
        media_type=MANIFEST,
        size=1000,
        source=Source.RECONCILE,
        updated_at=now,
        seen_at=now,
        wanted=True,
    )
    cause = Cause(command=command_id("found", number), correlation="bench", causation="bench")
    return Asked(stream=image_stream(image), command=command, cause=cause)


def sections(measured: Sequence[Started]) -> Sequence[Section]:
    """The table; everything is compared with the shortest queue."""
    alone = spread(measured[0].pushes).median
    return (
        Section(
            title="A push behind waiting rescans",
            measured="Seconds from a push's event until its sandbox was started, in one process"
            f" over memory, while so many rescans were waiting; the median of {PUSHES} pushes.",
            columns=("waiting", "rescans in a sandbox", "a push", "to an empty queue"),
            rows=[_row(one, alone) for one in measured],
        ),
    )


def _row(one: Started, alone: float) -> Sequence[str]:
    median = spread(one.pushes).median
    return f"{one.waiting:,}", str(one.rescans), seconds(median), ratio(median, alone)
