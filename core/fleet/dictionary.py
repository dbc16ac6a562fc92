"""The distinct packages of one shard, in buckets by their names.

Row `d|<bucket>` holds the names of its packages, sorted, and their contents in the same order,
compressed together. Nothing is numbered and nothing counted: adding what is there changes nothing,
so rows may be written twice or by two, and a package is found by what it is.
"""

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping

import msgspec

from core.fleet.cells import ROOM, long_bytes, put_bytes
from core.fleet.distinct import NAME, SHORT
from core.storage.interface import Cell, Cells

PREFIX = "d|"
BUCKETS = 64
"""Fewer are read faster by whoever starts anew; more are written faster by whoever adds a few."""

_NAMES, _CONTENTS = "names", "contents"
_DECODER = msgspec.msgpack.Decoder(list[bytes])


def with_packages(
    rows: Mapping[str, Cells], packages: Mapping[bytes, bytes]
) -> dict[str, Cells] | None:
    """The buckets that change when those packages, contents by name, are added.

    `None` if one of them cannot be kept: its bucket is full, or another has its short name. Then
    none of them should be.
    """
    news: dict[str, dict[bytes, bytes]] = {}
    for name, content in packages.items():
        key = _bucket_key(name)
        known = _known_as(rows.get(key, {}), name[:SHORT])
        if known is None:
            news.setdefault(key, {})[name] = content
        elif known != name:
            return None
    changed: dict[str, Cells] = {}
    for key, added in news.items():
        cells = _added(rows.get(key, {}), added)
        if cells is None:
            return None
        changed[key] = cells
    return changed


def by_short_name(rows: Iterable[Cells]) -> dict[bytes, bytes]:
    """The contents in those buckets, by the names that images' rows use."""
    return {name[:SHORT]: content for cells in rows for name, content in _packages(cells).items()}


def _bucket_key(name: bytes) -> str:
    return f"{PREFIX}{name[0] * BUCKETS // 256:02d}"


def _known_as(cells: Cells, short: bytes) -> bytes | None:
    """The name of the bucket's package with that short name."""
    names = long_bytes(cells, _NAMES)
    places = range(len(names) // NAME)
    at = bisect_left(places, short, key=lambda place: _short(names, place))
    found = at < len(places) and _short(names, at) == short
    return names[at * NAME : (at + 1) * NAME] if found else None


def _short(names: bytes, place: int) -> bytes:
    return names[place * NAME : place * NAME + SHORT]


def _packages(cells: Cells) -> dict[bytes, bytes]:
    names = long_bytes(cells, _NAMES)
    if not names:
        return {}
    contents = _DECODER.decode(zlib.decompress(long_bytes(cells, _CONTENTS)))
    starts = range(0, len(names), NAME)
    return {
        names[start : start + NAME]: content
        for start, content in zip(starts, contents, strict=True)
    }


def _added(cells: Cells, news: Mapping[bytes, bytes]) -> Cells | None:
    packages = dict(sorted((_packages(cells) | {**news}).items()))
    names = b"".join(packages)
    contents = zlib.compress(msgspec.msgpack.encode(list(packages.values())))
    alike = len({name[:SHORT] for name in packages}) < len(packages)
    if alike or len(names) + len(contents) > ROOM:
        return None
    row: dict[str, Cell] = {}
    put_bytes(row, _NAMES, names)
    put_bytes(row, _CONTENTS, contents)
    return row
