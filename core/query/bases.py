"""What an image was built on: by its own word, and by the layers that it begins with.

Its word is an annotation, which anybody may write; so it is told as what the image says, beside
whether its layers agree. Layers prove more: an image of ours whose layers are the first of this
one's, all of them, is what this one could have been built on, whatever it says. Both stand in the
image's own history, so the past is answered from what was known then; images that are not there, or
that somebody may not see, are not found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.answers.bases import Base, KnownImage, SaidBase, SharedLayers
from core.domain import events as e
from core.domain.ids import image_stream
from core.domain.recorded import Recorded
from core.domain.values import ImageName, Origin, is_registry, is_repository
from core.projections.cells import artifact, text, words
from core.query.standing import Standing, Standings
from core.scanning.stacks import Stacks
from core.storage.interface import Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """The image that another names as its base."""

    image: KnownImage
    layers: tuple[str, ...]
    """Its layers, where they are known."""


class Bases:
    """Finds what images were built on."""

    def __init__(self, standings: Standings, stacks: Stacks) -> None:
        self._standings = standings
        self._stacks = stacks

    async def of(self, standing: Standing, history: Sequence[Recorded]) -> Base | None:
        """The base of an image with that history; `None` where nothing is known of one."""
        origin = origin_in(history)
        said = await self._said(standing, origin)
        holds = said is not None and _begins(origin.layers, said.layers)
        shared = (
            _shared(said.image, len(said.layers), origin)
            if said is not None and holds
            else await self._deepest(standing, origin)
        )
        claim = _claim(origin, said, holds=holds)
        return None if claim is None and shared is None else Base(said=claim, shared=shared)

    async def _said(self, standing: Standing, origin: Origin) -> _Said | None:
        """What is known of the image that it says it was built on."""
        name = named(origin)
        cells = None if name is None else await self._standings.cells(standing, name)
        if name is None or cells is None:
            return None
        history = await standing.history(image_stream(name))
        return _Said(image=_known(cells), layers=origin_in(history).layers)

    async def _deepest(self, standing: Standing, origin: Origin) -> SharedLayers | None:
        """The image with most of the first layers; of several, one that a tag points to."""
        for depth, images in await self._stacks.below(origin.layers):
            rows = [await self._standings.cells(standing, one) for one in images]
            there = [row for row in rows if row is not None and artifact(row, "sbom") is not None]
            if there:
                there.sort(key=lambda row: (not words(row, "tags"), text(row, "repository")))
                return _shared(_known(there[0]), depth, origin)
        return None


def origin_in(history: Sequence[Recorded]) -> Origin:
    """What an image with that history is built from, as far as any attempt saw."""
    taken = (one.event for one in reversed(history) if isinstance(one.event, e.InventoryTaken))
    return next((one.origin for one in taken if one.origin.layers), Origin())


def named(origin: Origin) -> ImageName | None:
    """The image that it says it was built on, if it says which one exactly."""
    place, _, _ = origin.base_name.partition("@")
    registry, _, path = place.partition("/")
    repository = path.partition(":")[0]
    if not (origin.base_digest and is_registry(registry) and is_repository(repository)):
        return None
    return ImageName(registry=registry, repository=repository, digest=origin.base_digest)


def _begins(layers: Sequence[str], others: Sequence[str]) -> bool:
    """Whether they begin with all of the others, and go on."""
    return 0 < len(others) < len(layers) and tuple(layers[: len(others)]) == tuple(others)


def _claim(origin: Origin, said: _Said | None, *, holds: bool) -> SaidBase | None:
    if not (origin.base_name or origin.base_digest):
        return None
    return SaidBase(
        name=origin.base_name or None,
        digest=origin.base_digest or None,
        image=said.image if said else None,
        holds=holds if said and said.layers else None,
    )


def _shared(image: KnownImage, layers: int, origin: Origin) -> SharedLayers:
    return SharedLayers(image=image, layers=layers, total=len(origin.layers))


def _known(cells: Cells) -> KnownImage:
    return KnownImage(
        registry=text(cells, "registry"),
        repository=text(cells, "repository"),
        digest=text(cells, "digest"),
        tags=words(cells, "tags"),
    )
