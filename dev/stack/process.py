"""Starts processes, waits until they are ready, and stops them again, by an identity that lasts.

A pid alone is not enough: the kernel gives it to somebody else later. A pid and the time its
process started name one process, so `make down` can end what another command started, and never
anything else. Signals go through a pidfd, which is bound to the process once its start time has
been compared.
"""

import asyncio
import os
import re
import select
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import PratiqueError

ROOT = Path(__file__).resolve().parent.parent.parent
"""The project's folder."""

POLL_SECONDS = 0.02
"""How often logs and exits are looked at: no process here starts in less."""

TAIL_LINES = 15
"""Lines of its log that an error quotes when a process does not start."""


class StartFailed(PratiqueError):
    """A process of the local stack is not installed, died, or did not become ready in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process that was started here, whoever looks at it now."""

    name: str
    """What people call it: `azurite`, `registry`."""
    pid: int
    started: int
    """Clock ticks between the machine's start and its own; with the pid it names one process."""
    log: str
    """The file that holds all it printed."""


def spawn(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    detached: bool = False,
) -> Process:
    """Start `command` in a session of its own, printing to `log`.

    Unless `detached`, the kernel kills it when the process that started it dies, however that
    comes about: a test run that is killed leaves nothing behind.
    """
    bound = () if detached else ("setpriv", "--pdeathsig", "KILL", "--")
    arguments = [_installed(name, command[0]), *command[1:]]
    program = _installed(name, bound[0]) if bound else arguments[0]
    log.parent.mkdir(parents=True, exist_ok=True)
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    pid = os.posix_spawn(
        program,
        [*bound, *arguments],
        dict(os.environ if environment is None else environment),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), writing, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigdef=[signal.SIGPIPE],  # Python ignores it, and children would inherit that
    )
    return Process(name=name, pid=pid, started=_start_time(pid) or 0, log=str(log))


def spawn_module(name: str, module: str, *arguments: str, log: Path, detached: bool) -> Process:
    """Start a Python module of this project in the same interpreter, with a bare environment.

    What the caller's shell has set must not decide what the stack does.
    """
    kept = {key: value for key in ("PATH", "HOME", "LANG") if (value := os.environ.get(key))}
    environment = {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", module, *arguments]
    return spawn(name, command, log=log, environment=environment, detached=detached)


async def ready(process: Process, *signs: str, seconds: float = 30.0) -> list[str]:
    """Wait until the log matches each regular expression of `signs`; their first groups.

    Raises StartFailed, with the end of the log, when the process dies first or time runs out. It
    leaves no process behind then, nor when the waiting itself is given up.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _signs(process, signs)
    except TimeoutError as error:
        await stop(process)
        late = f"{process.name} is not ready after {seconds:g} s.{_tail(process)}"
        raise StartFailed(late) from error
    except BaseException:
        await stop(process)
        raise


async def _signs(process: Process, signs: Sequence[str]) -> list[str]:
    while True:
        running = alive(process)  # asked before the log is read: last words count
        text = Path(process.log).read_text(errors="replace")
        found = [match for sign in signs if (match := re.search(sign, text, re.MULTILINE))]
        if len(found) == len(signs):
            return [match[1] for match in found]
        if not running:
            raise StartFailed(f"{process.name} died while starting.{_tail(process)}")
        await asyncio.sleep(POLL_SECONDS)


def alive(process: Process) -> bool:
    """Whether that very process still runs: a zombie does not, nor a stranger with its pid."""
    return _start_time(process.pid) == process.started


async def stop(process: Process, *, grace: float = 15.0) -> None:
    """Ask the process to end, wait `grace` seconds, then kill it and what it started itself.

    Does nothing when it is gone already.
    """
    with suppress(ProcessLookupError), _handle(process) as handle:
        if alive(process):
            signal.pidfd_send_signal(handle, signal.SIGTERM)
            if not await _exited(handle, grace):
                os.killpg(process.pid, signal.SIGKILL)
                await _exited(handle, grace)
        _reap(process)


@contextmanager
def _handle(process: Process) -> Iterator[int]:
    """A pidfd. Raises ProcessLookupError when there is no process with that pid."""
    handle = os.pidfd_open(process.pid)
    try:
        yield handle
    finally:
        os.close(handle)


async def _exited(handle: int, seconds: float) -> bool:
    """Whether the process behind a pidfd ends within that time: the pidfd is readable then."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    for _ in range(max(1, round(seconds / POLL_SECONDS))):
        if poll.poll(0):
            return True
        await asyncio.sleep(POLL_SECONDS)
    return False


def _reap(process: Process) -> None:
    """Collect the exit status of our own child, so that no zombie keeps its pid."""
    with suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)


def _start_time(pid: int) -> int | None:
    """Field 22 of `/proc/<pid>/stat` (proc(5)), or nothing when there is no such live process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces
    return None if state in "ZX" else int(fields[18])


def _installed(name: str, program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise StartFailed(f"{name} needs `{program}`, which is not installed: run `make setup`.")
    return path


def _tail(process: Process) -> str:
    lines = Path(process.log).read_text(errors="replace").splitlines()[-TAIL_LINES:]
    quoted = "".join(f"\n  | {line}" for line in lines)
    return f" Its log is {process.log}{', and ends:' if lines else ' (empty)'}{quoted}"
