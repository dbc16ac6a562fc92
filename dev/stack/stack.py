"""The whole local stack: storage, translator, registry, topic, issuer and Functions host, in this
order.

The translator comes before the registry, which has to know whom to notify, and before the host,
which it finds by the host's state file. They stop in reverse: nobody loses what it leans on.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from core.access.roles import Role
from core.sandbox.local import LocalSandbox
from dev.issuer.issuer import AUDIENCE, HOUR, TENANT, Issuer
from dev.issuer.server import RunningIssuer, start_issuer
from dev.stack.acr_events import Resource
from dev.stack.azurite import Azurite, start_azurite
from dev.stack.delivery import Subscription
from dev.stack.functions_host import FunctionsHost, start_host
from dev.stack.options import Options
from dev.stack.plan import switch_on
from dev.stack.process import Process, stop
from dev.stack.registry import Registry, start_registry
from dev.stack.settings import Enrolled, app_settings, write_settings
from dev.stack.topic import RunningTopic, start_topic
from dev.stack.translator import ACTIVITY, RunningTranslator, start_translator

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
"""The Azure subscription that the local registry is said to be in."""

RESOURCE = Resource(
    id=f"/subscriptions/{SUBSCRIPTION}/resourceGroups/pratique"
    "/providers/Microsoft.ContainerRegistry/registries/local",
    location="westeurope",
)

EVENT_FUNCTION = "registry_events"
"""The function that takes the registry's events."""

PER_MINUTE = "600000"
"""Requests a minute of one caller: here, one caller is the tests, the demo and the developer."""

SANDBOXES = "sandboxes"
"""The folder, within the stack's own, where sandboxes have their rooms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack that runs: all that a client has to know. `.run/stack.json` holds just this."""

    http: str
    https: str
    ca: str
    """File of the certificate that clients of `https` must trust."""
    issuer: Issuer
    """Makes the tokens with which people and scripts sign in."""
    function_key: str
    eventgrid_key: str
    master_key: str
    """Opens the `/admin` routes, which fire timers by hand."""
    storage_connection: str
    registry: str
    """Login server of the registry."""
    registry_id: str
    """Its ARM id."""
    subscription: str
    translator: str
    """`GET /status` there says what became of the registry's notifications."""
    topic: str
    """`GET /notices` there shows what was told."""
    folder: str
    """Data, settings and logs."""
    processes: list[Process]
    """In the order they were started."""

    @property
    def pages(self) -> str:
        """Where to look: an address that signs a browser in as an administrator, within the hour.
        What stands behind the # goes nowhere until the page there shows it."""
        return f"{self.http}/sign-in#{self.issuer.token(Role.ADMINISTRATOR)}"

    def headers(self, role: Role = Role.ADMINISTRATOR, *, seconds: int = HOUR) -> dict[str, str]:
        """What signs a request in, as somebody of that role, for so long."""
        return {"Authorization": f"Bearer {self.issuer.token(role, seconds=seconds)}"}


@asynccontextmanager
async def running_stack(folder: Path, options: Options | None = None) -> AsyncIterator[Stack]:
    """A stack for as long as the block lasts, with all its files in `folder`."""
    async with AsyncExitStack() as ending:
        yield await start_stack(folder, options or Options(), ending)


async def start_stack(folder: Path, options: Options, ending: AsyncExitStack) -> Stack:
    """Start everything; `ending` stops what was started, in reverse, when it is closed."""
    return await _Start(folder=folder, options=options, ending=ending).all()


async def end_sandboxes(folder: Path) -> None:
    """End what the app left in its sandboxes; they outlive it, as container instances would."""
    await LocalSandbox(folder=folder / SANDBOXES, tools={}).end_all()


