"""One image and all that happens to it, told in weeks, on the real local stack.

The app's time is moved through its host (`dev/host/clock.py`). What the registry tells is played by
hand, since its clock cannot be moved: people push through a side door to the same images, of which
nobody is told, and the translator hears of it as late as the story has it.
"""

import os
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from dev.images.hand import hand_image
from dev.stack.acr_events import Notifications
from dev.stack.process import Process, stop
from dev.stack.registry import IMAGES, Registry, start_registry
from dev.stack.skopeo import delete
from dev.stack.translator import CONTENT_TYPE, PATH
from tests.e2e.push_to_findings.client import Client, Fact, Json, until, until_run

COMPANION = "weeks/companion"
"""The repository of an image that others use."""


@dataclass(slots=True, kw_only=True)
class Door:
    """The process that answers at the registry's address, which may be another for a while."""

    folder: Path
    address: str
    process: Process
    opened: int = 0

    @asynccontextmanager
    async def shut(self) -> AsyncIterator[None]:
        """Nobody is let in, until the block ends."""
        await self._exchange(closed=True)
        try:
            yield
        finally:
            await self._exchange(closed=False)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Whoever asks waits for an answer, until the block ends."""
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    async def _exchange(self, *, closed: bool) -> None:
        await stop(self.process)
        self.opened += 1
        registry = await start_registry(
            self.folder / f"door-{self.opened}",
            notify=None,
            port=int(self.address.rpartition(":")[2]),
            images=self.folder / IMAGES,
            closed=closed,
        )
        assert registry.login_server == self.address, "somebody else took the registry's port"
        self.process = registry.process


@dataclass(slots=True, kw_only=True)
class World:
    """The stack, its time, its registry's doors, and somebody who uses all of it."""

    client: Client
    door: Door
    side: Registry
    """Serves the same images, and tells nobody."""
    companion: str = ""
    """The digest of an image that others use meanwhile: while nothing at all is told of a registry,
    it is not known who pulls."""

    async def moves(self, **time: float) -> datetime:
        """Time passes, at once; what time it is then."""
        body = {"seconds": timedelta(**time).total_seconds()}
        url, key = f"{self.client.stack.http}/admin/clock", self.client.stack.master_key
        headers = {"x-functions-key": key}
        async with self.client.session.post(url, json=body, headers=headers) as response:
            assert response.status == 200, await response.text()
            return datetime.fromisoformat((await response.json())["now"])

    async def switches(self, *, on: bool) -> None:
        """Somebody switches the plan."""
        stack = self.client.stack
        url, headers = f"{stack.http}/api/plans/{stack.subscription}", self.client.headers()
        async with self.client.session.put(url, json={"on": on}, headers=headers) as response:
            assert response.status == 200, await response.text()

    async def tells(self, facts: Sequence[Fact]) -> None:
        """The registry's notifications reach the translator, and what follows reaches the app."""
        registry, url = self.client.stack.registry, self.client.stack.translator
        events = [one.notification(registry) for one in facts]
        body = msgspec.json.encode(Notifications(events=events))
        headers = {"Content-Type": CONTENT_TYPE}
        async with self.client.session.post(f"{url}{PATH}", data=body, headers=headers) as response:
            assert response.status == 202, await response.text()

        async def delivered() -> bool:
            async with self.client.session.get(f"{url}/status") as response:
                waiting: int = (await response.json())["waiting"]
                return waiting == 0

        await until(delivered)


