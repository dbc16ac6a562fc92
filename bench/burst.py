"""Two hundred images at once: is every one of them done, how fast, and what is left in memory.

A build farm that rebuilds everything after a base image has changed looks like this.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.by_hand import by_hand
from bench.figures import ratio, seconds, spread
from bench.machine import resident_bytes
from bench.pushing import Push, push_all
from bench.sections import Section
from bench.served import Served, served
from bench.watch import Watch
from core.answers.billing import Bills
from dev.images.hand import hand_image
from dev.images.oci import build_layout

IMAGES = 200
PACKAGES = 20
VULNERABLE = 5
SLOTS = 8
"""Sandboxes that may run at a time."""
PATIENCE = 240.0
"""Seconds after which the bench says how far it came."""

_REPOSITORIES = 20
_AT_A_TIME = 8
_BY_HAND = 5
_BILLING = 10.0
"""Seconds that the last lines of the bill may take after the last verdict."""
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What became of the images."""

    done: int
    """Images with a current verdict and all their findings."""
    billed: int
    """Lines of the bill."""
    retried: int
    most_slots: int
    most_rooms: int
    pushing: float
    """Seconds from the first push to the end of the last."""
    seconds: float
    """From the first push to the last verdict, or to the end of patience."""
    by_hand: float
    """Seconds that one such image takes somebody without the pipeline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident bytes of the Functions host."""

    started: int
    warm: int
    """After one image."""
    after: int
    """After all of them."""


async def measure(folder: Path) -> Sequence[Section]:
    """Push one image, then all the others at once."""
    first, *others = [_built(folder, number) for number in range(IMAGES + 1)]
    settings = {"PRATIQUE_SLOTS": str(SLOTS)}
    async with served(folder, vulnerable=VULNERABLE, settings=settings) as product:
        host = product.pid("host")
        started = resident_bytes(host)
        watch = Watch(product, findings=VULNERABLE)
        await push_all(product.stack.registry, [first], at_a_time=1)
        await watch.until(1, patience=PATIENCE)
        warm = resident_bytes(host)
        burst = await _burst(product, watch, others, folder)
        memory = Memory(started=started, warm=warm, after=resident_bytes(host))
    return sections(burst, memory)


def _built(folder: Path, number: int) -> Push:
    layout = folder / "images" / str(number)
    image = hand_image(packages=PACKAGES, vulnerable=VULNERABLE, label=f"burst-{number}")
    return Push(
        layout=layout,
        digest=build_layout(layout, image).digest,
        repository=f"burst/team-{number % _REPOSITORIES}",
        tag=f"v{number}",
    )


async def _burst(product: Served, watch: Watch, pushes: Sequence[Push], folder: Path) -> Burst:
    """Push and watch; the image that warmed up is counted out again."""
    async with asyncio.TaskGroup() as together:
        pushing = together.create_task(_push(product, pushes))
        watching = together.create_task(watch.until(len(pushes) + 1, patience=PATIENCE))
    billed = await _billed(product, watch.done)
    names = [f"{product.stack.registry}/{one.repository}@{one.digest}" for one in pushes[:_BY_HAND]]
    return Burst(
        done=watch.done - 1,
        billed=billed - 1,
        retried=watch.retried,
        most_slots=watch.most_slots,
        most_rooms=watch.most_rooms,
        pushing=pushing.result(),
        seconds=watching.result(),
        by_hand=spread([await by_hand(name, folder) for name in names]).median,
    )


async def _billed(product: Served, expected: int) -> int:
    """The lines of the bill: they come a moment after the verdicts, and are given some seconds."""
    end = time.monotonic() + _BILLING
    month = {"month": f"{datetime.now(UTC):%Y-%m}", "limit": "500"}
    while True:
        bill = await product.ask("billing", Bills, month)
        lines = len(bill.value) if bill is not None else 0
        if lines >= expected or time.monotonic() > end:
            return lines
        await asyncio.sleep(1)


async def _push(product: Served, pushes: Sequence[Push]) -> float:
    began = time.monotonic()
    await push_all(product.stack.registry, pushes, at_a_time=_AT_A_TIME)
    return time.monotonic() - began


def sections(burst: Burst, memory: Memory) -> Sequence[Section]:
    """What became of the images, and of the memory."""
    alone = burst.done * burst.by_hand
    rows = [
        ("images with their final verdict", f"{burst.done} of {IMAGES}"),
        ("lines of the bill", f"{burst.billed} of {IMAGES}"),
        ("images that took more than one attempt", str(burst.retried)),
        ("slots taken at a time, at most", f"{burst.most_slots} of {SLOTS}"),
        ("sandboxes at a time, at most", f"{burst.most_rooms} of {SLOTS}"),
        ("from the first push to the end of the last", seconds(burst.pushing)),
        ("from the first push to the last verdict", seconds(burst.seconds)),
        ("images per minute", f"{60 * burst.done / burst.seconds:.0f}"),
        ("by hand, one image", seconds(burst.by_hand)),
        ("all of them by hand, one by one : the pipeline", ratio(alone, burst.seconds)),
    ]
    return (
        Section(
            title="A burst",
            measured=f"{IMAGES} different images ({PACKAGES} packages, {VULNERABLE} vulnerable) in"
            f" {_REPOSITORIES} repositories were pushed {_AT_A_TIME} at a time, with {SLOTS} slots"
            " for sandboxes; slots and sandboxes were looked at every second.",
            columns=("", "measured"),
            rows=rows,
        ),
        Section(
            title="Memory of the Functions host",
            measured=f"Resident memory of the host's process when it had started, after one image,"
            f" and after the {IMAGES} of the burst.",
            columns=("", "MiB", "to after one"),
            rows=[
                _memory("started", memory.started, memory.warm),
                _memory("after one image", memory.warm, memory.warm),
                _memory("after the burst", memory.after, memory.warm),
            ],
        ),
    )


def _memory(when: str, size: int, reference: int) -> Sequence[str]:
    return when, f"{size / _MIB:.0f}", ratio(size, reference)
