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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from core.sandbox.agent.catalogers import Invocation, invocation
from core.sandbox.agent.gate import MAX_THREADS, Gate, gate
from core.sandbox.agent.seccomp import export_filter
from core.sandbox.agent.settings import CageKind, Tool
from core.sandbox.interface import GIB, Limits

_CODE = Path(__file__).resolve().parents[3]
_MAX_FILES = 1024
_RESERVED = 2 * GIB
"""Addresses beyond its memory: Go reserves many that it never uses, and maps its program. What is
really used is limited by RLIMIT_DATA, which in turn does not count memory that is shared."""

_IMAGE = Path("/image")
_SCRATCH = Path("/tmp")  # noqa: S108 (a file system of the cage's own, not this machine's)
"""Where the cataloger finds its folders under bubblewrap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
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
    descriptors: tuple[int, ...] = ()
    """What it inherits beside standard input, output and error; bubblewrap keeps them to itself."""
    gate: Gate | None = None
    """To be opened once it is started; it waits before."""


@contextmanager
def caged(tool: Tool, folders: Folders, limits: Limits, kind: CageKind) -> Iterator[Caged]:
    """Lock the cataloger in: its command, good for one run. Writes the files that it insists on."""
    match kind:
        case CageKind.BUBBLEWRAP:
            with gate() as closed, TemporaryFile() as rules:
                export_filter(rules)
                yield _in_bubblewrap(tool, folders, limits, rules.fileno(), closed)
        case CageKind.PROCESS:
            yield _in_process(tool, folders, limits)


def _in_bubblewrap(tool: Tool, folders: Folders, limits: Limits, rules: int, closed: Gate) -> Caged:
    run = invocation(tool, _IMAGE, _SCRATCH, limits.memory_bytes)
    _plant(run, folders.scratch)
    wrapped = _bubblewrap(tool, run, folders, limits)
    own = ("--seccomp", str(rules), *closed.arguments, "--")
    return Caged(
        command=(*_limits(limits), "--", *wrapped, *own, *run.command),
        environment={},
        descriptors=(rules, *closed.descriptors),
        gate=closed,
    )


def _in_process(tool: Tool, folders: Folders, limits: Limits) -> Caged:
    run = invocation(tool, folders.image, folders.scratch, limits.memory_bytes)
    _plant(run, folders.scratch)
    threads = f"--nproc={MAX_THREADS}"
    launcher = (sys.executable, "-m", "core.sandbox.agent.confine")
    return Caged(
        command=(*_limits(limits), threads, "--", *launcher, *run.command),
        environment=dict(run.environment) | {"PYTHONPATH": str(_CODE)},
    )


def _limits(limits: Limits) -> tuple[str, ...]:
    processor_time = limits.seconds * (os.cpu_count() or 1)
    return (
        "/usr/bin/prlimit",
        f"--data={limits.memory_bytes}",
        f"--as={limits.memory_bytes + _RESERVED}",
        f"--fsize={limits.scratch_bytes}",
        f"--cpu={processor_time}:{processor_time + 5}",
        f"--nofile={_MAX_FILES}",
        "--core=0",
    )


def _bubblewrap(tool: Tool, run: Invocation, folders: Folders, limits: Limits) -> Iterator[str]:
    yield from ("/usr/bin/bwrap", "--unshare-all", "--die-with-parent", "--new-session")
    yield from ("--cap-drop", "ALL", "--clearenv", "--hostname", "sandbox")
    for name, value in run.environment.items():
        yield from ("--setenv", name, value)
    yield from ("--size", str(limits.scratch_bytes), "--tmpfs", str(_SCRATCH))
    for seed in run.seeds:
        yield from ("--ro-bind", str(folders.scratch / seed), str(_SCRATCH / seed))
    for path in tool.reads:
        yield from ("--ro-bind", path, path)
    yield from ("--ro-bind", str(folders.image), str(_IMAGE))
    yield from ("--remount-ro", "/", "--chdir", str(_SCRATCH))


def _plant(run: Invocation, scratch: Path) -> None:
    scratch.mkdir(exist_ok=True)
    for name, content in run.seeds.items():
        file = scratch / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
