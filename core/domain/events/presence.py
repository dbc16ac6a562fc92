"""What a registry told of an image, or was found to hold: pushes, pulls, deletions, moved tags.

Times here are the registry's. Two of the facts say that news came too late to change anything, so
that a history shows what was heard, and when.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from core.domain.values import ImageName


class Source(StrEnum):
    """Which signal told of an image."""

    PUSH = "push"
    IMPORT = "import"
    RECONCILE = "reconcile"
    INDEX = "index"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePushed:
    """A manifest is in the registry, perhaps under a tag."""

    schema: ClassVar[int] = 1
    image: ImageName
    subscription: str
    """The Azure subscription that the registry, and so the bill, belongs to."""
    tag: str | None
    media_type: str
    size: int | None
    """Bytes of the manifest, as the registry says."""
    source: Source
    pushed_at: datetime
    """By the registry's clock. Pushes and deletions are ordered by it, never by arrival."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePulled:
    """Somebody pulled the image on that day (UTC)."""

    schema: ClassVar[int] = 1
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDeleted:
    """The manifest is gone from the registry, with every tag on it."""

    schema: ClassVar[int] = 1
    deleted_at: datetime
    """By the registry's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOutdated:
    """News of a push that a deletion known before has undone: the image stays absent.

    The tag left its earlier digest all the same, so the tag's stream hears of it.
    """

    schema: ClassVar[int] = 1
    image: ImageName
    tag: str | None
    pushed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionOutdated:
    """News of a deletion that a push known before has undone: only older tags are gone."""

    schema: ClassVar[int] = 1
    deleted_at: datetime
    tags: tuple[str, ...]
    """The tags that went with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMoved:
    """A tag of this image points to another digest now."""

    schema: ClassVar[int] = 1
    tag: str
    to: str
    """The digest it points to."""
    moved_at: datetime
    """By the registry's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRemoved:
    """The registry has this tag no more, though the image is still there."""

    schema: ClassVar[int] = 1
    tag: str
    removed_at: datetime
    """When the registry was asked, by its own clock: no event tells of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagPointed:
    """A tag of a repository points to a digest."""

    schema: ClassVar[int] = 1
    registry: str
    repository: str
    tag: str
    digest: str
    previous: str | None
    """The digest that it pointed to before."""
    pointed_at: datetime
    """By the registry's clock."""
