"""Which artifacts an event refers to: whatever in it names bytes by hash and size."""

from collections.abc import Iterator

import msgspec

from core.domain.values import Artifact


def artifacts_in(data: bytes) -> set[Artifact]:
    """The artifacts that an event's JSON names, wherever in it, whatever its type."""
    return set(_named(msgspec.json.decode(data)))


def _named(value: object) -> Iterator[Artifact]:
    match value:
        case {"sha256": str(sha256), "size": int(size)}:
            yield Artifact(sha256=sha256, size=size)
        case dict():
            for part in value.values():
                yield from _named(part)
        case list():
            for part in value:
                yield from _named(part)
        case _:
            return
