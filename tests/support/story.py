"""One image and all that happens to it, told in days: its registry, its users, and the app.

The app is the whole core over memory (`tests/support/desk.py`). The registry answers on loopback
and raises events; the log of activities says who pulled. Time passes a day at a time: every day
the timers run as they do in the Functions host.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from core.domain import events as e
from core.domain.image import Image
from core.domain.values import Freshness, ScanId
from core.projections.findings import Findings
from core.projections.images import Images
from core.projections.interface import table_name
from core.projections.scans import OpenScans
from core.registry.activity import Operation
from core.registry.references import parse_resource
from core.scanning.published import publish
from dev.inprocess import Delivered
from tests.support.activities import Activities
from tests.support.advisories import Json
from tests.support.desk import RESOURCE, Desk, compiled, desk
from tests.support.samples import REPOSITORY, SUBSCRIPTION, digest
from tests.support.sweeping import FakeRegistry, client_of, serving

IMAGE, ANOTHER = 1, 9
"""The image that a story is about, and one that others use meanwhile."""


@dataclass(slots=True)
class Story:
    """What people and the registry do, and what the app makes of it."""

    app: Desk
    registry: FakeRegistry
    activities: Activities
    folder: Path

    def holds(self, content: Delivered) -> None:
        """What a sandbox will find in the image."""
        self.app.sandboxes.brings[digest(IMAGE)] = content

    async def pushed(self, tag: str = "latest", *, told: bool = True) -> None:
        """Somebody pushes the image; the registry's event may get lost."""
        self.registry.push(REPOSITORY, IMAGE, tag)
        if told:
            await self.hears_of_a_push(tag)

    async def hears_of_a_push(self, tag: str = "latest") -> None:
        """The event of a push arrives."""
        event = replace(self.app.pushed(IMAGE, tag), timestamp=self.app.now)
        await self.app.app.services.scanning.intake.take(event)
        await self.app.app.drain()

    async def reads_of_an_import(self, tag: str = "latest") -> None:
        """The log of activities has a row of an import, and the timer finds it."""
        self.activities.pulled(IMAGE, self.app.now, operation=Operation.IMPORT)
        await self.app.app.services.holdings.importer.run(self.app.now + timedelta(minutes=5))
        await self.settled()

    async def sweeps(self) -> None:
        """The registry is swept."""
        self.registry.now = self.app.now
        await self.app.app.services.holdings.sweeper.run(parse_resource(RESOURCE), self.app.now)
        await self.settled()

    async def deleted(self, *, told: bool = True) -> None:
        """Somebody deletes the image; the registry's event may get lost."""
        self.registry.repositories[REPOSITORY].pop(digest(IMAGE))
        if told:
            event = replace(self.app.deleted(IMAGE), timestamp=self.app.now)
            await self.app.app.services.scanning.intake.take(event)
            await self.app.app.drain()

    async def days(self, count: int, *, pulled: int | None = None) -> None:
        """Days go by, with their timers; every day somebody pulls that image."""
        for _ in range(count):
            await self.app.wait(days=1)
            self.registry.now = self.app.now
            if pulled is not None:
                self.activities.pulled(pulled, self.app.now)
            await self.app.app.services.holdings.pulls.look(self.app.now)
            await self.app.app.drain()
            await self.app.rescan()

    async def publishes(self, *records: Json) -> None:
        """Other advisories come into force, and the fleet is assessed with them."""
        services = self.app.app.services
        database = compiled(self.folder, *records)
        await publish(services.log, self.app.account.artifacts, database, records=len(records))
        await self.settled()
        await services.reassessor.run()
        await self.settled()

    async def switches(self, *, on: bool) -> None:
        """Somebody switches the plan, and every process hears of it."""
        services = self.app.app.services
        await services.plans.switch(SUBSCRIPTION, on=on, by="somebody")
        services.enrolment.forget()

    async def settled(self) -> None:
        """Whatever follows has followed."""
        await self.app.app.drain()
        await self.app.app.services.following.runner.sweep()
        await self.app.app.drain()

    async def image(self) -> Image:
        """The image, as its stream says."""
        return await self.app.image(IMAGE)

    async def trust(self) -> Freshness:
        """How far its verdict can be trusted, as its row says."""
        return await self.app.trust(IMAGE)

    async def scans(self) -> list[tuple[e.ScanReason, e.Priority]]:
        """The scans that were asked for: why, and in which queue."""
        asked: dict[ScanId, tuple[e.ScanReason, e.Priority]] = {}
        for one in await self.app.history(IMAGE):
            if isinstance(one.event, e.ScanRequested):
                asked.setdefault(one.event.scan, (one.event.reason, one.event.priority))
        return list(asked.values())

    async def shown(self) -> set[str]:
        """The views that have rows of it: `images`, `findings`, `openscans`."""
        views = (Images(), Findings(), OpenScans())
        kept = {one.name: await self.app.table(table_name(one)) for one in views}
        return {
            name
            for name, rows in kept.items()
            if any(key.startswith(("i|", "c|", "o|")) for key in rows)
        }

    @property
    def sandboxes(self) -> int:
        """How many were started."""
        return len(self.app.sandboxes.started)


@asynccontextmanager
async def story(advisories: Path, folder: Path) -> AsyncIterator[Story]:
    """A registry whose plan is on, with nothing in it."""
    activities = Activities()
    async with serving(FakeRegistry()) as (registry, server):
        app = await desk(advisories, activities=activities, connect=lambda _: client_of(server))
        registry.now = app.now
        yield Story(app=app, registry=registry, activities=activities, folder=folder)
