"""The cage: how a cataloger is locked in before it reads an image's content.

Two kinds. `BUBBLEWRAP` needs user namespaces and is what a laptop uses: no network but a dead
loopback, no /proc, a file system of its own that holds the tool, the image and a small scratch
folder in memory. `PROCESS` is for where the whole sandbox is already a machine of its own that may
make no namespaces (a container instance): the system call filter and the limits alone.

In both there is no environment but what the tool needs, no descriptor but its three, and a limit
on everything.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.sandbox.agent.catalogers import Invocation, Tool, invocation
from core.sandbox.interface import Limits

_CODE = Path(__file__).resolve().parents[3]
_MAX_FILES = 1024

_IMAGE = Path("/image")
_SCRATCH = Path("/tmp")  # noqa: S108 (a file system of the cage's own, not this machine's)
"""Where the cataloger finds its folders under bubblewrap."""


class CageKind(StrEnum):
    """How the cataloger is locked in."""

    BUBBLEWRAP = "bubblewrap"
    PROCESS = "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """The folders of one scan, on this machine's disk."""

    image: Path
    """The image, as an OCI layout."""
    scratch: Path
    """What the tool finds as its home; under bubblewrap only the seeds of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caged:
    """A command ready to be started."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


def caged(tool: Tool, rooms: Rooms, limits: Limits, kind: CageKind, filter_fd: int) -> Caged:
    """Lock the cataloger in. Writes its seeds; under bubblewrap `filter_fd` holds the filter."""
    match kind:
        case CageKind.BUBBLEWRAP:
            run = invocation(tool, _IMAGE, _SCRATCH)
            _plant(run, rooms.scratch)
            wrapped = (*_bubblewrap(tool, run, rooms, limits, filter_fd), *run.command)
            environment = {}
        case CageKind.PROCESS:
            run = invocation(tool, rooms.image, rooms.scratch)
            _plant(run, rooms.scratch)
            wrapped = (sys.executable, "-m", "core.sandbox.agent.confine", *run.command)
            environment = dict(run.environment) | {"PYTHONPATH": str(_CODE)}
    return Caged(command=(*_limits(limits), *wrapped), environment=environment)


def _limits(limits: Limits) -> tuple[str, ...]:
    processors = os.cpu_count() or 1
    return (
        "/usr/bin/prlimit",
        f"--as={limits.memory_bytes}",
        f"--fsize={limits.scratch_bytes}",
        f"--cpu={limits.seconds * processors}",
        f"--nofile={_MAX_FILES}",
        "--core=0",
        "--",
    )


def _bubblewrap(
    tool: Tool, run: Invocation, rooms: Rooms, limits: Limits, filter_fd: int
) -> Iterator[str]:
    yield from ("/usr/bin/bwrap", "--unshare-all", "--die-with-parent", "--new-session")
    yield from ("--cap-drop", "ALL", "--clearenv", "--hostname", "sandbox")
    for name, value in run.environment.items():
        yield from ("--setenv", name, value)
    yield from ("--size", str(limits.scratch_bytes), "--tmpfs", str(_SCRATCH))
    for seed in run.seeds:
        yield from ("--ro-bind", str(rooms.scratch / seed), str(_SCRATCH / seed))
    for path in tool.reads:
        yield from ("--ro-bind", path, path)
    yield from ("--ro-bind", str(rooms.image), str(_IMAGE))
    yield from ("--remount-ro", "/", "--chdir", str(_SCRATCH))
    yield from ("--seccomp", str(filter_fd), "--")


def _plant(run: Invocation, scratch: Path) -> None:
    for name, content in run.seeds.items():
        file = scratch / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
