"""What Azure Table Storage refuses, checked before any I/O.

The emulator accepts some of it, and answers a transaction of 101 rows with broken HTTP; so the
limits are ours to hold. Source: "Understanding the Table service data model" and "Performing entity
group transactions" in the Azure Storage documentation.
"""

import re
from collections.abc import Sequence

from core.errors import LimitExceeded
from core.storage.interface import Cell, Cells, Delete, Write

MAX_ROWS = 100
MAX_PAYLOAD = 4 * 1024 * 1024
MAX_ENTITY = 1024 * 1024
MAX_PROPERTY = 64 * 1024
MAX_PROPERTIES = 252
MAX_KEY = 512
"""Azure allows 1,024 characters; keys of ours are far shorter, and a long one is a mistake."""

_OPERATION_OVERHEAD = 1024
"""Bytes of MIME and HTTP headers that each operation of a transaction adds, rounded up."""

_FORBIDDEN = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")


def check_transaction(partition: str, writes: Sequence[Write]) -> None:
    """Raise LimitExceeded for what Azure would refuse; say which limit, by how much."""
    if not 1 <= len(writes) <= MAX_ROWS:
        raise LimitExceeded(f"a transaction holds 1 to {MAX_ROWS} rows, this one {len(writes)}")
    if len({write.key for write in writes}) != len(writes):
        raise LimitExceeded("a transaction may touch each row once")
    _check_key(partition)
    payload = 0
    for write in writes:
        _check_key(write.key)
        payload += _OPERATION_OVERHEAD
        if not isinstance(write, Delete):
            check_row(write.key, write.cells)
            payload += sum(len(name) * 2 + _sent(cell) for name, cell in write.cells.items())
    if payload > MAX_PAYLOAD:
        raise LimitExceeded(f"a transaction's payload may be {MAX_PAYLOAD} bytes, not {payload}")


def check_row(key: str, cells: Cells) -> None:
    """Raise LimitExceeded for a row that Azure would refuse."""
    if len(cells) > MAX_PROPERTIES:
        raise LimitExceeded(f"row {key}: {len(cells)} properties, at most {MAX_PROPERTIES}")
    for name, cell in cells.items():
        if _stored(cell) > MAX_PROPERTY:
            raise LimitExceeded(f"row {key}: {name} has {_stored(cell)} bytes, at most 64 KiB")
    size = sum(8 + len(name) * 2 + _stored(cell) for name, cell in cells.items())
    if size > MAX_ENTITY:
        raise LimitExceeded(f"row {key}: {size} bytes, at most 1 MiB")


def _check_key(key: str) -> None:
    if len(key) > MAX_KEY or _FORBIDDEN.search(key):
        raise LimitExceeded(f"no storage key: {key[:80]!r}")


def _stored(cell: Cell) -> int:
    """Bytes that a property takes in storage: strings are UTF-16 there."""
    match cell:
        case str():
            return len(cell.encode("utf-16-le"))
        case bytes():
            return len(cell)
        case _:
            return 8


def _sent(cell: Cell) -> int:
    """Bytes that a property takes in a request, at most: JSON escapes what is not ASCII."""
    match cell:
        case str():
            return len(cell) if cell.isascii() else 6 * len(cell)
        case bytes():
            return 4 * len(cell) // 3 + 4
        case _:
            return 24
