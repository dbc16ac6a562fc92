"""Run one command to its end, believing nothing it says: output limited, ended with its children.

The end of its output is awaited as well as its own: whoever still holds the other end of the pipe
is still alive.
"""

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass

from core.sandbox.agent.cage import Caged

_CHUNK = 64 * 1024
_MAX_COMPLAINT = 8 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    """Its exit code; negative for the signal that ended it."""
    output: bytes
    """Standard output; meaningless when it was too long."""
    complaint: str
    """The beginning and the end of its standard error."""
    too_long: bool
    """Whether it wrote more than it may, and was ended for it."""


async def run(caged: Caged, *, max_output: int) -> Ended:
    """Run a command; cancelling ends it, with all its children, before the cancellation goes on."""
    process = await asyncio.create_subprocess_exec(
        *caged.command,
        env=dict(caged.environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=caged.descriptors,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101 (for mypy: it is a pipe, see above)
    assert process.stderr is not None  # noqa: S101 (likewise)
    complaint = asyncio.create_task(_ends(process.stderr))
    try:
        if caged.gate is not None:
            await caged.gate.open()
        output = await _read(process.stdout, max_output)
        too_long = output is None
        if not too_long:
            await process.wait()
    finally:
        _kill(process)
        await asyncio.shield(_settled(process, process.stdout, complaint))
    return Ended(
        code=process.returncode or 0,
        output=output or b"",
        complaint=complaint.result().decode(errors="replace"),
        too_long=too_long,
    )


async def _settled(
    process: asyncio.subprocess.Process,
    output: asyncio.StreamReader,
    complaint: asyncio.Task[bytes],
) -> None:
    """Output that nobody wanted is read to its end all the same: asyncio waits for that."""
    while await output.read(_CHUNK):
        pass
    await complaint
    await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _read(stream: asyncio.StreamReader, limit: int) -> bytes | None:
    """All of the stream, or `None` where it is longer than `limit`."""
    read = bytearray()
    while chunk := await stream.read(_CHUNK):
        read += chunk
        if len(read) > limit:
            return None
    return bytes(read)


async def _ends(stream: asyncio.StreamReader) -> bytes:
    """The beginning and the end of the stream, which is read in full."""
    first, last = b"", b""
    while chunk := await stream.read(_CHUNK):
        room = _MAX_COMPLAINT - len(first)
        first += chunk[:room]
        last = (last + chunk[room:])[-_MAX_COMPLAINT:] if len(chunk) > room else last
    return first + last
