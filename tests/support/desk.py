"""The app's core over memory, with sandboxes by hand: a test pushes, steps, and looks.

Everything runs that runs in the Functions host, but for the host; what a sandbox brings out of an
image is said beforehand.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from core.advisories.compiler import compile_database
from core.domain.events import Priority, ScanReason, TagPointed
from core.domain.ids import command_id, image_stream, scan_id, tag_stream
from core.domain.image import IMAGE, Command, Image
from core.domain.image.commands import RequestScan
from core.domain.recorded import Recorded
from core.domain.values import FailureCause, Freshness
from core.log import layout
from core.log.handle import Cause, current, handle
from core.log.interface import Append, Stream
from core.notifications.topic import Topic
from core.processes.dispatch import Dispatch
from core.projections.images import image_key
from core.reconcile.holdings import Connect
from core.registry.activity import ActivityLog
from core.registry.client import RegistryClient
from core.registry.events import Deleted, Pushed
from core.registry.references import parse_resource
from core.scanning.published import publish
from core.scanning.rescans import Look
from core.scanning.slots import Claim, Slots
from core.scanning.weighing import Weighing
from core.storage.account import Account
from core.storage.memory import MemoryInbox, MemoryQueues
from core.telemetry.interface import Telemetry
from dev.enrol import enrol
from dev.inprocess import InProcess, MemoryMailbox, memory_account
from functions.bootstrap import build
from functions.settings import Settings, read_settings
from tests.faults.storage import Interceptor, intercepted
from tests.support.advisories import Json, below, record, write
from tests.support.images import fail, push, start
from tests.support.samples import MANIFEST, REGISTRY, SUBSCRIPTION, at, digest, image_name
from tests.support.sandboxes import Sandboxes
from tests.support.tables import BILLING, IMAGES, all_rows

RESOURCE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/demo"
    "/providers/Microsoft.ContainerRegistry/registries/demo"
)

ZLIB = record("DEBIAN-CVE-2026-1", below("Debian:12", "zlib", "1.3"), upstream=["CVE-2026-1"])
"""An advisory that `VULNERABLE` has and `CLEAN` has not."""


@dataclass(slots=True)
class Desk:
    """The app, its storage, and its sandboxes."""

    account: Account
    app: InProcess
    sandboxes: Sandboxes
    slots: Slots
    events: int = 0
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """What the time is, for whoever is told; it passes when a test says so."""

    async def push(
        self, number: int = 1, tag: str | None = "latest", *, minute: int | None = None
    ) -> None:
        """The registry says that image `number` was pushed."""
        await self.app.services.scanning.intake.take(self.pushed(number, tag, minute=minute))

    def pushed(
        self, number: int = 1, tag: str | None = "latest", *, minute: int | None = None
    ) -> Pushed:
        """The event of a push; a later one has a later time, unless told otherwise."""
        self.events += 1
        minute = self.events if minute is None else minute
        return push_event(f"event-{self.events}", number, tag, minute=minute)

    async def delete(self, number: int = 1, *, minute: int | None = None) -> None:
        """The registry says that image `number` was deleted."""
        await self.app.services.scanning.intake.take(self.deleted(number, minute=minute))

    def deleted(self, number: int = 1, *, minute: int | None = None) -> Deleted:
        """The event of a deletion; a later one has a later time, unless told otherwise."""
        self.events += 1
        return Deleted(
            id=f"event-{self.events}",
            resource=parse_resource(RESOURCE),
            login_server=REGISTRY,
            repository=image_name(number).repository,
            digest=digest(number),
            timestamp=at(self.events if minute is None else minute),
        )

    async def ask(
        self,
        reason: ScanReason = ScanReason.REQUEST,
        priority: Priority = Priority.RESCAN,
        *,
        number: int = 1,
        advisories: int = 0,
    ) -> None:
        """Somebody asks for a scan of image `number`."""
        command = RequestScan(reason=reason, priority=priority, advisories=advisories)
        image = await self.tell(number, command)
        await Dispatch(self.account.queues).waiting(image)

    async def wait_for_rescan(self, number: int) -> None:
        """Image `number`, whose first scan came to nothing, waits for a sandbox once more, as a
        rescan does."""
        scan = scan_id(image_stream(image_name(number)), 1)
        await self.tell(number, replace(push(number=number), tag=None))
        await self.tell(number, replace(start(), scan=scan))
        await self.tell(number, replace(fail(FailureCause.PULL_DENIED), scan=scan))
        await self.ask(ScanReason.PULLED, number=number)

    async def wait(self, **time: float) -> None:
        """Let time pass: what is recorded from now on is as late, because within a shard time never
        runs backwards."""
        self.now += timedelta(**time)
        log, missing = self.app.services.log, set(range(self.app.services.log.shards))
        for number in itertools.count():
            stream = tag_stream(REGISTRY, "clock", f"{self.now.timestamp()}-{number}")
            if log.shard_of(stream) in missing:
                await log.append([_tick(await log.load(stream), number)], now=self.now)
                missing.discard(log.shard_of(stream))
            if not missing:
                break
        await self.app.services.following.runner.sweep()

    async def rescan(self) -> Look:
        """The timer of rescans, and whatever follows."""
        look = await self.app.services.scanning.rescans.look(self.now)
        await self.app.drain()
        return look

    async def trust(self, number: int = 1) -> Freshness:
        """How far the verdict on image `number` can be trusted by now, as its row tells."""
        services = self.app.services
        stream = image_stream(image_name(number))
        shard = services.log.shard_of(stream)
        rows = await self.account.tables.open(IMAGES)
        row = await rows.get(layout.partition(shard), image_key(stream))
        assert row is not None
        return (await services.scanning.rescans.trust(self.now)).freshness(shard, row.cells)

    async def tell(self, number: int, command: Command) -> Image:
        """A command to image `number`, always a new one."""
        self.events += 1
        cause = Cause(command=command_id("told", self.events), correlation="", causation="")
        stream = image_stream(image_name(number))
        handled = await handle(self.app.services.log, IMAGE, stream, command, cause)
        await Dispatch(self.account.queues).news(handled.shard)
        return handled.state

    async def look(self, minutes: float = 0) -> None:
        """The watch-dog looks, so many minutes from now; then whatever follows."""
        await self.app.services.scanning.watchdog.look(
            datetime.now(UTC) + timedelta(minutes=minutes)
        )
        await self.app.drain()

    async def image(self, number: int = 1) -> Image:
        """Image `number` as its stream says."""
        return await current(self.app.services.log, IMAGE, image_stream(image_name(number)))

    async def history(self, number: int = 1) -> list[Recorded]:
        """The events of image `number`."""
        return await self.app.services.log.history(image_stream(image_name(number)))

    async def story(self, number: int = 1) -> list[str]:
        """The types of the events of image `number`."""
        return [type(one.event).__name__ for one in await self.history(number)]

    async def taken(self) -> list[Claim]:
        """The slots that are taken."""
        return await self.slots.taken()

    async def table(self, name: str) -> dict[str, Mapping[str, object]]:
        """A view's rows by key, without checkpoints."""
        rows = await all_rows(await self.account.tables.open(name))
        return {row.key: row.cells for row in rows if not row.key.startswith("!")}

    async def bills(self) -> list[Mapping[str, object]]:
        """The ledger's lines of digests that were charged."""
        rows = (await self.table(BILLING)).items()
        return [row for key, row in rows if key.startswith("b|") and row["reason"] == "billed"]

    def counted(self) -> Mapping[str, int]:
        """What was refused or dropped."""
        return self.app.services.counters.read()


