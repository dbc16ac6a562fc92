"""Sandboxes by hand: what each brings out of its image is said beforehand, as is its trouble."""

from dataclasses import dataclass, field

import msgspec

from core.domain.events import Priority
from core.domain.values import ScanId
from core.errors import SandboxError
from core.processes.dispatch import REPORTS
from core.sandbox.interface import Order, Presence
from core.sandbox.orders import outcome_path, sbom_path
from core.sandbox.outcomes import encode_outcome
from core.storage.memory import MemoryInbox, MemoryQueues
from dev.inprocess import Delivered
from tests.support.fleet import deb, sbom

CLEAN = Delivered(sbom=sbom(deb("zlib", "1.4")))
VULNERABLE = Delivered(sbom=sbom(deb("zlib", "1.2")))
"""What comes of an image that the advisory of `tests/support/desk.py` does not touch, and of one
that it does."""


@dataclass(slots=True)
class Sandboxes:
    """Sandboxes by hand: each brings out what was said of its image, at once or when told to."""

    inbox: MemoryInbox
    queues: MemoryQueues
    brings: dict[str, Delivered] = field(default_factory=dict)
    """By digest; an image of which nothing is said is clean."""
    patient: bool = False
    """Whether they run until a test ends them."""
    trouble: Exception | None = None
    """What starting one raises."""
    lingering: bool = False
    """Whether they share something with others, and go only when those do."""
    stuck: bool = False
    """Whether they cannot be ended."""
    started: list[Order] = field(default_factory=list)
    running: dict[tuple[ScanId, int], Order] = field(default_factory=dict)
    together: int = 1
    space: int = 1000
    """How many calls of `start` would be taken."""
    calls: list[int] = field(default_factory=list)
    """How many orders each call of `start` brought."""
    most: int = 0
    """How many ran at the same time, at most."""

    async def room(self, priority: Priority) -> int:
        return self.space

    async def start(self, *orders: Order) -> None:
        self.calls.append(len(orders))
        if self.trouble is not None:
            raise self.trouble
        for order in orders:
            await self._start(order)

    async def _start(self, order: Order) -> None:
        if (order.scan, order.attempt) in self.running:
            return
        self.started.append(order)
        self.running[order.scan, order.attempt] = order
        self.most = max(self.most, len(self.running))
        if not self.patient:
            await self.finish(order)

    async def finish(self, order: Order, *, report: bool = True, outcome: bool = True) -> None:
        """End a sandbox; it may forget to report, or leave no outcome at all."""
        self.running.pop((order.scan, order.attempt), None)
        told, document = self.brings.get(order.image.digest, CLEAN).of(order)
        if document is not None:
            self.inbox.blobs.setdefault(sbom_path(order.scan, order.attempt), document)
        if outcome:
            path = outcome_path(order.scan, order.attempt)
            self.inbox.blobs.setdefault(path, encode_outcome(told))
        if report:
            await self.report(order.scan, order.attempt)

    async def finish_all(self) -> None:
        """End all of them properly."""
        for order in list(self.running.values()):
            await self.finish(order)

    async def report(self, scan: ScanId, attempt: int) -> None:
        """Say that an attempt has ended."""
        message = {"scan": scan, "attempt": attempt}
        await self.queues.send(REPORTS, msgspec.json.encode(message))

    async def status(self, scan: ScanId, attempt: int) -> Presence:
        return Presence.RUNNING if (scan, attempt) in self.running else Presence.GONE

    async def stop(self, scan: ScanId, attempt: int) -> Presence:
        if self.stuck:
            raise SandboxError(f"{scan}/{attempt} does not end")
        if self.lingering:
            return Presence.RUNNING
        self.running.pop((scan, attempt), None)
        return Presence.GONE

    async def sweep(self) -> None:
        """Nothing is ever left."""
