"""Sub-assessments in pages: image after image, in the order of the images' rows.

A page ends in the midst of an image as well, so its token names the row, the findings that it
showed, and how many of them were told. Where a rescan has replaced those, the image begins anew:
better told twice than left out.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from core.advisories.exploitation import Exploitations
from core.azure_shapes.judged import judged
from core.azure_shapes.keys import AssessmentKey, place_of
from core.errors import InvalidInput
from core.log import layout
from core.projections.cells import text
from core.projections.images import is_there
from core.query.shapes import Json
from core.registry.references import RegistryResource
from core.scanning.exploited import KnownExploitation
from core.storage.interface import Artifacts, Cells, Row, RowReader, Where

PAGE = 100
"""Sub-assessments on a page, at most."""
_FEW = 4
"""Images that are read at first: a page is full after two or three of them, as a rule."""
MAX_LOOKED_AT = 1000
"""Images that a page looks at, at most: where none of them has anything to tell, it is empty."""

_FIRST, _LAST = "i|", "i}"
_SAME_PLACE = 100
"""Images that may share the beginning of a stream's name, which takes some searching for two."""


class Place(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Where a page goes on."""

    shard: int = 0
    key: str = _FIRST
    """The image's row, or what comes before the first."""
    findings: str = ""
    """Hash of the findings of which some were told."""
    told: int = 0
    """How many."""


_PLACES = msgspec.json.Decoder(Place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A page."""

    value: list[Json]
    next: str | None
    """The place where the next one begins; `None` where there is nothing more."""


class SubAssessments:
    """Reads them out of the images' view and the blobs that it names."""

    def __init__(
        self,
        images: RowReader,
        shards: int,
        artifacts: Artifacts,
        exploitation: KnownExploitation,
    ) -> None:
        self._images = images
        self._shards = shards
        self._artifacts = artifacts
        self._exploitation = exploitation

    async def page(
        self,
        registries: Mapping[str, RegistryResource],
        keys: Sequence[AssessmentKey],
        place: str | None,
    ) -> Told:
        """A page of what these assessments say of images in registries, by login server.
        InvalidInput for a place that is none."""
        start = self._read(place)
        known = await self._exploitation.now()
        told: list[Json] = []
        looked_at = 0
        async for row in self._rows(registries, start):
            here = _place(row)
            if looked_at >= MAX_LOOKED_AT or len(told) >= PAGE:
                return Told(value=told, next=_written(here))
            looked_at += 1
            skipped = start.told if _goes_on(start, here) else 0
            room = PAGE - len(told)
            shown, left = await self._of(row.cells, registries, keys, known, skipped, room)
            told += shown
            if left:
                further = msgspec.structs.replace(here, told=skipped + len(shown))
                return Told(value=told, next=_written(further))
        return Told(value=told, next=None)

    async def one(self, registries: Mapping[str, RegistryResource], name: str) -> Json:
        """The sub-assessment of that name in these registries, `None` where there is none."""
        beginning = place_of(name)
        if beginning is None:
            return None
        first, last = f"{_FIRST}{beginning}", f"{_FIRST}{beginning}g"
        found = await asyncio.gather(
            *(
                self._images.range(layout.partition(shard), first, last, limit=_SAME_PLACE)
                for shard in range(self._shards)
            )
        )
        for row in (row for rows in found for row in rows if is_there(row.cells)):
            registry = registries.get(text(row.cells, "registry"))
            if registry is None or "children" in row.cells:
                continue
            image = await judged(self._artifacts, row.cells, registry)
            if (entry := image.named(name)) is not None:
                return image.shown(entry, await self._exploitation.now())
        return None

    async def _of(
        self,
        cells: Cells,
        registries: Mapping[str, RegistryResource],
        keys: Sequence[AssessmentKey],
        known: Exploitations | None,
        skipped: int,
        room: int,
    ) -> tuple[list[dict[str, Json]], bool]:
        """Some of an image's sub-assessments, and whether there are more of them."""
        image = await judged(self._artifacts, cells, registries[text(cells, "registry")])
        entries = image.entries(keys)
        some = entries[skipped : skipped + room]
        return [image.shown(entry, known) for entry in some], len(entries) > skipped + len(some)

    async def _rows(
        self, registries: Mapping[str, RegistryResource], start: Place
    ) -> AsyncIterator[Row]:
        """The images in these registries, from there on."""
        narrowed = [Where("registry", "eq", one) for one in registries if len(registries) == 1]
        some = _FEW
        for shard in range(start.shard, self._shards):
            where = (
                Where("PartitionKey", "eq", layout.partition(shard)),
                Where("RowKey", "ge", start.key if shard == start.shard else _FIRST),
                Where("RowKey", "lt", _LAST),
                Where("digest", "gt", ""),
                *narrowed,
            )
            token: str | None = None
            while True:
                page = await self._images.scan(where, limit=some, token=token)
                some = min(2 * some, PAGE)
                for row in page.rows:
                    if text(row.cells, "registry") in registries and "children" not in row.cells:
                        yield row
                token = page.token
                if token is None:
                    break

    def _read(self, place: str | None) -> Place:
        if place is None:
            return Place()
        try:
            read = _PLACES.decode(place)
        except msgspec.MsgspecError as error:
            raise InvalidInput("$skipToken is not one that was given out") from error
        sane = 0 <= read.shard < self._shards and read.told >= 0
        if not sane or not read.key.startswith(_FIRST) or len(read.key) > 100:
            raise InvalidInput("$skipToken is not one that was given out")
        return read


def _place(row: Row) -> Place:
    findings = text(row.cells, "findings_sha256")
    return Place(shard=layout.shard_of(row.partition), key=row.key, findings=findings)


def _goes_on(start: Place, here: Place) -> bool:
    return (start.shard, start.key, start.findings) == (here.shard, here.key, here.findings)


def _written(place: Place) -> str:
    return msgspec.json.encode(place).decode()
