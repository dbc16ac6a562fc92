"""The app's core over a real storage emulator, twice: under a clear sky, and in the weather.

Every case is an image of its own, so thousands of cases share one storage account, and the log and
the views that they leave behind are checked as a whole at the end.
"""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.ids import bill_stream, image_stream, scan_id, tag_stream
from core.domain.values import ImageName, ScanId
from core.projections.interface import table_name
from core.projections.scans import OpenScans
from core.registry.events import Pushed
from core.sandbox.interface import Order
from core.sandbox.reports import Report, encode_report
from core.scanning.published import publish
from core.scanning.slots import Slots
from core.storage.account import RETRIES, Account, Retries, open_account
from dev.enrol import enrol
from dev.inprocess import Delivered, HandedOver
from functions.bootstrap import Services, build
from tests.faults.transport import Weather
from tests.support.desk import app_settings, push_event
from tests.support.integrity import Whole, check_log
from tests.support.ladders import Table, table
from tests.support.oracle import consult
from tests.support.samples import SUBSCRIPTION, image_name
from tests.support.sandboxes import VULNERABLE
from tests.support.shown import check_views
from tests.support.world import PROJECTIONS

STORY = ["ImagePushed", "ScanRequested", "ScanStarted", "InventoryTaken", "ScanCompleted"]
"""What happens to every image, once."""


@dataclass(slots=True)
class Rig:
    """The app, twice."""

    account: Account
    clear: Services
    """A process whose requests all arrive."""
    exposed: Services
    """A process in the weather."""
    weather: Weather
    slots: Slots
    cases: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    seen: list[ImageName] = field(default_factory=list)

    def image(self) -> int:
        """The number of an image that nothing has happened to."""
        number = next(self.cases)
        self.seen.append(image_name(number))
        return number

    async def recover(self) -> None:
        """There are only the timers, for as long as a scan is open or a slot is taken: a sandbox
        that was never started, though its start was recorded, is missed by the watch-dog."""
        now = datetime.now(UTC)
        open_scans = await self.account.tables.open(table_name(OpenScans()))
        for look in range(100):
            await self.clear.following.runner.sweep()
            await self.clear.scanning.watchdog.look(now + timedelta(minutes=look * 5))
            await self.clear.following.runner.sweep()
            if not await table(open_scans) and not await self.slots.taken():
                return
        raise AssertionError("some scans never end")

    async def check_image(self, number: int) -> int:
        """Whatever happened to the image happened once; how many attempts came to nothing."""
        name = image_name(number)
        told = Counter(await self._story(image_stream(name)))
        failed = told.pop("ScanFailed", 0)
        assert told == Counter(STORY) + Counter({"ScanStarted": failed})
        tag = tag_stream(name.registry, name.repository, tag_of(number))
        assert await self._story(tag) == ["TagPointed"]
        assert await self._story(bill_stream(SUBSCRIPTION, name.digest)) == ["ImageBilled"]
        assert await self.slots.taken() == []
        return failed

    async def check_everything(self) -> Whole:
        """The log is whole, and every view shows what it says."""
        await self.clear.following.runner.sweep()
        oracle = await consult(self.clear.log, self.account.artifacts, self.seen)
        check_views(await self._shown(), oracle)
        return await check_log(await self.account.tables.open("log"), self.account.artifacts)

    async def _story(self, stream: str) -> list[str]:
        history = await self.clear.log.history(stream)  # type: ignore[arg-type]  # any stream's
        return [type(one.event).__name__ for one in history]

    async def _shown(self) -> dict[str, Table]:
        open_table = self.account.tables.open
        return {one.name: await table(await open_table(table_name(one))) for one in PROJECTIONS}


def tag_of(number: int) -> str:
    """Every image has a tag of its own."""
    return f"v{number}"


def scan_of(number: int) -> ScanId:
    """An image's first scan."""
    return scan_id(image_stream(image_name(number)), 1)


def pushed(number: int) -> Pushed:
    """The registry's event of an image's only push."""
    return push_event(f"push-{number}", number, tag_of(number), minute=number)


async def take(services: Services, number: int) -> None:
    """The event of a push comes in."""
    await services.scanning.intake.take(pushed(number))


async def start(services: Services, number: int) -> None:
    """A message says that the scan waits."""
    await services.scanning.starter.start_waiting(scan_of(number))


async def report(services: Services, number: int) -> None:
    """A message says that the sandbox has ended."""
    message = encode_report(Report(scan=scan_of(number), attempt=1))
    await services.scanning.reports.take(message.encode())


async def follow(services: Services, number: int) -> None:
    """A hint says that the image's shard has news."""
    await services.following.runner.catch_up(
        services.log.shard_of(image_stream(image_name(number)))
    )


type Step = Callable[[Services, int], Awaitable[None]]

STEPS: tuple[Step, ...] = (take, start, report, follow)
"""The way of an image: append and dispatch, start, report, project and process."""


AT_ONCE = Retries(**(RETRIES | {"increment_base": 0, "retry_backoff_factor": 0.0}))
"""What the SDKs wait before they ask again is not what is tried here."""


class Anything(dict[str, Delivered]):
    """What sandboxes bring out of any image at all."""

    def __missing__(self, digest: str) -> Delivered:
        return VULNERABLE


@dataclass(slots=True)
class Repeatable(HandedOver):
    """Sandboxes that start once for an attempt, as the port promises."""

    known: set[tuple[ScanId, int]] = field(default_factory=set)

    async def start(self, *orders: Order) -> None:
        fresh = [one for one in orders if (one.scan, one.attempt) not in self.known]
        self.known |= {(one.scan, one.attempt) for one in fresh}
        await HandedOver.start(self, *fresh)


@asynccontextmanager
async def rigged(storage: str, refusing: str, advisories: Path) -> AsyncIterator[Rig]:
    """The app over that storage account, which nobody else uses."""
    weather = Weather(refusing)
    sandboxes = Repeatable(Anything())
    async with (
        open_account(storage) as account,
        open_account(storage, transport=weather.transport, retries=AT_ONCE) as exposed,
    ):
        services = await build(app_settings(), account, sandboxes)
        await enrol(services)
        await publish(services.log, account.artifacts, advisories, records=1)
        yield Rig(
            account=account,
            clear=services,
            exposed=await build(app_settings(), exposed, sandboxes),
            weather=weather,
            slots=Slots(await account.tables.open("slots"), total=4, reserved=1),
        )
