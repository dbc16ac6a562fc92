"""Starts the sandboxes of attempts that have their slots, and records why one could not be.

Where a sandbox's place is worth more than its start (Azure counts container groups, not what is in
them), attempts at images of one repository are gathered and started together; elsewhere each is
started as soon as it has its slot. An attempt whose start was not reached, because this process
died, is missed by the watch-dog.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil

from core.domain.events import Priority
from core.domain.ids import StreamId, command_id
from core.domain.image import IMAGE, Image
from core.domain.image.commands import RecordFailure, WithdrawScan
from core.domain.image.state import Scan
from core.domain.values import FailureCause, ImageName, ScanId
from core.errors import (
    AccessDenied,
    PratiqueError,
    RegistryUnavailable,
    SandboxUnavailable,
    StorageError,
    Throttled,
)
from core.log.handle import Cause, Known, handle
from core.log.interface import EventLog
from core.processes.dispatch import Dispatch
from core.sandbox.interface import Order, Presence, Sandbox
from core.sandbox.sizes import packed
from core.scanning.orders import Orders
from core.scanning.slots import Slots

logger = logging.getLogger(__name__)

GATHERED = 16
"""Attempts that are gathered, at most, before the first of them is started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """An attempt that has its slot, and is to have its sandbox."""

    image: ImageName
    stream: StreamId
    shard: int
    scan: ScanId
    attempt: int
    at: datetime


class Launcher:
    """Starts sandboxes; what goes wrong with one is a failed attempt of its own."""

    def __init__(
        self, log: EventLog, slots: Slots, orders: Orders, sandbox: Sandbox, dispatch: Dispatch
    ) -> None:
        self._log = log
        self._slots = slots
        self._orders = orders
        self._sandbox = sandbox
        self._dispatch = dispatch

    @property
    def gathered(self) -> int:
        """How many attempts to gather before they are started."""
        return 1 if self._sandbox.together == 1 else GATHERED

    @property
    def together(self) -> int:
        """How many attempts at images of one repository may share a start."""
        return self._sandbox.together

    async def room(self, priority: Priority) -> int:
        """How many starts there is room for now."""
        return await self._sandbox.room(priority)

    async def withdraw(self, image: Known[Image], scan: Scan) -> bool:
        """Take the scan back where its image is not scanned any more; True then."""
        name = image.state.name
        refusal = await self._orders.refusal(name) if name is not None else None
        if refusal is None:
            return False
        command = WithdrawScan(scan=scan.id, message=refusal)
        cause = Cause(
            command=command_id("withdraw", scan.id, scan.attempt),
            correlation=scan.id,
            causation="withdraw",
        )
        handled = await handle(self._log, IMAGE, image.stream.id, command, cause, known=image)
        await self._dispatch.news(handled.shard)
        return True

    async def start(self, launches: Sequence[Launch]) -> None:
        """Start their sandboxes, those of one repository together."""
        for _, alike in groupby(sorted(launches, key=_of_launch), _of_launch):
            await self._start(tuple(alike))

    async def _start(self, launches: Sequence[Launch]) -> None:
        """Start those of one repository, as many together as fit into one machine."""
        launched = {one.scan: one for one in launches}
        orders = [order for one in launches if (order := await self._order(one)) is not None]
        for some in packed(orders, self._sandbox.together):
            try:
                await self._sandbox.start(*some)
            except PratiqueError as error:
                for order in some:
                    await self._fail(launched[order.scan], error)
        for one in launches:
            await self._dispatch.news(one.shard)

    async def _order(self, launch: Launch) -> Order | None:
        try:
            return await self._orders.write(launch.image, launch.scan, launch.attempt)
        except PratiqueError as error:
            await self._fail(launch, error)
            return None

    async def _fail(self, launch: Launch, error: PratiqueError) -> None:
        if isinstance(error, StorageError):
            raise error  # the watch-dog will miss the sandbox
        scan, attempt = launch.scan, launch.attempt
        logger.warning("attempt %s at scan %s has no sandbox: %s", attempt, scan, error)
        failure = RecordFailure(
            scan=scan,
            attempt=attempt,
            cause=_CAUSES.get(type(error), FailureCause.INTERNAL),
            message=str(error)[:500],
            retry_at=launch.at + backoff(attempt),
        )
        name = command_id("not-started", scan, attempt)
        cause = Cause(command=name, correlation=scan, causation="not-started")
        await handle(self._log, IMAGE, launch.stream, failure, cause)
        if await self._sandbox.stop(scan, attempt) is Presence.GONE:
            await self._slots.release(scan, attempt)


class Batch:
    """Attempts on their way to a sandbox, for as long as there is room for them."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._launches: list[Launch] = []
        self._members: Counter[tuple[str, str]] = Counter()
        """Attempts in this batch, by repository."""
        self._room: dict[Priority, int] = {}
        """Starts that there was room for when this batch began."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is gathered, so that nobody else could join it either."""
        return not self._launches

    async def has_room(self, image: ImageName, priority: Priority) -> bool:
        """Whether an attempt at that image may begin: with others of its repository, or alone."""
        if self._members[_repository(image)] % self._launcher.together:
            return True
        if priority not in self._room:
            self._room[priority] = await self._launcher.room(priority)
        starts = sum(ceil(members / self._launcher.together) for members in self._members.values())
        return starts < self._room[priority]

    async def add(self, launch: Launch) -> None:
        """Another attempt; with it the sandboxes may be started."""
        self._launches.append(launch)
        self._members[_repository(launch.image)] += 1
        if len(self._launches) >= self._launcher.gathered:
            await self.start()

    async def start(self) -> None:
        """Start what is gathered, and begin anew."""
        launches, self._launches = self._launches, []
        self._members.clear()
        self._room.clear()
        await self._launcher.start(launches)


_CAUSES: dict[type[PratiqueError], FailureCause] = {
    AccessDenied: FailureCause.PULL_DENIED,
    Throttled: FailureCause.THROTTLED,
    RegistryUnavailable: FailureCause.REGISTRY_UNAVAILABLE,
    SandboxUnavailable: FailureCause.NO_SANDBOX,
}
"""Why there is no token, or no sandbox."""


def backoff(attempt: int) -> timedelta:
    """How long to wait after the `attempt`-th failure: 30 seconds, then two minutes, then eight."""
    return timedelta(seconds=30 * 4 ** (attempt - 1))


def _repository(image: ImageName) -> tuple[str, str]:
    return image.registry, image.repository


def _of_launch(launch: Launch) -> tuple[str, str]:
    return _repository(launch.image)
