"""Names of streams, commands and scans: hashes, so that no text of a user becomes a storage key."""

import hashlib
import re
from typing import NewType

from core.domain.values import ImageName, ScanId

StreamId = NewType("StreamId", str)
"""One aggregate's events: its kind, a dash, and 32 hex digits."""

CommandId = NewType("CommandId", str)
"""What makes a command take effect once: 32 hex digits."""

_SCAN = re.compile(r"(?P<image>[0-9a-f]{32})-[1-9][0-9]{0,9}")
"""As `scan_id` writes it, and nothing else: the text comes from outside."""


def image_stream(image: ImageName) -> StreamId:
    """The stream of one manifest."""
    return _stream("image", image.registry, image.repository, image.digest)


def tag_stream(registry: str, repository: str, tag: str) -> StreamId:
    """The stream of one tag of one repository."""
    return _stream("tag", registry, repository, tag)


def bill_stream(subscription: str, digest: str) -> StreamId:
    """The stream of what a subscription owes for one digest."""
    return _stream("bill", subscription.lower(), digest)


def plan_stream(subscription: str) -> StreamId:
    """The stream of a subscription's plan."""
    return _stream("plan", subscription.lower())


def registries_stream(subscription: str) -> StreamId:
    """The stream of the registries that a subscription has."""
    return _stream("registries", subscription.lower())


def advisories_stream() -> StreamId:
    """The one stream of published advisories."""
    return _stream("advisories")


def upkeep_stream(follower: str) -> StreamId:
    """The stream of what was done about one view or process manager."""
    return _stream("upkeep", follower)


def rules_stream(subscription: str) -> StreamId:
    """The stream of a subscription's disable rules."""
    return _stream("rules", subscription.lower())


def command_id(*parts: object) -> CommandId:
    """A command's name, made of all that tells it from others."""
    return CommandId(_hash(*(str(part) for part in parts)))


def scan_id(stream: StreamId, ordinal: int) -> ScanId:
    """The `ordinal`-th scan (from 1) of the image whose stream that is."""
    return ScanId(f"{stream.removeprefix('image-')}-{ordinal}")


def stream_of_scan(scan: str) -> StreamId | None:
    """The image's stream that a scan's name belongs to, or `None` when it is no such name."""
    found = _SCAN.fullmatch(scan)
    return StreamId(f"image-{found['image']}") if found else None


def scan_ordinal(scan: str) -> int:
    """Which scan of its image it is, from 1; 0 when it is no such name."""
    return int(scan.rpartition("-")[2]) if _SCAN.fullmatch(scan) else 0


def _stream(kind: str, *parts: str) -> StreamId:
    return StreamId(f"{kind}-{_hash(*parts)}")


def _hash(*parts: str) -> str:
    """128 bits over the parts, each preceded by its length so that no two lists collide."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
