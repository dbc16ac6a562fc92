"""One image's row in the fleet's view: who it is, what it has, and what was last said of it."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from core.domain import events as e
from core.domain.ids import StreamId
from core.domain.values import Artifact, ImageName
from core.fleet.cells import ROOM, long_bytes, put_bytes
from core.fleet.distinct import SHORT, contents, name_of
from core.inventory.packages import Inventory
from core.projections.cells import number, text
from core.storage.interface import Cell, Cells, Row

PREFIX = "m|"

_PACKAGES, _LAYERS, _PACKED = "packages", "layers", "packed"
_PATTERN = msgspec.msgpack.Decoder(tuple[list[str | None], list[int]])


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetImage:
    """An image whose packages are known."""

    stream: StreamId
    name: ImageName
    bom: Artifact
    packages: bytes | None
    """Short names of its packages one after the other, in the inventory's order; `None` where the
    inventory must be read, because the rows have no room for it."""
    layers: bytes
    """Which layer brought which package, packed; empty where no layer is known."""
    version: int
    """Of the advisories that its verdict was made with; 0 while there is none."""
    findings: str
    """Hash of its findings; empty while there are none."""
    uncompared: int
    position: int
    """Of the last inventory or verdict."""

    @property
    def short_names(self) -> list[bytes]:
        """The short names of its packages, in the inventory's order."""
        packed = self.packages or b""
        return [packed[start : start + SHORT] for start in range(0, len(packed), SHORT)]

    def layer_of_each(self, count: int) -> Sequence[str | None]:
        """The layer of each of its packages, of which there are `count`."""
        if not self.layers:
            return [None] * count
        names, pattern = _PATTERN.decode(zlib.decompress(self.layers))
        return [names[index] for index in pattern]


def image_key(stream: StreamId) -> str:
    """Row key of an image."""
    return f"{PREFIX}{stream}"


def identity(image: ImageName) -> Cells:
    """The cells of an image of which nothing else is known."""
    return {
        "registry": image.registry,
        "repository": image.repository,
        "digest": image.digest,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """An inventory as a row holds it."""

    packages: Mapping[bytes, bytes]
    """Contents by name."""
    short_names: bytes
    layers: bytes


def pack(inventory: Inventory) -> Packed | None:
    """The inventory as a row holds it, or `None` if it is too large for one, or brings findings of
    its cataloger's own, which no advisory tells."""
    if inventory.brought:
        return None
    packages = [(name_of(content), content) for content in contents(inventory)]
    short_names = b"".join(name[:SHORT] for name, _ in packages)
    layers = _pack_layers(inventory)
    if len(short_names) + len(layers) > ROOM:
        return None
    return Packed(packages=dict(packages), short_names=short_names, layers=layers)


def inventoried(row: Cells, position: int, bom: Artifact, packed: Packed | None) -> Cells:
    """The row with an inventory; it must be read where it is not packed.

    What was said of an earlier inventory is no verdict on this one.
    """
    cells: dict[str, Cell] = {
        **{name: row[name] for name in ("registry", "repository", "digest")},
        "bom_sha256": bom.sha256,
        "bom_size": bom.size,
        _PACKED: packed is not None,
        "version": 0,
        "position": position,
    }
    if packed is not None:
        put_bytes(cells, _PACKAGES, packed.short_names)
        put_bytes(cells, _LAYERS, packed.layers)
    return cells


def assessed(row: Cells, position: int, event: e.ScanCompleted) -> Cells:
    """The row with a verdict."""
    return {
        **row,
        "version": event.advisories_version,
        "findings_sha256": event.findings.sha256,
        "uncompared": event.uncompared,
        "position": position,
    }


def image_of(row: Row) -> FleetImage | None:
    """The image that a row shows, or `None` if its packages are not known yet."""
    cells = row.cells
    if "bom_sha256" not in cells:
        return None
    return FleetImage(
        stream=StreamId(row.key.removeprefix(PREFIX)),
        name=ImageName(
            registry=text(cells, "registry"),
            repository=text(cells, "repository"),
            digest=text(cells, "digest"),
        ),
        bom=Artifact(sha256=text(cells, "bom_sha256"), size=number(cells, "bom_size")),
        packages=long_bytes(cells, _PACKAGES) if cells[_PACKED] else None,
        layers=long_bytes(cells, _LAYERS),
        version=number(cells, "version"),
        findings=text(cells, "findings_sha256"),
        uncompared=number(cells, "uncompared"),
        position=number(cells, "position"),
    )


def _pack_layers(inventory: Inventory) -> bytes:
    """Each layer's digest once, and its number for each package."""
    layers = [package.layer for package in inventory.packages]
    if not any(layers):
        return b""
    numbers = {layer: index for index, layer in enumerate(dict.fromkeys(layers))}
    pattern = [numbers[layer] for layer in layers]
    return zlib.compress(msgspec.msgpack.encode((list(numbers), pattern)))
