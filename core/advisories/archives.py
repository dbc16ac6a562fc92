"""How much an archive lists, told before the list is read: a list may be a bomb too.

`zipfile` reads the whole directory of an archive into memory when it opens it, however long that
is. A few gigabytes of empty entries would take a hundred times that.

Source: PKWARE's APPNOTE 6.3.10: the end of central directory record (§4.3.16), and its zip64 form
(§4.3.14, §4.3.15).
"""

import struct
from pathlib import Path
from typing import BinaryIO

MAX_DIRECTORY = 128 * 1024 * 1024
"""Bytes of an archive's directory; the longest dump's, npm's, has some 30 MB."""

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_SIGNATURE = b"PK\x05\x06"
_MAX_COMMENT = 0xFFFF
_IN_ZIP64 = 0xFFFFFFFF


def lists_too_much(path: Path) -> bool:
    """Whether the archive's directory is longer than any honest one. What is no archive lists
    nothing: whoever opens it finds out."""
    with path.open("rb") as file:
        return _directory(file, path.stat().st_size) > MAX_DIRECTORY


def _directory(file: BinaryIO, size: int) -> int:
    """The length of the archive's directory, as its end says."""
    start = max(0, size - _END.size - _MAX_COMMENT)
    file.seek(start)
    tail = file.read()
    at = _end(tail)
    if at is None:
        return 0
    length: int = _END.unpack_from(tail, at)[5]
    locator = start + at - _LOCATOR.size
    return max(length if length != _IN_ZIP64 else 0, _in_zip64(file, locator))


def _end(tail: bytes) -> int | None:
    """Where the end record is, sought as `zipfile` seeks it: at the very end, then before that."""
    at = len(tail) - _END.size
    if at >= 0 and tail.startswith(_SIGNATURE, at) and tail.endswith(b"\0\0"):
        return at
    at = tail.rfind(_SIGNATURE)
    return at if 0 <= at <= len(tail) - _END.size else None


def _in_zip64(file: BinaryIO, locator: int) -> int:
    """The same by the zip64 record that a locator at that place names; 0 where there is none."""
    file.seek(max(0, locator))
    found = file.read(_LOCATOR.size)
    if locator < 0 or not found.startswith(b"PK\x06\x07"):
        return 0
    file.seek(max(0, locator - _END_64.size))
    record = file.read(_END_64.size)
    return int(_END_64.unpack(record)[8]) if record.startswith(b"PK\x06\x06") else 0