class _Runs(Protocol):
    @property
    def process(self) -> Process: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """One start of a stack, while it goes on."""

    folder: Path
    options: Options
    ending: AsyncExitStack
    processes: list[Process] = field(default_factory=list)

    @property
    def _state(self) -> Path:
        return self.folder / "host.json"

    def _keep[R: _Runs](self, part: R) -> R:
        """Remember what was started, for whoever has to stop it."""
        self.processes.append(part.process)
        self.ending.push_async_callback(stop, part.process)
        return part

    async def all(self) -> Stack:
        azurite = self._keep(await self._azurite())
        translator = self._keep(await self._translator())
        registry = self._keep(await self._registry(translator))
        topic = self._keep(await self._topic())
        issuer = self._keep(await self._issuing()).issuer
        self.ending.push_async_callback(end_sandboxes, self.folder)
        told = _told(issuer, topic, translator)
        host = self._keep(await self._host(azurite.connection_string, registry.login_server, told))
        if self.options.enrol:
            token = issuer.token(Role.ADMINISTRATOR)
            await switch_on(host.state, SUBSCRIPTION, token=token)
        return Stack(
            http=host.state.http,
            https=host.state.https,
            ca=host.state.ca,
            issuer=issuer,
            function_key=host.state.keys.function,
            eventgrid_key=host.state.keys.eventgrid,
            master_key=host.state.keys.master,
            storage_connection=azurite.connection_string,
            registry=registry.login_server,
            registry_id=RESOURCE.id,
            subscription=SUBSCRIPTION,
            translator=translator.url,
            topic=topic.url,
            folder=str(self.folder),
            processes=self.processes,
        )

    async def _azurite(self) -> Azurite:
        return await start_azurite(
            self.folder,
            on_disk=self.options.on_disk,
            detached=self.options.detached,
            tables=self.options.tables,
        )

    async def _registry(self, translator: RunningTranslator) -> Registry:
        return await start_registry(
            self.folder,
            notify=f"{translator.url}/notifications",
            port=self.options.ports.registry,
            detached=self.options.detached,
        )

    async def _topic(self) -> RunningTopic:
        key = secrets.token_urlsafe(32)
        return await start_topic(self.folder, key=key, detached=self.options.detached)

    async def _issuing(self) -> RunningIssuer:
        port = self.options.ports.issuer
        return await start_issuer(self.folder, port=port, detached=self.options.detached)

    async def _translator(self) -> RunningTranslator:
        return await start_translator(
            self.folder,
            resource=RESOURCE,
            schema=self.options.schema,
            subscription=Subscription(state=self._state, function=EVENT_FUNCTION),
            detached=self.options.detached,
        )

    async def _host(
        self, storage: str, login_server: str, told: Mapping[str, str]
    ) -> FunctionsHost:
        """The host, on settings that say where the rest is."""
        options, settings = self.options, self.folder / "local.settings.json"
        enrolled = Enrolled(login_server=login_server, resource=RESOURCE)
        values = app_settings(
            storage=storage,
            registries=[enrolled],
            sandboxes=self.folder / SANDBOXES,
            more={**told, **options.settings},
        )
        write_settings(settings, values)
        return await start_host(
            self.folder,
            app=options.app,
            settings=settings,
            state=self._state,
            port=options.ports.http,
            https_port=options.ports.https,
            detached=options.detached,
            movable_clock=options.movable_clock,
        )


def _told(issuer: Issuer, topic: RunningTopic, translator: RunningTranslator) -> Mapping[str, str]:
    """What the app is told of the parts around it."""
    return {
        "PRATIQUE_AUTHORITY": issuer.url,
        "PRATIQUE_TENANT": TENANT,
        "PRATIQUE_AUDIENCE": AUDIENCE,
        "PRATIQUE_REQUESTS_PER_MINUTE": PER_MINUTE,
        "PRATIQUE_TOPIC_ENDPOINT": topic.endpoint,
        "PRATIQUE_TOPIC_KEY": topic.key,
        "PRATIQUE_ACTIVITY_FEED": f"{translator.url}{ACTIVITY}",
    }
