"""The host's two doors, HTTP and HTTPS, both on loopback alone."""

import ssl
from dataclasses import dataclass

from aiohttp import web

from core.errors import ConfigurationError

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """The servers of one application, which answer already."""

    runner: web.AppRunner
    http: str
    """`http://127.0.0.1:7071`."""
    https: str | None

    async def close(self) -> None:
        """Take no more requests, and wait for those under way as long as was said at the start."""
        await self.runner.cleanup()


async def serve(
    application: web.Application,
    *,
    port: int,
    https: tuple[int, ssl.SSLContext] | None,
    grace: float,
) -> Servers:
    """Serve the application; port 0 takes a free one. `grace` bounds, in seconds, its closing.

    Raises ConfigurationError when a port is taken.
    """
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=grace)
    await runner.setup()
    try:
        http_port = await _open(runner, port, None)
        https_port = await _open(runner, *https) if https else None
    except OSError as error:
        await runner.cleanup()
        raise ConfigurationError(f"The host cannot listen: {error}.") from error
    return Servers(
        runner=runner,
        http=f"http://{_LOOPBACK}:{http_port}",
        https=f"https://{_LOOPBACK}:{https_port}" if https_port else None,
    )


async def _open(runner: web.AppRunner, port: int, context: ssl.SSLContext | None) -> int:
    """Listen, and say on which port."""
    site = web.TCPSite(runner, _LOOPBACK, port, ssl_context=context)
    await site.start()
    found: int = runner.addresses[-1][1]
    return found
