"""RPM's database of installed packages: an SQLite file with each package's header in binary form.

A header is an index of tags and a store of their values, the whole enclosed in a region, which
rpm uses to tell what was signed from what was added on installation.

Sources: rpm's docs/manual/hregions.md and format_header.md; the tags of rpmtag.h.
"""

import sqlite3
import struct
from collections.abc import Iterable

from dev.images.databases import Package

_INT32, _STRING, _BINARY = 4, 6, 7
_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH = 1000, 1001, 1002, 1003, 1022
_SOURCE_RPM, _MODULARITY_LABEL = 1044, 5096
_IMMUTABLE_REGION = 63

_ENTRY = struct.Struct(">iIiI")
"""Tag, type, offset in the store, count."""


def rpmdb(packages: Iterable[Package]) -> bytes:
    """The content of var/lib/rpm/rpmdb.sqlite."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        rows = [(header(package),) for package in packages]
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", rows)
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


def header(package: Package) -> bytes:
    """The package's header, as it stands in the database."""
    entries, store = bytearray(), bytearray()
    for tag, value in sorted(_tags(package).items()):
        if isinstance(value, int):
            store += bytes(-len(store) % 4)  # numbers stand at multiples of their size
            entries += _ENTRY.pack(tag, _INT32, len(store), 1)
            store += value.to_bytes(4, "big")
        else:
            entries += _ENTRY.pack(tag, _STRING, len(store), 1)
            store += value.encode() + b"\x00"
    return _enclosed(bytes(entries), bytes(store))


def _enclosed(entries: bytes, store: bytes) -> bytes:
    """The index and its store as one region, which ends with a trailer that points back."""
    region = _ENTRY.pack(_IMMUTABLE_REGION, _BINARY, len(store), _ENTRY.size)
    length = _ENTRY.size + len(entries)
    trailer = _ENTRY.pack(_IMMUTABLE_REGION, _BINARY, -length, _ENTRY.size)
    sizes = struct.pack(">II", length // _ENTRY.size, len(store) + len(trailer))
    return sizes + region + entries + store + trailer


def _tags(package: Package) -> dict[int, str | int]:
    epoch, _, rest = package.version.rpartition(":")
    version, _, release = rest.rpartition("-")
    source = f"{package.source or package.name}-{version}-{release}.src.rpm"
    tags: dict[int, str | int] = {
        _NAME: package.name,
        _VERSION: version,
        _RELEASE: release,
        _ARCH: "x86_64",
        _SOURCE_RPM: source,
    }
    if epoch:
        tags[_EPOCH] = int(epoch)
    if package.module:
        tags[_MODULARITY_LABEL] = package.module
    return tags
