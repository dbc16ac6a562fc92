"""Limit the number of the cataloger's threads, in the moment before it starts.

The limit (RLIMIT_NPROC) counts all of a user's processes wherever it was set, and so can only be
set inside the cage: a desktop's user has more of them than a cataloger may, and several sandboxes
share one user. Since Linux 5.14 it is counted for each user namespace. Bubblewrap tells which
process it has made, and waits until it is let go.
"""

import asyncio
import contextlib
import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

MAX_THREADS = 512
"""Far more than a cataloger needs on a large machine, and nothing that would hurt a small one."""

_MAX_INFO = 4096


class _Info(msgspec.Struct, frozen=True):
    pid: int = msgspec.field(name="child-pid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Our ends and bubblewrap's of two pipes."""

    info: int
    told: int
    wait: int
    go: int

    @property
    def arguments(self) -> tuple[str, ...]:
        """What bubblewrap is to be told."""
        return ("--info-fd", str(self.told), "--block-fd", str(self.wait))

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What bubblewrap is to inherit."""
        return (self.told, self.wait)

    async def open(self) -> None:
        """Limit the process that waits, and let it go. Nothing happens when there is none."""
        os.close(self.told)
        os.close(self.wait)
        pid = await asyncio.to_thread(self._pid)
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError, BrokenPipeError):  # it failed since
            resource.prlimit(pid, resource.RLIMIT_NPROC, (MAX_THREADS, MAX_THREADS))
            os.write(self.go, b"!")

    def _pid(self) -> int | None:
        """The process, as bubblewrap says; `None` when it ended instead."""
        said = b""
        while b"}" not in said and len(said) < _MAX_INFO:
            more = os.read(self.info, _MAX_INFO)
            if not more:
                return None
            said += more
        return msgspec.json.decode(said, type=_Info).pid


@contextlib.contextmanager
def gate() -> Iterator[Gate]:
    """A closed gate; `Gate.open` has closed bubblewrap's ends, this closes ours."""
    info, told = os.pipe()
    wait, go = os.pipe()
    try:
        yield Gate(info=info, told=told, wait=wait, go=go)
    finally:
        os.close(info)
        os.close(go)
