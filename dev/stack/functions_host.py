"""The local Functions host, as a process: `python -m dev.host` on the app of this project."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from dev.host.keys import Keys
from dev.stack.ports import ANY, wished
from dev.stack.process import Process, StartFailed, ready, spawn_module


class HostState(msgspec.Struct, frozen=True, kw_only=True):
    """What a host says of itself in its state file, as far as others need it."""

    http: str
    https: str
    ca: str
    """File of the certificate that clients of HTTPS must trust."""
    keys: Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionsHost:
    """A Functions host that runs."""

    process: Process
    state: HostState


def read_state(file: Path) -> HostState | None:
    """What the host that wrote the file says, or nothing while there is none."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=HostState)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


async def start_host(
    folder: Path,
    *,
    app: Path,
    settings: Path,
    state: Path,
    port: int = ANY,
    https_port: int = ANY,
    detached: bool = False,
    movable_clock: bool = False,
) -> FunctionsHost:
    """Serve the app in `app`; the authority for HTTPS and the log are kept in `folder`.

    The ports are wishes: one that is taken means any that is free.
    """
    process = spawn_module(
        "host",
        "dev.host",
        *("--app", str(app)),
        *("--settings", str(settings)),
        *("--state-file", str(state)),
        *("--port", str(wished(port))),
        *("--https-port", str(wished(https_port))),
        *("--certificates", str(folder / "certificates")),
        *(("--movable-clock",) if movable_clock else ()),
        log=folder / "host.log",
        detached=detached,
    )
    await ready(process, r"ready: http=(\S+)", seconds=60)
    said = read_state(state)
    if said is None:
        raise StartFailed(f"The host is ready and did not say where, in {state}.")
    return FunctionsHost(process=process, state=said)
