"""Sandboxes on this machine: the agent as a process that may do nothing but its work.

It never runs as root: started by root it becomes nobody, started by a user it stays that user. What
it may use is limited (`prlimit`), how long it may live is enforced from outside (`timeout`), and
the part of it that reads the image's content sits in bubblewrap's cage besides.

A sandbox is a folder of its own, and holds a lock on it for as long as any part of it lives; so
whether it is there is asked of the kernel, and is right even after the app was killed and started
again. The folder goes when the sandbox is gone.
"""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.domain.events import Priority
from core.domain.values import ScanId
from core.errors import SandboxError
from core.sandbox.agent.settings import Tool
from core.sandbox.interface import CatalogerName, Limits, Order, Presence, sandbox_name
from core.sandbox.launch import (
    advice,
    agent_command,
    agent_environment,
    compile_agent,
    speaks_https,
)
from core.sandbox.orders import encode_order
from core.sandbox.rooms import Room, claim, is_taken, remove

_log = logging.getLogger(__name__)

_POLL = 0.02
_PATIENCE = 30.0
"""Seconds that killed processes may take to be gone."""
_MAX_WORDS = 2000
_ROOM = 1000


class LocalSandbox:
    """Runs orders as processes of this machine."""

    together = 1

    def __init__(self, *, folder: Path, tools: Mapping[CatalogerName, Tool]) -> None:
        """Sandboxes have their rooms in `folder`, which is created when it is not there."""
        self._folder = folder.absolute()
        self._tools = tools
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        compile_agent()

    async def room(self, priority: Priority) -> int:
        """As much as anybody asks for: the slots are what limits sandboxes here."""
        return _ROOM

    async def start(self, *orders: Order) -> None:
        """Start the orders' sandboxes, but for those that run already."""
        for order in orders:
            await self._start(order)

    async def _start(self, order: Order) -> None:
        tool = self._tools.get(order.cataloger)
        if tool is None:
            raise SandboxError(f"{order.cataloger} is not installed here: run `make setup`")
        name = sandbox_name(order.scan, order.attempt)
        room = claim(self._folder / name)
        if room is None:
            return
        try:
            command = agent_command(room, tool, order.limits)
            process = await _spawn(room, command, encrypted=speaks_https(order))
        except SandboxError:
            remove(room)
            raise
        os.close(room.lock)
        self._watchers[name] = asyncio.create_task(self._watch(name, room.path, process))
        await _hand_over(process, encode_order(order))

    async def status(self, scan: ScanId, attempt: int) -> Presence:
        """Whether the sandbox of this scan and attempt is still there."""
        taken = is_taken(self._folder / sandbox_name(scan, attempt))
        return Presence.RUNNING if taken else Presence.GONE

    async def stop(self, scan: ScanId, attempt: int) -> Presence:
        """End the sandbox, if it is there; on return it is gone with all its processes."""
        await self._end(sandbox_name(scan, attempt))
        return Presence.GONE

    async def check(self) -> None:
        """Try everything a sandbox needs; `SandboxError` says what is missing and what to do."""
        for tool in self._tools.values():
            room = claim(self._folder / f"check-{tool.name}-{os.getpid()}")
            if room is None:
                continue
            try:
                await _try_out(room, tool)
            finally:
                await asyncio.to_thread(remove, room)

    async def sweep(self) -> None:
        """Remove what sandboxes of an earlier process left: for the start of the app."""
        for path in list(self._folder.iterdir()):
            if path.name not in self._watchers and not is_taken(path):
                await _clear(path)

    async def end_all(self) -> None:
        """End every sandbox that has a room here, whichever process started it."""
        for path in list(self._folder.iterdir()):
            await self._end(path.name)

    async def close(self) -> None:
        """End every sandbox that was started here."""
        for name in list(self._watchers):
            await self._end(name)

    async def _watch(self, name: str, path: Path, process: asyncio.subprocess.Process) -> None:
        """Reap the sandbox, say how it ended if it ended badly, clear its room."""
        code = await process.wait()
        if code != 0:
            _log.warning("sandbox %s ended with code %s: %s", name, code, _last_words(path))
        await _vacate(path)
        await _clear(path)
        self._watchers.pop(name, None)

    async def _end(self, name: str) -> None:
        path = self._folder / name
        await _vacate(path)
        watcher = self._watchers.get(name)
        if watcher is not None:
            await watcher
        else:
            await _clear(path)


def _last_words(room: Path) -> str:
    """What a sandbox said at last; nothing when its room was cleared by `make down` meanwhile."""
    try:
        return (room / "log").read_text(errors="replace")[-_MAX_WORDS:]
    except FileNotFoundError:
        return ""


async def _spawn(
    room: Room, command: Sequence[str], *, encrypted: bool
) -> asyncio.subprocess.Process:
    """The lock's descriptor goes along: whoever is in the sandbox holds the lock."""
    try:
        room.furnish()
        with room.log.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *command,
                env=dict(agent_environment(room, encrypted=encrypted)),
                cwd="/",
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(room.lock,),
                start_new_session=True,
            )
        room.leader.write_text(str(process.pid))
    except OSError as error:
        why = f"{error}; {advice(str(error))}"
        raise SandboxError(f"sandbox {room.path.name} could not be started: {why}") from error
    return process


async def _try_out(room: Room, tool: Tool) -> None:
    """Have the agent list the packages of an image that has none."""
    command = agent_command(room, tool, Limits(seconds=60), "--check")
    process = await _spawn(room, command, encrypted=False)
    if await process.wait() != 0:
        words = room.log.read_text(errors="replace")[-_MAX_WORDS:].strip()
        raise SandboxError(
            f"{words}\nNo sandbox can be built here with {tool.name}: {advice(words)}"
        )


async def _hand_over(process: asyncio.subprocess.Process, order: bytes) -> None:
    """Write the order to the agent's standard input; an agent that died early shows otherwise."""
    assert process.stdin is not None  # noqa: S101 (for mypy: it is a pipe, see above)
    with contextlib.suppress(ConnectionError):
        process.stdin.write(order)
        await process.stdin.drain()
    process.stdin.close()


async def _vacate(path: Path) -> None:
    """End whoever is in a room, even where the first of them is gone already."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while is_taken(path):
        if asyncio.get_running_loop().time() > deadline:
            raise SandboxError(f"sandbox {path.name} does not end, though it was killed")
        _kill(path)
        await asyncio.sleep(_POLL)


async def _clear(path: Path) -> None:
    """Remove a room that nobody is in."""
    room = claim(path)
    if room is not None:
        await asyncio.to_thread(remove, room)


def _kill(path: Path) -> None:
    """Kill the sandbox's process group; bubblewrap's dies with it, as it was told."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
        os.killpg(int((path / "leader").read_text()), signal.SIGKILL)
