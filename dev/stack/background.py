"""The stack that `make up` leaves running, and `make down` finds again by its file."""

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from core.errors import ConfigurationError
from dev.stack.options import Options, Ports
from dev.stack.process import ROOT, Process, alive, stop
from dev.stack.stack import Stack, end_sandboxes, start_stack

RUN = ROOT / ".run"

PORTS = Ports(http=7071, https=7443, registry=5001, issuer=7072)
"""7071 is where `func start` listens; 5001 is beside the distribution's own registry, on 5000."""


async def up(run: Path = RUN, options: Options | None = None) -> Stack:
    """Start a stack that stays, with its data on disk, and write `stack.json` when all of it runs.

    What a broken stack left behind is ended first.
    """
    await down(run)
    options = options or Options(ports=PORTS, on_disk=True, detached=True)
    async with AsyncExitStack() as ending:
        stack = await start_stack(run / "stack", options, ending)
        _write(_file(run), stack)
        ending.pop_all()
    return stack


async def down(run: Path = RUN) -> Sequence[str]:
    """Stop the stack, in reverse order; the names of what was still running."""
    stack = read(run)
    running = [] if stack is None else [one for one in stack.processes if alive(one)]
    for process in reversed(running):
        await stop(process)
    if stack is not None:
        await end_sandboxes(Path(stack.folder))
    _file(run).unlink(missing_ok=True)
    return [process.name for process in running]


def read(run: Path = RUN) -> Stack | None:
    """The stack that was left running, whether or not it still does.

    Raises ConfigurationError when the file is none that `up` wrote.
    """
    file = _file(run)
    try:
        return msgspec.json.decode(file.read_bytes(), type=Stack)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise ConfigurationError(
            f"{file} does not describe a stack ({error}). End its processes by hand, if there are"
            " any, and delete it."
        ) from error


def dead(stack: Stack) -> list[Process]:
    """Those of its processes that do not run any more."""
    return [process for process in stack.processes if not alive(process)]


def _file(run: Path) -> Path:
    return run / "stack.json"


def _write(file: Path, stack: Stack) -> None:
    """The file appears whole; it holds keys, so only its owner may read it."""
    unfinished = file.with_suffix(".part")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(stack)) + b"\n")
    os.replace(unfinished, file)
