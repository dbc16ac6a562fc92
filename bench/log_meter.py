"""Times the log and a view over the storage emulator, each beside the bare SDK.

What is compared is measured in turns, so that whatever else the machine does meets both.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from azure.data.tables.aio import TableClient

from bench.figures import spread
from bench.log_bare import Bare, KeptRows
from core.domain.events import Source
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE
from core.domain.image.commands import RecordPull, RecordPush
from core.domain.values import ImageName
from core.log import layout
from core.log.bulk import Asked, handle_many
from core.log.handle import Cause, handle, load_state
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.projections.images import Images
from core.projections.interface import table_name
from core.projections.runner import Runner
from core.projections.view import View
from core.storage.account import Account
from core.storage.interface import Rows, Tables

TURNS = 80
"""Measurements of each kind."""
MANY = 240
"""Commands of which the rate is measured."""
WRITERS = 8
PROJECTED = 600
"""Events of which a view is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appends:
    """Seconds of one append, and of the same rows by the bare SDK."""

    events: int
    """In the log before."""
    bare: float
    warm: float
    cold: float
    load: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Commands and events per second."""

    single: float
    grouped: float
    bare_single: float
    """The very same transactions, by the bare SDK."""
    bare_grouped: float
    alone: float
    """One writer to one shard."""
    crowded: float
    """Several processes to one shard, together."""
    project: float
    bare: float
    """The events read and the view's rows written by the bare SDK."""


class Meter:
    """One storage account with one log, whose table is known."""

    def __init__(self, account: Account, bare: Bare, table: TableClient) -> None:
        self._account = account
        self._bare = bare
        self._table = table
        self._numbers = itertools.count(1)

    async def open(self) -> EventLog:
        """The log, as a process sees it that has just started."""
        return await open_log(await self._account.tables.open("log"), self._account.artifacts)

    async def appends(self, events: int) -> Appends:
        """One event to one stream: warm, cold, and bare, in turns."""
        first = await self.open()
        image = self._image(first, shard=0)
        await push(first, image)
        turns = [await self._turn(image, 2 * number) for number in range(TURNS)]
        medians = {name: spread(turn[name] for turn in turns).median for name in turns[0]}
        return Appends(events=events, **medians)

    async def _turn(self, image: ImageName, day: int) -> dict[str, float]:
        """Each of them once, in a process that has just started."""
        kept = KeptRows(await self._account.tables.open("log"))
        log = await open_log(kept, self._account.artifacts)
        cold = await timed(lambda: pull(log, image, day))
        kept.take()
        warm = await timed(lambda: pull(log, image, day + 1))
        bare = await self._bare.write(kept.take())
        load = await timed(lambda: load_state(log, IMAGE, image_stream(image)))
        return {"bare": bare, "warm": warm, "cold": cold, "load": load}

    async def rates(self) -> Rates:
        """How many a second, each beside what it is compared with."""
        kept = KeptRows(await self._account.tables.open("log"))
        log = await open_log(kept, self._account.artifacts)
        images = [self._image(log, shard=1) for _ in range(2 * MANY)]
        kept.take()
        single = await timed(lambda: one_by_one(log, images[:MANY]))
        bare_single = await self._bare.write(kept.take())
        grouped = await timed(lambda: handle_many(log, IMAGE, asked(images[MANY:])))
        bare_grouped = await self._bare.write(kept.take())
        alone = await timed(lambda: one_by_one(log, self._images(log, 2, MANY)))
        shares = [self._images(log, 3, MANY // WRITERS) for _ in range(WRITERS)]
        writers = [await self.open() for _ in shares]
        together = [
            one_by_one(writer, share) for writer, share in zip(writers, shares, strict=True)
        ]
        crowded = await timed(lambda: asyncio.gather(*together))
        project, bare = await self._project()
        return Rates(
            single=MANY / single,
            grouped=MANY / grouped,
            bare_single=MANY / bare_single,
            bare_grouped=MANY / bare_grouped,
            alone=MANY / alone,
            crowded=MANY / crowded,
            project=PROJECTED / project,
            bare=PROJECTED / bare,
        )

    async def _project(self) -> tuple[float, float]:
        """Seconds that the view of images takes for a shard's events, and the bare SDK."""
        log = await self.open()
        await handle_many(log, IMAGE, asked(self._images(log, 4, PROJECTED // 2)))
        tables = KeptTables(self._account.tables)
        runner = Runner(log, [View(Images(), tables, self._account.artifacts)])
        project = await timed(lambda: runner.catch_up(4))
        rows = tables.kept[table_name(Images())]
        first, last = layout.event_key(1), layout.event_key(PROJECTED + 1)
        read = await self._bare.read(self._table, layout.partition(4), first, last)
        return project, read + await self._bare.write(rows.take())

    def _images(self, log: EventLog, shard: int, count: int) -> list[ImageName]:
        return [self._image(log, shard) for _ in range(count)]

    def _image(self, log: EventLog, shard: int) -> ImageName:
        """An image that nobody has seen, and that lives in that shard."""
        return next(
            name
            for name in map(image_name, self._numbers)
            if log.shard_of(image_stream(name)) == shard
        )


class KeptTables:
    """An account's tables, each of which keeps what it is given."""

    def __init__(self, inner: Tables) -> None:
        self._inner = inner
        self.kept: dict[str, KeptRows] = {}

    async def open(self, name: str) -> Rows:
        if name not in self.kept:
            self.kept[name] = KeptRows(await self._inner.open(name))
        return self.kept[name]

    async def drop(self, name: str) -> None:
        await self._inner.drop(name)


async def timed(do: Callable[[], Awaitable[object]]) -> float:
    """The seconds that it takes."""
    began = time.perf_counter()
    await do()
    return time.perf_counter() - began


async def push(log: EventLog, image: ImageName) -> None:
    """The image is pushed: two events."""
    await handle(log, IMAGE, image_stream(image), pushed(image), _cause("push", image))


async def pull(log: EventLog, image: ImageName, day: int) -> None:
    """The image is pulled on another day: one event."""
    command = RecordPull(day=date(2026, 1, 1) + timedelta(days=day))
    await handle(log, IMAGE, image_stream(image), command, _cause("pull", image, day))


async def one_by_one(log: EventLog, images: Sequence[ImageName]) -> None:
    """Each image's push by itself."""
    for image in images:
        await push(log, image)


def asked(images: Sequence[ImageName]) -> list[Asked[RecordPush]]:
    """Every image's push, to be handled together."""
    return [
        Asked(stream=image_stream(one), command=pushed(one), cause=_cause("push", one))
        for one in images
    ]


def pushed(image: ImageName) -> RecordPush:
    """A push of that image."""
    return RecordPush(
        image=image,
        subscription="00000000-0000-4000-8000-000000000001",
        tag=None,
        media_type="application/vnd.oci.image.manifest.v1+json",
        size=1000,
        source=Source.PUSH,
        pushed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def image_name(number: int) -> ImageName:
    """One of many images."""
    return ImageName(
        registry="log.azurecr.io", repository="bench/log", digest=f"sha256:{number:064x}"
    )


def _cause(what: str, image: ImageName, *more: int) -> Cause:
    name = command_id(what, image.digest, *more)
    return Cause(command=name, correlation="bench", causation="bench")
