"""Azurite, Microsoft's storage emulator: blobs, queues and tables on loopback.

Pinned by `dev/azurite/package-lock.json` to a version that runs on Debian's own Node. It chooses
its three ports itself and prints them, so no port is ever reserved and lost again.
"""

from dataclasses import dataclass
from pathlib import Path

from core.storage.emulator import connection_string
from dev.stack.process import ROOT, Process, StartFailed, ready, spawn

_PROGRAM = ROOT / "dev/azurite/node_modules/azurite/dist/src/azurite.js"
_SERVICES = ("Blob", "Queue", "Table")
_IDLE = 60
"""Seconds that an idle connection is kept. A client keeps it for 15, and takes it amiss if it is
closed sooner; Azurite's own 5 lost transactions, which no SDK may repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Azurite:
    """A storage emulator that runs."""

    process: Process
    connection_string: str
    """What every storage client takes; made of the public account and the three endpoints."""


async def start_azurite(
    folder: Path, *, on_disk: bool = False, detached: bool = False, tables: str | None = None
) -> Azurite:
    """Start it with `folder` for its log and, when `on_disk`, its data; else it lives in memory.
    Clients find the tables at the URL `tables`, should there be better ones than its own.

    Its API version check is off: the SDKs are usually ahead of it. On disk it saves every few
    seconds and when it is stopped, so a kill loses the latest writes.
    """
    if not _PROGRAM.exists():
        raise StartFailed("Azurite is not installed: run `make setup`.")
    place = ["--location", str(folder / "azurite")] if on_disk else ["--inMemoryPersistence"]
    ports = [part for service in _SERVICES for part in (f"--{service.lower()}Port", "0")]
    ports += [f"--{service.lower()}KeepAliveTimeout={_IDLE}" for service in _SERVICES]
    options = ["--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    process = spawn(
        "azurite",
        ["node", str(_PROGRAM), *options, *ports, *place],
        log=folder / "azurite.log",
        detached=detached,
    )
    signs = [rf"{name} service is successfully listening at (\S+)" for name in _SERVICES]
    endpoints = await ready(process, *signs, seconds=60)
    services = dict(zip(_SERVICES, endpoints, strict=True))
    if tables is not None:
        services["Table"] = tables
    return Azurite(process=process, connection_string=connection_string(services))