def push_event(name: str, number: int, tag: str | None, *, minute: int) -> Pushed:
    """The registry's event, of that name, of a push of image `number`."""
    return Pushed(
        id=name,
        resource=parse_resource(RESOURCE),
        login_server=REGISTRY,
        repository=image_name(number).repository,
        digest=digest(number),
        tag=tag,
        media_type=MANIFEST,
        size=1234,
        timestamp=at(minute),
    )


def _tick(stream: Stream, number: int) -> Append:
    """An event that concerns no image, and whose time does."""
    event = TagPointed(
        registry=REGISTRY,
        repository="clock",
        tag="tick",
        digest=digest(number),
        previous=None,
        pointed_at=at(0),
    )
    return Append(
        stream=stream,
        events=[event],
        command=command_id("tick", stream.id),
        correlation="",
        causation="",
        fold=b"{}",
        fold_schema="",
    )


def compiled(folder: Path, *records: Json) -> Path:
    """A database of advisories."""
    out = folder / "advisories.sqlite"
    compile_database([write(folder / "records.jsonl", records)], out)
    return out


def app_settings(
    slots: int = 4, reserved: int = 1, more: Mapping[str, str] | None = None
) -> Settings:
    """One registry is enrolled, there are so many slots, and `more` is said beside that."""
    return read_settings(
        {
            "AzureWebJobsStorage": "memory",
            "PRATIQUE_SLOTS": str(slots),
            "PRATIQUE_RESERVED_SLOTS": str(reserved),
            "PRATIQUE_REGISTRIES": msgspec.json.encode(
                [{"loginServer": REGISTRY, "resourceId": RESOURCE}]
            ).decode(),
            **(more or {}),
        }
    )


async def desk(
    advisories: Path | None = None,
    *,
    account: Account | None = None,
    sandboxes: Sandboxes | None = None,
    slots: int = 4,
    reserved: int = 1,
    by: Interceptor | None = None,
    topic: Topic | None = None,
    activities: ActivityLog | None = None,
    connect: Connect = RegistryClient,
    weighing: Weighing | None = None,
    more: Mapping[str, str] | None = None,
    telemetry: Telemetry | None = None,
    enrolled: bool = True,
) -> Desk:
    """The app over memory, with those advisories in force; `by` stands between it and storage, and
    `more` are further settings. Unless told otherwise, its registry gets enrolled."""
    account = account or memory_account()
    assert isinstance(account.inbox, MemoryInbox)
    assert isinstance(account.queues, MemoryQueues)
    sandboxes = sandboxes or Sandboxes(account.inbox, account.queues)
    settings = app_settings(slots, reserved, more)
    made = partial(
        build,
        settings,
        sandbox=sandboxes,
        topic=topic,
        activities=activities,
        connect=connect,
        weighing=weighing,
        telemetry=telemetry,
    )
    services = await made(account)
    if enrolled:
        await enrol(services)
    if by is not None:
        services = await made(intercepted(account, by))
    if advisories is not None:
        await publish(services.log, account.artifacts, advisories, records=1)
    return Desk(
        account=account,
        app=InProcess(services=services, mailbox=MemoryMailbox(account.queues)),
        sandboxes=sandboxes,
        slots=Slots(await account.tables.open("slots"), total=slots, reserved=reserved),
    )
