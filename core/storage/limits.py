"""What Azure Table Storage refuses, checked before any I/O.

The emulator accepts some of it, and answers a transaction of 101 rows with broken HTTP; so the
limits are ours to hold. Source: "Understanding the Table service data model" and "Performing entity
group transactions" in the Azure Storage documentation.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii

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
_PROPERTY_OVERHEAD = 64
"""Bytes of JSON around a property, its type's annotation included, rounded up."""
_KEYS_OVERHEAD = 2 * _PROPERTY_OVERHEAD + 2 * len("PartitionKey" + "RowKey")
"""The same around both keys of a row."""

_TABLE = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")
_FORBIDDEN = re.compile(r"[/\\#?%\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Azure forbids all but `%`, which it advises against. Surrogates are no text at all."""
_PROPERTY_NAME = re.compile(r"(?!(?:PartitionKey|RowKey|Timestamp)\Z)[A-Za-z_][A-Za-z0-9_]{0,254}")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def check_table(name: str) -> None:
    """Raise LimitExceeded for what cannot be a table's name."""
    if not _TABLE.fullmatch(name):
        raise LimitExceeded(f"no table name: {name[:80]!r} (3 to 63 letters and digits)")


def check_transaction(partition: str, writes: Sequence[Write]) -> int:
    """The bytes of the request that carries the transaction. Raise LimitExceeded for what Azure
    would refuse; say which limit, by how much."""
    if not 1 <= len(writes) <= MAX_ROWS:
        raise LimitExceeded(f"a transaction holds 1 to {MAX_ROWS} rows, this one {len(writes)}")
    if len({write.key for write in writes}) != len(writes):
        raise LimitExceeded("a transaction may touch each row once")
    _check_key(partition)
    payload = sum(_operation(partition, write) for write in writes)
    if payload > MAX_PAYLOAD:
        raise LimitExceeded(f"a transaction's payload may be {MAX_PAYLOAD} bytes, not {payload}")
    return payload


def _operation(partition: str, write: Write) -> int:
    """Bytes that the write takes in the request: never fewer than are sent."""
    _check_key(write.key)
    address = 6 * len((partition + write.key).encode())  # percent-encoded, quotes twice
    if isinstance(write, Delete):
        return _OPERATION_OVERHEAD + address
    return _OPERATION_OVERHEAD + address + _row(partition, write.key, write.cells)


def _check_key(key: str) -> None:
    if len(key) > MAX_KEY or _FORBIDDEN.search(key):
        raise LimitExceeded(f"no storage key: {key[:80]!r}")


def _row(partition: str, key: str, cells: Cells) -> int:
    """Bytes of the row's JSON. Every event that a view takes comes through here with each of its
    rows, so what it takes in storage and in a request is reckoned in one go."""
    if len(cells) > MAX_PROPERTIES:
        raise LimitExceeded(f"row {key}: {len(cells)} properties, at most {MAX_PROPERTIES}")
    stored = 2 * len(partition + key)
    sent = _KEYS_OVERHEAD + _sent(partition) + _sent(key)
    for name, cell in cells.items():
        if not _is_property_name(name):
            raise LimitExceeded(f"row {key}: no property name: {name[:80]!r}")
        kept = _stored(key, name, cell)
        if kept > MAX_PROPERTY:
            raise LimitExceeded(f"row {key}: {name} has {kept} bytes, at most 64 KiB")
        stored += 12 + 2 * len(name) + kept
        sent += _PROPERTY_OVERHEAD + 2 * len(name) + _sent(cell)
    if stored > MAX_ENTITY:
        raise LimitExceeded(f"row {key}: {stored} bytes, at most 1 MiB")
    return sent


@lru_cache
def _is_property_name(name: str) -> bool:
    """Every row of a table has the same few, and each is looked at whenever a row is written."""
    return _PROPERTY_NAME.fullmatch(name) is not None


def _stored(key: str, name: str, cell: Cell) -> int:
    """Bytes that a property takes in storage: strings are UTF-16 there. LimitExceeded for a value
    that no property has."""
    match cell:
        case str():
            if cell.isascii():
                return 2 * len(cell)
            if _SURROGATE.search(cell):
                raise LimitExceeded(f"row {key}: {name} holds half a character")
            return len(cell.encode("utf-16-le"))
        case int():
            if not -(2**63) <= cell < 2**63:
                raise LimitExceeded(f"row {key}: {name} is beyond 64 bits")
            return 8
        case bytes():
            return len(cell)
        case _:
            return 8


def _sent(cell: Cell) -> int:
    """Bytes that a property's value takes in a request: JSON escapes quotes, and all but ASCII."""
    match cell:
        case str():
            return len(encode_basestring_ascii(cell))
        case bytes():
            return 4 * len(cell) // 3 + 6
        case _:
            return 32
