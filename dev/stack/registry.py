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

IMAGES = "registry"
"""The folder, within a registry's own, where its images are."""

_BLOBS = "application/octet-stream"
"""The media type that notifications give every layer and configuration, whatever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A registry that runs."""

    process: Process
    login_server: str
    """Host and port: the first part of its images' names."""


async def start_registry(
    folder: Path,
    *,
    notify: str | None,
    port: int = ANY,
    detached: bool = False,
    images: Path | None = None,
    closed: bool = False,
) -> Registry:
    """Start it with its configuration and log in `folder`, notifying the URL `notify`, or nobody.

    `port` is a wish: an image's name contains it, so images that are kept want the same again. A
    port that is taken means any that is free. Its images are in `folder`, too, unless that is said
    otherwise: two registries may have the same. One that is `closed` lets nobody in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "registry.json"
    address = f"127.0.0.1:{wished(port)}"
    document = configuration(images or folder / IMAGES, address, notify)
    if closed:
        document["auth"] = {"htpasswd": {"realm": "closed", "path": str(folder / "nobody")}}
    file.write_text(json.dumps(document, indent=2))
    process = spawn(
        "registry",
        ["docker-registry", "serve", str(file)],
        log=folder / "registry.log",
        environment={},  # it takes settings from variables too: ours are all in the file
        detached=detached,
    )
    [login_server] = await ready(process, r"listening on (127\.0\.0\.1:\d+)")
    return Registry(process=process, login_server=login_server)


def configuration(images: Path, address: str, notify: str | None) -> dict[str, object]:
    """Its configuration file: YAML, of which JSON is a part."""
    endpoint = {
        "name": "translator",
        "url": notify,
        "timeout": "5s",
        "threshold": 3,
        "backoff": "500ms",
        "ignore": {"mediatypes": [_BLOBS]},
    }
    return {
        "version": "0.1",
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(images)},
            "delete": {"enabled": True},
        },
        "http": {"addr": address, "secret": secrets.token_hex(16)},
        "notifications": {"endpoints": [] if notify is None else [endpoint]},
    }
