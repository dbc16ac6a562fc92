"""What one push costs in storage requests, which are what a serverless system pays for.

The core runs in this process over the storage emulator, and a recorder sees every request leave:
nothing is estimated. Only the host and the sandbox are left out. A host's looks into empty queues
are no part of a push, so they are not counted; what a sandbox sends is added by name.
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

from bench.by_hand import list_packages
from bench.figures import ratio, spread
from bench.filling import PER_IMAGE, fill
from bench.sections import Section
from core.advisories.compiler import compile_database
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.registry.events import Parsed, parse_event
from core.scanning.published import publish
from core.storage.account import open_account
from dev.images.hand import hand_advisories, hand_image
from dev.images.oci import MANIFEST, build_layout
from dev.inprocess import AzureMailbox, Delivered, HandedOver, InProcess, Mailbox
from dev.recording import Recorder
from dev.stack.azurite import start_azurite
from dev.stack.process import stop
from dev.stack.settings import Enrolled, app_settings
from dev.stack.stack import RESOURCE, SUBSCRIPTION
from functions.bootstrap import Services, build
from functions.settings import Settings, read_settings

LOGS = (0, 2_000, 20_000)
"""Events that the log holds before the pushes."""
TARGET = 60
PACKAGES = 250
VULNERABLE = 100
FILLING = 45.0
"""Seconds that making the log longer may take at a time: a busy machine does not get so far."""
WARM = 5
"""Pushes that are measured at each length of the log, after the first."""

SANDBOX: Mapping[str, int] = {"write blob inbox": 2, "add message sandbox-reports": 1}
"""What a sandbox sends: the inventory, the outcome, the report."""

_SERVER = "localhost:5000"
_SERIAL = re.compile(rb"urn:uuid:[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The requests of pushes over a log of one length, by operation."""

    events: int
    cold: Counter[str]
    """The first push that a process sees."""
    warm: Sequence[Counter[str]]
    """Pushes after it has read the head and the tail of every shard."""


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


async def measure(folder: Path) -> Sequence[Section]:
    """Count at each length of the log, each time in a process that has just been started."""
    azurite = await start_azurite(folder)
    try:
        desk = Desk(azurite.connection_string, await _inventory(folder))
        await desk.publish(folder)
        return sections([await desk.count(events) for events in LOGS])
    finally:
        await stop(azurite.process)


async def _inventory(folder: Path) -> bytes:
    """What a sandbox would bring: Trivy's own inventory of a hand-made image."""
    layout = folder / "image"
    build_layout(layout, hand_image(packages=PACKAGES, vulnerable=VULNERABLE))
    return await list_packages(layout)


class Desk:
    """Pushes images at the core, and counts."""

    def __init__(self, storage: str, inventory: bytes) -> None:
        self._storage = storage
        self._inventory = inventory
        self._recorder = Recorder()
        self._handed: dict[str, Delivered] = {}
        self._filled = 0

    async def publish(self, folder: Path) -> None:
        """Put the advisories in force."""
        records, database = folder / "advisories.jsonl", folder / "advisories.sqlite"
        records.write_bytes(hand_advisories(VULNERABLE))
        compiled = compile_database([records], database)
        async with open_account(self._storage) as account:
            log = await open_log(await account.tables.open("log"), account.artifacts)
            await publish(log, account.artifacts, database, records=compiled.advisories)

    async def count(self, events: int, *, warm: int = WARM) -> Counted:
        """Bring the log to that length, if time allows, then count pushes."""
        async with self._process() as app:
            await self._lengthen(app.services, events)
            length = await _length(app.services.log)
        async with self._process() as app:
            cold = await self._push(app)
            await _length(app.services.log)
            await app.services.runner.sweep()
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
        await services.runner.sweep()

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[InProcess]:
        """The app as a process that has just been started."""
        async with (
            open_account(self._storage, transport=self._recorder.transport) as account,
            QueueServiceClient.from_connection_string(
                self._storage, transport=self._recorder.transport()
            ) as queues,
        ):
            services = await build(_settings(self._storage), account, HandedOver(self._handed))
            yield InProcess(services=services, mailbox=AzureMailbox(queues))

    async def _push(self, app: InProcess) -> Counter[str]:
        """The requests from one push's event until every queue is empty again."""
        digest = f"sha256:{2 * uuid4().hex}"
        own = _SERIAL.sub(uuid4().urn.encode(), self._inventory, count=1)  # as every image's is
        self._handed[digest] = Delivered(sbom=own)
        looks = Looks(app.mailbox)
        observed = replace(app, mailbox=looks)
        self._recorder.take()
        await observed.services.intake.take(_pushed(digest))
        await observed.drain()
        return without_empty_looks(self._recorder.by_operation(), looks.fruitful) + Counter(SANDBOX)


async def _length(log: EventLog) -> int:
    """Events in the log; afterwards the process knows the head of every shard."""
    heads = [await log.head(shard) for shard in range(log.shards)]
    return sum(head.position for head in heads)


def without_empty_looks(sent: Counter[str], fruitful: Sequence[str]) -> Counter[str]:
    """The requests, but of the looks into queues only those that brought something."""
    others = {what: count for what, count in sent.items() if not what.startswith("read message ")}
    return Counter(others) + Counter(f"read message {queue}" for queue in fruitful)


def sections(counted: Sequence[Counted]) -> Sequence[Section]:
    """The counts at each length of the log, and one push's requests by operation."""
    first = spread(one.total() for one in counted[0].warm)
    one_push = counted[0].warm[-1]
    lengths = Section(
        title="Storage requests of one push",
        measured=f"From a push's event to its {VULNERABLE} findings in every view, over logs that"
        f" held that many events before; cold is a process's first push, warm are {WARM} after it"
        " has read every shard's head and tail; looks into empty queues are left out.",
        columns=(
            "events in the log",
            "cold",
            "warm, median",
            "warm, worst",
            "to target",
            "to first",
        ),
        rows=[_row(one, first.median) for one in counted],
    )
    operations = Section(
        title="The same, by operation",
        measured="The last warm push over the empty log; the sandbox's own three are those of the"
        " inbox and of its report.",
        columns=("operation and target", "requests"),
        rows=[(what, str(count)) for what, count in one_push.most_common()]
        + [("all", str(one_push.total()))],
    )
    return lengths, operations


def _row(one: Counted, first: float) -> Sequence[str]:
    warm = spread(push.total() for push in one.warm)
    return (
        f"{one.events:,}",
        str(one.cold.total()),
        f"{warm.median:.0f}",
        f"{warm.worst:.0f}",
        ratio(warm.median, TARGET),
        ratio(warm.median, first),
    )


def _settings(storage: str) -> Settings:
    enrolled = Enrolled(login_server=_SERVER, resource=RESOURCE)
    return read_settings(
        app_settings(storage=storage, registries=[enrolled], sandboxes=Path("unused"), more={})
    )


def _pushed(digest: str) -> Parsed:
    """The registry's event, as Event Grid hands it over."""
    now = datetime.now(UTC).isoformat()
    return parse_event(
        {
            "id": str(uuid4()),
            "topic": RESOURCE.id,
            "subject": "bench/image:v1",
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
                    "digest": digest,
                    "length": 1000,
                    "repository": f"bench/{digest[-8:]}",
                    "tag": "v1",
                },
                "request": {"id": str(uuid4()), "host": _SERVER, "method": "PUT"},
            },
        }
    )
