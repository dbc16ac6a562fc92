"""A registry of the test that can be changed at any moment, and a core that sweeps it."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from core.counters import Counters
from core.domain.events import Source
from core.domain.ids import command_id, image_stream
from core.domain.image import IMAGE, Command, Image
from core.domain.image.commands import RecordPush
from core.domain.registries import Registered
from core.domain.values import ImageName
from core.enrolment.discovery import Discovery
from core.enrolment.enrolment import Enrolment
from core.enrolment.interface import FoundRegistry, ListedRegistries
from core.enrolment.plans import Plans
from core.log.handle import Cause, current, handle
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.processes.dispatch import SWEEPS, Dispatch
from core.processes.follower import ProcessFollower
from core.processes.tags import TagProcess
from core.projections.follower import Follower
from core.projections.images import Images
from core.projections.interface import table_name
from core.projections.runner import Runner
from core.projections.view import View
from core.reconcile.recording import Recorder
from core.reconcile.sweeper import Pace, Sweeper
from core.reconcile.sweeps import Sweeps
from core.registry.client import RegistryClient
from core.registry.interface import Endpoint
from core.registry.patience import Patience
from core.registry.references import RegistryResource
from core.storage.interface import Queues, Tables
from core.storage.memory import MemoryArtifacts, MemoryQueues, MemoryTables
from tests.support.samples import MANIFEST, SUBSCRIPTION, digest

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RESOURCE = RegistryResource(subscription=SUBSCRIPTION, resource_group="demo", name="demo")
HASTY = Patience(answer=10.0, tries=2, first_pause=0.01, longest_pause=0.02)
_MANIFEST = re.compile(r"/v2/(.+)/manifests/(.+)")


@dataclass(slots=True)
class Held:
    """A manifest that the registry has."""

    tags: set[str]
    updated: datetime


@dataclass(slots=True)
class FakeRegistry:
    """Answers what a sweep asks, as registries do, on loopback."""

    repositories: dict[str, dict[str, Held]] = field(default_factory=dict)
    now: datetime = NOW
    hidden: set[str] = field(default_factory=set)
    """Digests that listings leave out, though they are there."""
    trouble: dict[str, int] = field(default_factory=dict)
    """Statuses that paths are answered with instead."""
    asked: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    """Happens before an answer is made, whatever that does."""

    def push(self, repository: str, number: int, *tags: str, days_ago: int = 0) -> None:
        """Image `number` is pushed under those tags, which leave whatever they were on."""
        images = self.repositories.setdefault(repository, {})
        for image in images.values():
            image.tags -= set(tags)
        held = images.setdefault(digest(number), Held(set(), self.now))
        held.tags |= set(tags)
        held.updated = self.now - timedelta(days=days_ago)

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(f"{request.method} {request.path}")
        self.before(request.path)
        headers = {"Date": format_datetime(self.now, usegmt=True)}
        for path, status in self.trouble.items():
            if path in request.path:
                return web.Response(status=status, headers=headers)
        return self._answer(request, headers)

    def _answer(self, request: web.BaseRequest, headers: dict[str, str]) -> web.Response:
        path = request.path
        if path == "/v2/_catalog":
            last = request.query.get("last", "")
            names = sorted(one for one in self.repositories if one > last)
            return web.json_response({"repositories": names}, headers=headers)
        if found := re.fullmatch(r"/v2/(.+)/tags/list", path):
            listed = self._listed(found[1])
            if listed is None:
                return web.Response(status=404, headers=headers)
            tags = sorted(tag for one in listed.values() for tag in one.tags)
            return web.json_response({"tags": tags}, headers=headers)
        if found := re.fullmatch(r"/acr/v1/(.+)/_manifests", path):
            return self._manifests(self._listed(found[1]), headers)
        found = _MANIFEST.fullmatch(path)
        assert found is not None, path
        return self._manifest(found[1], found[2], headers)

    def _listed(self, repository: str) -> dict[str, Held] | None:
        images = self.repositories.get(repository)
        if images is None:
            return None
        return {name: one for name, one in images.items() if name not in self.hidden}

    def _manifests(self, listed: dict[str, Held] | None, headers: dict[str, str]) -> web.Response:
        if listed is None:
            return web.Response(status=404, headers=headers)
        manifests = [
            {
                "digest": name,
                "tags": sorted(one.tags) or None,
                "mediaType": MANIFEST,
                "lastUpdateTime": one.updated.isoformat(),
            }
            for name, one in listed.items()
        ]
        return web.json_response({"manifests": manifests}, headers=headers)

    def _manifest(self, repository: str, name: str, headers: dict[str, str]) -> web.Response:
        for found, held in self.repositories.get(repository, {}).items():
            if name == found or name in held.tags:
                headers |= {"Docker-Content-Digest": found, "Content-Type": MANIFEST}
                return web.Response(headers=headers)
        return web.Response(status=404, headers=headers)


def client_of(server: str) -> RegistryClient:
    """Asks the registry at that host and port."""
    return RegistryClient(Endpoint(login_server=server, plain_http=True), None, HASTY)


@dataclass(slots=True)
class Swept:
    """A core, the registry that it sweeps, and what is known of it."""

    registry: FakeRegistry
    server: str
    login_server: str
    log: EventLog
    tables: Tables
    queues: Queues
    memory: MemoryQueues
    """The queues themselves."""
    artifacts: MemoryArtifacts
    plans: Plans
    enrolment: Enrolment
    runner: Runner
    counters: Counters
    told: int = 0

    def connect(self, endpoint: Endpoint) -> RegistryClient:
        """Opens the test's registry, whatever it is called."""
        return client_of(self.server)

    @property
    def recorder(self) -> Recorder:
        return Recorder(self.log, Dispatch(self.queues))

    async def sweeper(self) -> Sweeper:
        """One that has just been started."""
        return Sweeper(
            self.enrolment,
            self.connect,
            await self.tables.open(table_name(Images())),
            Sweeps(await self.tables.open("sweeps")),
            self.recorder,
            Dispatch(self.queues),
            Pace(every=timedelta(hours=24), window=timedelta(days=30)),
        )

    async def sweep(self, now: datetime | None = None) -> bool:
        """A slice of a sweep, and all that follows from it."""
        sweeper = await self.sweeper()
        done = await sweeper.run(RESOURCE, now or self.registry.now)
        await self.settle()
        return done

    async def settle(self) -> None:
        """Bring views and tags to the log's end."""
        await self.runner.sweep()
        await self.runner.sweep()

    async def hear(
        self, repository: str, number: int, tag: str | None = None, *, at: datetime | None = None
    ) -> None:
        """The event of a push arrives."""
        name = self.name(repository, number)
        push = RecordPush(
            image=name,
            subscription=SUBSCRIPTION,
            tag=tag,
            media_type=MANIFEST,
            size=1,
            source=Source.PUSH,
            pushed_at=at or self.registry.now,
        )
        await self.tell(name, push)
        await self.settle()

    async def tell(self, name: ImageName, command: Command) -> None:
        """A command to an image, always a new one."""
        self.told += 1
        cause = Cause(command=command_id("told", self.told), correlation="", causation="")
        await handle(self.log, IMAGE, image_stream(name), command, cause)

    async def image(self, repository: str, number: int) -> Image:
        """An image as its stream says."""
        return await current(self.log, IMAGE, image_stream(self.name(repository, number)))

    async def story(self, repository: str, number: int) -> list[str]:
        """The types of an image's events."""
        history = await self.log.history(image_stream(self.name(repository, number)))
        return [type(one.event).__name__ for one in history]

    def name(self, repository: str, number: int) -> ImageName:
        """An image there."""
        return ImageName(registry=self.login_server, repository=repository, digest=digest(number))

    def asked_for(self) -> int:
        """Messages that ask for a sweep."""
        return len(self.memory.messages.get(SWEEPS, []))