@dataclass(slots=True, kw_only=True)
class Story:
    """What people and the registry do with one image, and what the app makes of it."""

    world: World
    repository: str
    digest: str = ""

    def like(self, name: str) -> "Story":
        """The story of another image, in the same world."""
        return Story(world=self.world, repository=f"{self.repository}/{name}")

    async def stored(
        self, tag: str = "v1", *, label: str = "", packages: int = 2, vulnerable: int = 0
    ) -> str:
        """Somebody pushes an image, of which nobody is told yet; its digest."""
        label = f"{self.repository} {label}"
        content = hand_image(packages=packages, vulnerable=vulnerable, label=label)
        side = self.world.side.login_server
        self.digest = await self.world.client.push_to(side, content, self.repository, tag)
        return self.digest

    async def tells(self, action: str, tag: str | None = "v1") -> None:
        """The registry tells what was done to the image, now."""
        at = await self.world.moves()
        fact = Fact(action=action, repository=self.repository, digest=self.digest, tag=tag, at=at)
        await self.world.tells([fact])

    async def pushed(self, *, vulnerable: int = 0) -> None:
        """Somebody pushes the image, all hear of it, and it gets its verdict."""
        await self.stored(vulnerable=vulnerable)
        await self.tells("push")
        await self.shows(freshness="Current")

    async def deleted(self) -> None:
        """Somebody deletes the image, of which nobody is told."""
        await delete(self.world.side.login_server, self.repository, self.digest)

    async def days(self, count: int) -> None:
        """Days go by, on each of which somebody pulls the image."""
        begin = await self.world.moves()
        await self.world.tells(
            [self._pull(begin + timedelta(days=day)) for day in range(1, count + 1)]
        )
        await self._read(await self.world.moves(days=count))

    async def weeks(self, count: int) -> None:
        """Weeks go by, in which others use another image."""
        other = Story(world=self.world, repository=COMPANION, digest=self.world.companion)
        for _ in range(count):
            now = await self.world.moves(days=7)
            days = (now - timedelta(days=3), now)
            await self.world.tells([other._pull(day) for day in days])
            await other._read(now)

    def _pull(self, at: datetime) -> Fact:
        return Fact(action="pull", repository=self.repository, digest=self.digest, at=at)

    async def _read(self, now: datetime) -> None:
        """The registry's log is read, up to the pull of that day."""
        await self.world.client.run("pulls")
        await self.shows(pulledOn=now.date().isoformat())

    async def swept(self) -> None:
        """A day later the registry is swept."""
        await self.world.moves(days=1)
        await self.world.client.run("reconcile")

    async def image(self) -> dict[str, Json] | None:
        """The image as the list of its repository shows it; `None` where it does not."""
        return (await self.world.client.images(self.repository)).get(self.digest)

    async def shows(self, timer: str = "", **expected: Json) -> dict[str, Json]:
        """The image, once it is as expected; that timer is fired for it, where there is one."""

        async def look() -> dict[str, Json] | None:
            image = await self.image()
            if image is not None and {name: image[name] for name in expected} == expected:
                return image
            return None

        return await (until_run(self.world.client, timer, look) if timer else until(look))

    async def leaves(self) -> None:
        """The image is in the list of its repository no more, or soon will not be."""

        async def look() -> bool:
            return await self.image() is None

        await until(look)

    async def went(self, *events: str) -> None:
        """What happened to the image ends with these events, pulls left out, or will soon."""

        async def look() -> bool:
            if await self.image() is None:
                return False
            timeline = await self.world.client.timeline(self.repository, self.digest)
            happened = [one for one in timeline if one != "ImagePulled"]
            return happened[-len(events) :] == list(events)

        await until(look)

    async def asked(self) -> list[Json]:
        """Why scans of it were asked for."""
        asked = [one["details"] for one in await self._happened("ScanRequested")]
        return [details["reason"] for details in asked if isinstance(details, dict)]

    async def moment(self, event: str) -> datetime:
        """When that happened to it first."""
        return datetime.fromisoformat(str((await self._happened(event))[0]["at"]))

    async def _happened(self, event: str) -> list[dict[str, Json]]:
        timeline = (await self.world.client.image(self.repository, self.digest))["timeline"]
        assert isinstance(timeline, list)
        return [one for one in timeline if isinstance(one, dict) and one["event"] == event]

    async def count(self, event: str) -> int:
        """How often that happened to it."""
        return (await self.world.client.timeline(self.repository, self.digest)).count(event)

    async def bills(self) -> int:
        """How many lines the ledger has of its digest, in whichever month, once it has one."""
        begun, now = datetime.now(UTC), await self.world.moves()
        days = range((now - begun).days + 2)
        months = sorted({f"{begun + timedelta(days=day):%Y-%m}" for day in days})

        async def look() -> int:
            ask = self.world.client.ask
            asked = [ask("/api/billing", month=one, reason="billed", limit="500") for one in months]
            lines = [line for one in asked for line in (await one).value]
            return sum(line["digest"] == self.digest for line in lines)

        return await until(look)
