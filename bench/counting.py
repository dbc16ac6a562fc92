"""Counts the storage requests of a push, with the core in this process.

Only the host and the sandbox are left out. A recorder sees every request leave, over the storage
emulator, so nothing is estimated. A host's looks into empty queues are no part of a push and are
not counted; what a sandbox sends itself is added by name.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from azure.storage.queue.aio import QueueServiceClient

from bench.filling import PER_IMAGE, fill
from core.advisories.compiler import compile_database
from core.domain.events import Priority
from core.domain.ids import bill_stream, image_stream, tag_stream
from core.domain.values import ImageName, ScanId
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.registry.events import Parsed, parse_event
from core.sandbox.interface import Order, Presence, Sandbox
from core.scanning.published import publish
from core.storage.account import Account, open_account
from dev.enrol import enrol
from dev.images.oci import MANIFEST
from dev.inprocess import AzureMailbox, Delivered, HandedOver, InProcess, Mailbox
from dev.recording import Recorder
from dev.stack.settings import Enrolled, app_settings
from dev.stack.stack import RESOURCE, SUBSCRIPTION
from functions.bootstrap import Services, build
from functions.settings import Settings, read_settings

SANDBOX: Mapping[str, int] = {"write blob inbox": 2, "add message sandbox-reports": 1}
"""What a sandbox sends: the inventory, the outcome, the report."""

REHEARSALS = 2
"""Pushes between the first that a process sees and those that count as warm."""
FILLING = 45.0
"""Seconds that making the log longer may take at a time: a busy machine does not get so far."""

_SERVER = "localhost:5000"
_TAG = "v1"
_SHARDS = (0, 1, 2)
"""Where the image, its tag and its bill live: always there, so that a few pushes show a process
all that later ones touch, and always apart, as they mostly are."""
_SERIAL = re.compile(rb"urn:uuid:[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The requests of pushes over a log of one length, by operation."""

    events: int
    cold: Counter[str]
    """The first push that a process sees."""
    warm: Sequence[Counter[str]]
    """Pushes after it, into the same shards."""


@dataclass(slots=True)
class Later:
    """Sandboxes that take their time: what they bring comes when everybody else is idle."""

    sandbox: HandedOver
    waiting: list[Order] = field(default_factory=list)
    together: int = 1

    async def room(self, priority: Priority) -> int:
        return await self.sandbox.room(priority)

    async def start(self, *orders: Order) -> None:
        self.waiting.extend(orders)

    async def status(self, scan: ScanId, attempt: int) -> Presence:
        return await self.sandbox.status(scan, attempt)

    async def stop(self, scan: ScanId, attempt: int) -> Presence:
        return await self.sandbox.stop(scan, attempt)

    async def sweep(self) -> None:
        await self.sandbox.sweep()

    async def deliver(self) -> None:
        """Let them all end."""
        while self.waiting:
            await self.sandbox.start(self.waiting.pop())


@dataclass(frozen=True, slots=True)
class Looks:
    """The queues, and which of the looks into them brought something."""

    mailbox: Mailbox
    fruitful: list[str] = field(default_factory=list)

    async def receive(self, queue: str) -> list[bytes]:
        received = await self.mailbox.receive(queue)
        if received:
            self.fruitful.append(queue)
        return received


