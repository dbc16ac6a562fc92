"""Serves an aiohttp application on loopback until the stack ends it."""

import asyncio
import logging
import signal

from aiohttp import web

from dev.stack.ports import ANY


async def serve(application: web.Application, *, port: int = ANY) -> None:
    """Run until SIGTERM, having said on the standard output where."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    host, port = runner.addresses[0][:2]
    print(f"listening at http://{host}:{port}", flush=True)
    await ended.wait()
    await runner.cleanup()


def log_to_output() -> None:
    """Say what happens, but not every request."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
