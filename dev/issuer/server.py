"""Publishes the issuer's keys on loopback, where Microsoft Entra has its own.

`python -m dev.issuer.server --folder .run/stack --port 7072` serves one by itself, for an app that
runs under Core Tools; the stack starts its own.
"""

import argparse
import asyncio
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from msgspec.structs import replace

from dev.issuer.issuer import TENANT, Issuer, keep_issuer, new_issuer, read_issuer
from dev.stack.ports import ANY, wished
from dev.stack.process import Process, ready, spawn_module
from dev.stack.serving import log_to_output, serve

KEYS = f"/{TENANT}/discovery/v2.0/keys"
METADATA = f"/{TENANT}/v2.0/.well-known/openid-configuration"


def application(issuer: Issuer) -> web.Application:
    """The aiohttp application."""

    async def metadata(request: web.Request) -> web.Response:
        here = replace(issuer, url=str(request.url.origin()))
        return web.json_response({"issuer": here.issued_by, "jwks_uri": f"{here.url}{KEYS}"})

    async def keys(request: web.Request) -> web.Response:
        return web.json_response(issuer.published())

    made = web.Application()
    made.router.add_get(METADATA, metadata)
    made.router.add_get(KEYS, keys)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningIssuer:
    """An issuer whose keys are published."""

    process: Process
    issuer: Issuer


async def start_issuer(folder: Path, *, port: int = ANY, detached: bool = False) -> RunningIssuer:
    """Start it as a process, with its log and its file in `folder`."""
    process = spawn_module(
        "issuer",
        "dev.issuer.server",
        *("--folder", str(folder)),
        *("--port", str(wished(port))),
        log=folder / "issuer.log",
        detached=detached,
    )
    [url] = await ready(process, r"listening at (\S+)")
    issuer = replace(_kept(folder), url=url)
    keep_issuer(folder, issuer)
    return RunningIssuer(process=process, issuer=issuer)


def _kept(folder: Path) -> Issuer:
    """The folder's issuer; a new one, whose file is written, where there is none."""
    issuer = read_issuer(folder)
    if issuer is None:
        issuer = new_issuer()
        keep_issuer(folder, issuer)
    return issuer


def main() -> None:
    """Serve the folder's issuer, or a new one."""
    log_to_output()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", required=True, type=Path, help="where its file is kept")
    parser.add_argument("--port", type=int, default=ANY)
    asked = parser.parse_args()
    issuer = _kept(asked.folder)
    if asked.port:
        keep_issuer(asked.folder, replace(issuer, url=f"http://127.0.0.1:{asked.port}"))
    asyncio.run(serve(application(issuer), port=asked.port))


if __name__ == "__main__":
    main()
