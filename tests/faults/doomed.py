"""Processes that the kernel kills: an exception gives a program its last words, SIGKILL none."""

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.worker"])
_SPAWNS = multiprocessing.get_context("spawn")


@asynccontextmanager
async def doomed(
    run: Callable[..., None], *given: object, whole: bool = False
) -> AsyncIterator["Connection[int, int]"]:
    """A process that runs that, until the block ends; what it says is heard here, behind its death
    as well. It is given the connection last, and must not end by itself. Where it is a `whole` app,
    it comes of one that has imported all of that once."""
    ours, theirs = _SPAWNS.Pipe(duplex=False)
    making = _FORKS.Process if whole else _SPAWNS.Process
    worker = making(target=run, args=(*given, theirs), daemon=True)
    worker.start()
    theirs.close()
    try:
        yield ours
    finally:
        worker.kill()
        await asyncio.to_thread(worker.join)
    assert worker.exitcode == -signal.SIGKILL, "it lived until it was killed"
