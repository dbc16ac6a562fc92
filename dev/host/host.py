"""The host of one function app: loads it, then serves everything that triggers it."""

import asyncio
import logging
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from dev.host.admin import Admin
from dev.host.bindings import Function, functions
from dev.host.certificates import CA_FILE, server_context
from dev.host.clock import MovableClock, movable_clock
from dev.host.config import HostConfig, read_host_json
from dev.host.event_grid import EventGridWebhook
from dev.host.front import Front
from dev.host.keys import Keys
from dev.host.queues import QueueListener
from dev.host.routes import routes
from dev.host.servers import Servers, serve
from dev.host.settings import Settings, export, is_disabled
from dev.host.timers import Timer
from dev.host.triggers import argument_by_hand, queue_listeners, timers
from dev.host.worker import Worker

log = logging.getLogger("host")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """Which app to serve, and where."""

    app: Path
    """The folder of function_app.py and host.json."""
    settings: Settings = field(default_factory=dict)
    """The app settings, which become environment variables."""
    port: int = 0
    """For HTTP, on loopback; 0 takes a free one."""
    https_port: int | None = 0
    """Likewise for HTTPS; `None` serves none."""
    certificates: Path | None = None
    """Where the certificate authority is kept; by default it goes with the host."""
    keys: Keys = field(default_factory=Keys)
    """The keys that callers must show."""
    grace: float = 10.0
    """Seconds that running functions are given to finish when the host stops."""
    movable_clock: bool = False
    """Whether who holds the master key may move the clock (`dev/host/clock.py`)."""


class Host:
    """One app, served in this process. Start it once: a process cannot hold a second app."""

    servers: Servers
    """The addresses at which it is reached, once it has started."""
    ca: Path
    """The certificate that clients of HTTPS must trust, as PEM."""

    def __init__(self, options: HostOptions) -> None:
        self.keys = options.keys
        self.worker = Worker()
        self.functions: tuple[Function, ...] = ()
        self._options = options
        self._timers: dict[str, Timer] = {}
        self._scheduled: list[Timer] = []
        self._listeners: list[QueueListener] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._resources = AsyncExitStack()

    async def start(self) -> None:
        """Load the app and serve it. Raises ConfigurationError when that is impossible."""
        app = self._options.app.resolve()
        config = read_host_json(app / "host.json")
        settings = export(self._options.settings)
        certificates = self._certificates()
        try:
            self.functions = functions(await self.worker.load(app), settings)
            self._timers = timers(self.functions, self.worker)
            enabled = [one for one in self.functions if not is_disabled(one.name, settings)]
            self._scheduled = [
                self._timers[one.name] for one in enabled if one.name in self._timers
            ]
            self._listeners = await queue_listeners(
                enabled,
                self.worker,
                options=config.queues,
                settings=settings,
                clients=self._resources,
            )
            self.servers = await self._serve(config, certificates)
        except BaseException:
            await self._resources.aclose()
            raise
        for trigger in self._triggers():
            self._go(trigger.run())

    async def stop(self) -> list[str]:
        """Take nothing new, let what runs finish within the grace, and close everything.

        Returns the names of functions that had to be interrupted.
        """
        for trigger in self._triggers():
            trigger.stop()
        closing = asyncio.create_task(self.servers.close())
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._options.grace)
        await closing
        unfinished = list(self._tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        self.worker.close()
        await self._resources.aclose()
        return self.worker.interrupted

    async def _serve(self, config: HostConfig, certificates: Path) -> Servers:
        by_name = {function.name: function for function in self.functions}
        front = Front(
            routes=routes(self.functions, config.route_prefix),
            keys=self.keys,
            invoke=self.worker.invoke,
            event_grid=EventGridWebhook(by_name, self.worker.invoke),
            admin=Admin(by_name, self._run_by_hand, self._clock()),
        )
        https = None
        if self._options.https_port is not None:
            https = self._options.https_port, server_context(certificates)
        return await serve(
            front.application(), port=self._options.port, https=https, grace=self._options.grace
        )

    def _certificates(self) -> Path:
        """The folder of the certificate authority, made absolute: loading the app moves us."""
        folder = self._options.certificates
        if folder is None:
            made = tempfile.TemporaryDirectory(prefix="pratique-host-")
            folder = Path(self._resources.enter_context(made))
        self.ca = folder.resolve() / CA_FILE
        return folder.resolve()

    def _clock(self) -> MovableClock | None:
        """The clock, if it can be moved; it is right again when the host has stopped."""
        if not self._options.movable_clock:
            return None
        return self._resources.enter_context(movable_clock())

    def _triggers(self) -> list[QueueListener | Timer]:
        return [*self._listeners, *self._scheduled]

    def _run_by_hand(self, function: Function, text: str) -> None:
        async def run() -> None:
            its_timer = self._timers.get(function.name)
            await self.worker.invoke(function, argument_by_hand(function, text, its_timer))

        self._go(run())

    def _go(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A trigger that dies of an error of its own would be silent otherwise."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A trigger died: %s", error, exc_info=error)
