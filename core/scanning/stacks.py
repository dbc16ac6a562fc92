"""Images by their stacks of layers: what lies at the bottom of another image is found by it.

A stack is named by its chain: the hash of its top layer's digest and the chain below, as the OCI
image specification v1.1 makes a ChainID. So one look for each layer of an image finds whichever
image has just the layers that are below it. A row is written before the fact that it speaks of is,
so it may speak of what never was or is no more: whoever finds an image here looks it up.
"""

import asyncio
import hashlib
from collections.abc import Sequence

from core.domain.ids import image_stream
from core.domain.image.commands import RecordInventory
from core.domain.values import ImageName
from core.projections.cells import text
from core.storage.interface import Cell, Put, Row, Rows

DEEPEST = 150
"""Layers of an image that are looked below of at most, from the bottom: Docker builds 127."""
ALIKE = 20
"""Images of the same stack that are found at most: any number can be pushed."""


class Stacks:
    """Finds images whose layers are the first of another's."""

    def __init__(self, rows: Rows) -> None:
        """Rows of the table of known inventories, whose backups and erasures hold for these too:
        each names the inventory that it came with, and the stream that it speaks of."""
        self._rows = rows

    async def remember(self, image: ImageName, taken: RecordInventory) -> None:
        """Keep that the image has those layers; nothing where they are not known."""
        if not taken.origin.layers:
            return
        chain, stream = chains(taken.origin.layers)[-1], image_stream(image)
        cells: dict[str, Cell] = {
            "stream": stream,
            "registry": image.registry,
            "repository": image.repository,
            "digest": image.digest,
            "sha256": taken.bom.sha256,
            "size": taken.bom.size,
        }
        await self._rows.commit(_partition(chain), [Put(f"{_prefix(chain)}{stream}", cells)])

    async def below(self, layers: Sequence[str]) -> list[tuple[int, list[ImageName]]]:
        """Images that may have the first layers and no more, those with most of them first; beside
        how many layers that is. An image of just these layers is not below them."""
        found = await asyncio.gather(*map(self._of, chains(layers[:DEEPEST])[: len(layers) - 1]))
        deepest = reversed(list(enumerate(found, start=1)))
        return [(depth, images) for depth, images in deepest if images]

    async def _of(self, chain: str) -> list[ImageName]:
        first, last = _prefix(chain), f"{_prefix(chain)[:-1]}}}"
        rows = await self._rows.range(_partition(chain), first, last, limit=ALIKE)
        return [_image(row) for row in rows]


def chains(layers: Sequence[str]) -> list[str]:
    """The name of each stack from the bottom: of the first layer, of the first two, and so on."""
    named: list[str] = []
    for layer in layers:
        below = f"{named[-1]} " if named else ""
        named.append(hashlib.sha256(f"{below}{layer}".encode()).hexdigest())
    return named


def _image(row: Row) -> ImageName:
    cells = row.cells
    return ImageName(
        registry=text(cells, "registry"),
        repository=text(cells, "repository"),
        digest=text(cells, "digest"),
    )


def _prefix(chain: str) -> str:
    return f"stack|{chain}|"


def _partition(chain: str) -> str:
    """Stacks spread over 256 partitions."""
    return chain[:2]