@asynccontextmanager
async def swept(*, azure: bool = True) -> AsyncIterator[Swept]:
    """A registry that is enrolled and empty: one of Azure, or one that lists nothing but tags."""
    async with serving(FakeRegistry()) as (registry, server):
        yield await _core(registry, server, azure=azure)


@asynccontextmanager
async def serving(registry: FakeRegistry) -> AsyncIterator[tuple[FakeRegistry, str]]:
    """The registry, and the host and port where it answers."""
    runner = web.ServerRunner(web.Server(registry), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield registry, f"{host}:{port}"
    finally:
        await runner.cleanup()


async def _core(registry: FakeRegistry, server: str, *, azure: bool) -> Swept:
    tables, artifacts, queues = MemoryTables(), MemoryArtifacts(), MemoryQueues()
    log = await open_log(await tables.open("log"), artifacts, shards=3)
    registered = Registered(
        login_server="demo.azurecr.io" if azure else server, plain_http=not azure
    )
    listed = ListedRegistries([FoundRegistry(resource=RESOURCE, registered=registered)])
    plans = Plans(log, listed)
    await Discovery(log, listed).run()
    await plans.switch(SUBSCRIPTION, on=True, by="a test")
    followers: list[Follower] = [
        View(Images(), tables, artifacts),
        ProcessFollower(TagProcess(log), log, await tables.open("processes")),
    ]
    return Swept(
        registry=registry,
        server=server,
        login_server=registered.login_server,
        log=log,
        tables=tables,
        queues=queues,
        memory=queues,
        artifacts=artifacts,
        plans=plans,
        enrolment=Enrolment(plans),
        runner=Runner(log, followers),
        counters=Counters(),
    )
