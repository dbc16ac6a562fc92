"""A distinct package: all of a package that matching looks at, as bytes with a name.

Images share most of their packages, so each is kept once per shard and named by the hash of what it
is. The layer that brought it is no part of it: a base image that is built anew has the same
packages in other layers.
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from core.advisories.packages import category
from core.domain.findings import Category
from core.inventory.packages import Inventory, OperatingSystem, Package

NAME = 16
"""Bytes of a package's name: a hash that nobody can make two packages have."""
SHORT = 8
"""Bytes of it that stand in an image's row."""

type _Fields = tuple[
    str,
    str,
    str,
    str,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    tuple[str, str] | None,
]

_DECODER = msgspec.msgpack.Decoder(_Fields)


class Distinct(NamedTuple):
    """A package, and the system that says which advisories are meant."""

    package: Package
    system: OperatingSystem | None
    """`None` too where the package is a language's: it is the same on every system."""


def contents(inventory: Inventory) -> Iterator[bytes]:
    """Each of an inventory's packages as bytes, in its order."""
    for package in inventory.packages:
        yield encode(package, inventory.os)


def encode(package: Package, system: OperatingSystem | None) -> bytes:
    """A package as bytes: the same for the same package, whatever its image."""
    known = system if category(package) is Category.OS else None
    fields: _Fields = (
        package.name,
        package.version,
        package.purl,
        package.type,
        package.namespace,
        package.distro,
        package.source_name,
        package.source_version,
        package.epoch,
        package.arch,
        package.module,
        (known.id, known.version) if known else None,
    )
    return msgspec.msgpack.encode(fields)


def decode(content: bytes) -> Distinct:
    """The package that `encode` wrote."""
    *fields, system = _DECODER.decode(content)
    name, version, purl, kind, namespace, distro, source, built, epoch, arch, module = fields
    package = Package(
        name=name,
        version=version,
        purl=purl,
        type=kind,
        namespace=namespace,
        distro=distro,
        source_name=source,
        source_version=built,
        epoch=epoch,
        arch=arch,
        module=module,
    )
    return Distinct(package, OperatingSystem(id=system[0], version=system[1]) if system else None)


def name_of(content: bytes) -> bytes:
    """What a package is called."""
    return hashlib.blake2b(content, digest_size=NAME).digest()
