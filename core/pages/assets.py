"""Style, script and icon: files of the app itself, under names that their content gives them.

A browser may keep such a file for ever, since what changes has another name; and nothing is fetched
from anywhere else.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_NAME = re.compile(r"(?P<stem>[a-z]+)\.(?P<hash>[0-9a-f]{12})(?P<suffix>\.[a-z]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file as it is served."""

    content: bytes
    compressed: bytes
    media_type: str
    hash: str
    """What its content hashes to; part of its address, and its ETag."""


@cache
def assets() -> dict[str, Asset]:
    """Every file by its own name, read once per process."""
    return {file.name: _read(file) for file in sorted(STATIC.iterdir()) if file.suffix in _TYPES}


def address_of(name: str) -> str:
    """Where a file is served, by its own name."""
    stem, _, suffix = name.rpartition(".")
    return f"/assets/{stem}.{assets()[name].hash}.{suffix}"


def asset_at(name: str) -> Asset | None:
    """The file that an address's last part names; `None` where there is none of that content."""
    found = _NAME.fullmatch(name)
    asset = assets().get(f"{found['stem']}{found['suffix']}") if found else None
    return asset if asset is not None and found and asset.hash == found["hash"] else None


def _read(file: Path) -> Asset:
    content = file.read_bytes()
    return Asset(
        content=content,
        compressed=gzip.compress(content, mtime=0),
        media_type=_TYPES[file.suffix],
        hash=hashlib.sha256(content).hexdigest()[:12],
    )
