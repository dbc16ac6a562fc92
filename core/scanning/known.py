"""Inventories by digest: what is known of a digest in one repository holds in every other.

A digest names the same bytes wherever they lie, so a second repository costs no pull and no
sandbox. Only the reference is kept here; the packages stand in their artifact.
"""

from core.domain.image.commands import RecordInventory
from core.domain.values import Artifact, Origin, Platform, ScanId
from core.log import layout
from core.projections.cells import long_text, put_long_text, text
from core.sandbox.cataloger import Cataloger
from core.storage.interface import Cell, Cells, Put, Rows


class KnownInventories:
    """Finds an inventory by the digest it was taken of."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def remember(self, digest: str, taken: RecordInventory) -> None:
        """Keep where the inventory of that digest stands."""
        cells: dict[str, Cell] = {
            "sha256": taken.bom.sha256,
            "size": taken.bom.size,
            "os": taken.platform.os,
            "architecture": taken.platform.architecture,
            "variant": taken.platform.variant or "",
            "distribution": taken.distribution or "",
            "cataloger": taken.cataloger,
            "packages": taken.packages,
            "unidentified": taken.unidentified,
            "base_name": taken.origin.base_name,
            "base_digest": taken.origin.base_digest,
        }
        put_long_text(cells, "layers", " ".join(taken.origin.layers))
        await self._rows.commit(_partition(digest), [Put(digest, cells)])

    async def find(
        self, digest: str, scan: ScanId, *, cataloger: Cataloger
    ) -> RecordInventory | None:
        """The inventory of that digest, for that scan, if that cataloger has taken one."""
        row = await self._rows.get(_partition(digest), digest)
        if row is None or not cataloger.took(str(row.cells["cataloger"])):
            return None
        cells = row.cells
        bom = Artifact(sha256=str(cells["sha256"]), size=layout.integer(cells, "size"))
        platform = Platform(
            os=str(cells["os"]),
            architecture=str(cells["architecture"]),
            variant=str(cells["variant"]) or None,
        )
        return RecordInventory(
            scan=scan,
            attempt=0,
            bom=bom,
            platform=platform,
            distribution=str(cells["distribution"]) or None,
            cataloger=str(cells["cataloger"]),
            packages=layout.integer(cells, "packages"),
            unidentified=layout.integer(cells, "unidentified"),
            origin=_origin(cells),
        )


def _origin(cells: Cells) -> Origin:
    return Origin(
        layers=tuple(long_text(cells, "layers").split()),
        base_name=text(cells, "base_name"),
        base_digest=text(cells, "base_digest"),
    )


def _partition(digest: str) -> str:
    """Digests spread over 256 partitions."""
    return digest.removeprefix("sha256:")[:2]