class Meter:
    """Pushes images at the core, and counts."""

    def __init__(self, storage: str, inventory: bytes) -> None:
        """`inventory` is what sandboxes bring out of every image."""
        self._storage = storage
        self._inventory = inventory
        self._recorder = Recorder()
        self._handed: dict[str, Delivered] = {}
        self._sandboxes = Later(HandedOver(self._handed))
        self._filled = 0

    async def publish(self, folder: Path, advisories: bytes) -> None:
        """Put advisories in force: OSV records, one a line."""
        records, database = folder / "advisories.jsonl", folder / "advisories.sqlite"
        records.write_bytes(advisories)
        compiled = compile_database([records], database)
        async with open_account(self._storage) as account:
            log = await open_log(await account.tables.open("log"), account.artifacts)
            await publish(log, account.artifacts, database, records=compiled.advisories)

    async def count(self, events: int, *, warm: int) -> Counted:
        """Bring the log to that length, if time allows; then count pushes in a new process."""
        async with self._process() as app:
            await self._lengthen(app.services, events)
            length = await _length(app.services.log)
        async with self._process() as app:
            cold = await self._push(app)
            for _ in range(REHEARSALS):
                await self._push(app)
            pushes = [await self._push(app) for _ in range(warm)]
        return Counted(events=length, cold=cold, warm=pushes)

    async def _lengthen(self, services: Services, events: int) -> None:
        """Append to the log, and bring every view to its end."""
        self._filled = await fill(
            services.log,
            range(self._filled, max(self._filled, events // PER_IMAGE)),
            registry=_SERVER,
            subscription=SUBSCRIPTION,
            seconds=FILLING,
        )
        await services.following.runner.sweep()

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[InProcess]:
        """The app as a process that has just been started."""
        async with (
            open_account(self._storage, transport=self._recorder.transport) as account,
            QueueServiceClient.from_connection_string(
                self._storage, transport=self._recorder.transport()
            ) as queues,
        ):
            services = await app_over(self._storage, account, self._sandboxes)
            yield InProcess(services=services, mailbox=AzureMailbox(queues))

    async def _push(self, app: InProcess) -> Counter[str]:
        """The requests from one push's event until every queue is empty again."""
        image = new_image(app.services.log)
        own = _SERIAL.sub(uuid4().urn.encode(), self._inventory, count=1)  # as every image's is
        self._handed[image.digest] = Delivered(sbom=own)
        looks = Looks(app.mailbox)
        observed = replace(app, mailbox=looks)
        self._recorder.take()
        await observed.services.scanning.intake.take(pushed(image))
        await observed.drain()
        await self._sandboxes.deliver()
        await observed.drain()
        return without_empty_looks(self._recorder.by_operation(), looks.fruitful) + Counter(SANDBOX)


async def app_over(storage: str, account: Account, sandboxes: Sandbox) -> Services:
    """The app over that account, whose connection string or other name is `storage`."""
    services = await build(_settings(storage), account, sandboxes)
    await enrol(services)
    return services


async def _length(log: EventLog) -> int:
    heads = [await log.head(shard) for shard in range(log.shards)]
    return sum(head.position for head in heads)


def new_image(log: EventLog) -> ImageName:
    """An image that nobody has seen, and that lives, with its tag and its bill, in `_SHARDS`."""
    while True:
        digest = f"sha256:{2 * uuid4().hex}"
        image = ImageName(registry=_SERVER, repository=f"bench/{digest[-8:]}", digest=digest)
        streams = (
            image_stream(image),
            tag_stream(image.registry, image.repository, _TAG),
            bill_stream(SUBSCRIPTION, digest),
        )
        if tuple(map(log.shard_of, streams)) == _SHARDS:
            return image


def without_empty_looks(sent: Counter[str], fruitful: Sequence[str]) -> Counter[str]:
    """The requests, but of the looks into queues only those that brought something."""
    others = {what: count for what, count in sent.items() if not what.startswith("read message ")}
    return Counter(others) + Counter(f"read message {queue}" for queue in fruitful)


def _settings(storage: str) -> Settings:
    enrolled = Enrolled(login_server=_SERVER, resource=RESOURCE)
    return read_settings(
        app_settings(storage=storage, registries=[enrolled], sandboxes=Path("unused"), more={})
    )


def pushed(image: ImageName) -> Parsed:
    """The registry's event, as Event Grid hands it over."""
    now = datetime.now(UTC).isoformat()
    return parse_event(
        {
            "id": str(uuid4()),
            "topic": RESOURCE.id,
            "subject": f"{image.repository}:{_TAG}",
            "eventType": "Microsoft.ContainerRegistry.ImagePushed",
            "eventTime": now,
            "dataVersion": "2.0",
            "metadataVersion": "1",
            "data": {
                "id": str(uuid4()),
                "timestamp": now,
                "action": "push",
                "target": {
                    "mediaType": MANIFEST,
                    "size": 1000,
                    "digest": image.digest,
                    "length": 1000,
                    "repository": image.repository,
                    "tag": _TAG,
                },
                "request": {"id": str(uuid4()), "host": _SERVER, "method": "PUT"},
            },
        }
    )
