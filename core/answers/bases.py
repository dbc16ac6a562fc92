"""What an image was built on: by what it says, and by what its layers prove."""

from core.answers.base import Answer, Count, Digest
from core.domain.values import SeverityCounts


class KnownImage(Answer, frozen=True, kw_only=True):
    """An image that is in the inventory, too."""

    registry: str
    repository: str
    digest: Digest
    tags: list[str]


class SaidBase(Answer, frozen=True, kw_only=True):
    """The base that an image says it has. Whoever builds an image writes that, true or not."""

    name: str | None
    digest: Digest | None
    image: KnownImage | None
    """That image, where it is known."""
    holds: bool | None
    """Whether the image begins with all the layers of that one; `null` where those are not
    known."""


class SharedLayers(Answer, frozen=True, kw_only=True):
    """Layers that an image has in common with one that has no others: proved by their digests."""

    image: KnownImage
    layers: Count
    """So many, from the bottom."""
    total: Count
    """Layers of the image."""


class Base(Answer, frozen=True, kw_only=True):
    """What is known of an image's base."""

    said: SaidBase | None
    shared: SharedLayers | None


class Brought(Answer, frozen=True, kw_only=True):
    """What some layers brought, taken together."""

    layers: Count
    packages: Count
    findings: SeverityCounts
    """Those that no rule disables."""


class Parts(Answer, frozen=True, kw_only=True):
    """What came with the base, and what the image added."""

    base: Brought
    own: Brought
