"""How much a layer is once unpacked: counted step by step, and written nowhere.

A few kilobytes can be packed terabytes, and whoever unpacks them for real should not be the first
to notice. What a layer is packed with is told by its first bytes, as those who unpack it do, and
not by its media type; a layer that is not packed counts as it is.
"""

import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from backports import zstd

DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, zstd.ZstdError)
"""Raised for a layer that is not, or not wholly, what its first bytes promise."""

_GZIP = b"\x1f\x8b"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_STEP = 1024 * 1024


def unpacked_sizes(layer: Path) -> Iterator[int]:
    """The layer's unpacked bytes, as many sizes as steps; none is large. Raises `DAMAGED`."""
    with layer.open("rb") as packed, _unpacked(packed) as content:
        while chunk := content.read(_STEP):
            yield len(chunk)


def _unpacked(packed: BufferedReader) -> BufferedReader | gzip.GzipFile | zstd.ZstdFile:
    head = packed.read(len(_ZSTANDARD))
    packed.seek(0)
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=packed, mode="rb")
    if head == _ZSTANDARD:
        return zstd.ZstdFile(packed)
    return packed
