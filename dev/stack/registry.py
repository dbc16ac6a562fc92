"""The registry: Debian's `docker-registry`, which notifies the translator of all that happens.

It runs on a configuration of our own, beside whatever registry the distribution may have started:
on loopback, without authentication, with its images in a folder of the stack, and with deletion
allowed, which is off by default.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from dev.stack.ports import ANY, wished
from dev.stack.process import Process, ready, spawn

_BLOBS = "application/octet-stream"
"""The media type that notifications give every layer and configuration, whatever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A registry that runs."""

    process: Process
    login_server: str
    """Host and port: the first part of its images' names."""


async def start_registry(
    folder: Path, *, notify: str, port: int = ANY, detached: bool = False
) -> Registry:
    """Start it with its images, configuration and log in `folder`, notifying the URL `notify`.

    `port` is a wish: an image's name contains it, so images that are kept want the same again. A
    port that is taken means any that is free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "registry.json"
    address = f"127.0.0.1:{wished(port)}"
    file.write_text(json.dumps(configuration(folder / "registry", address, notify), indent=2))
    process = spawn(
        "registry",
        ["docker-registry", "serve", str(file)],
        log=folder / "registry.log",
        environment={},  # it takes settings from variables too: ours are all in the file
        detached=detached,
    )
    [login_server] = await ready(process, r"listening on (127\.0\.0\.1:\d+)")
    return Registry(process=process, login_server=login_server)


def configuration(images: Path, address: str, notify: str) -> dict[str, object]:
    """Its configuration file: YAML, of which JSON is a part."""
    return {
        "version": "0.1",
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(images)},
            "delete": {"enabled": True},
        },
        "http": {"addr": address, "secret": secrets.token_hex(16)},
        "notifications": {
            "endpoints": [
                {
                    "name": "translator",
                    "url": notify,
                    "timeout": "5s",
                    "threshold": 3,
                    "backoff": "500ms",
                    "ignore": {"mediatypes": [_BLOBS]},
                }
            ]
        },
    }
