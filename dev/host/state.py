"""The file that says where a host is reached, and with which keys.

Whoever starts a host reads it when the host is ready. The next host that is given the same file
keeps its keys, as a function app in Azure keeps its own over a restart.
"""

import os
from pathlib import Path

import msgspec

from core.errors import ConfigurationError
from dev.host.host import Host
from dev.host.keys import Keys


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds. It is a secret: only its owner may read it."""

    http: str
    https: str | None
    ca: str
    """The file of the certificate that clients of HTTPS must trust."""
    keys: Keys
    functions: list[str]
    pid: int


def take_keys(path: Path) -> Keys:
    """The keys of the host that wrote the file before, or new ones; the file is gone then.

    Raises ConfigurationError when it is something else than such a file.
    """
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=State).keys
    except FileNotFoundError:
        return Keys()
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigurationError(f"{path} is not a file that a host wrote: {error}.") from error
    path.unlink()
    return keys


def write_state(path: Path, host: Host) -> None:
    """Say where that host is. The file appears whole, or not at all."""
    state = State(
        http=host.servers.http,
        https=host.servers.https,
        ca=str(host.ca),
        keys=host.keys,
        functions=[function.name for function in host.functions],
        pid=os.getpid(),
    )
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(msgspec.json.encode(state))
    unfinished.replace(path)
