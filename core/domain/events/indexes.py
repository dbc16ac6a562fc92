"""What an index and the images that it lists tell each other."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from core.domain.values import Health, SeverityCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentFound:
    """An index lists this image, and waits for its verdict."""

    schema: ClassVar[int] = 1
    parent: str
    """The index's digest, in the same repository."""
    pushed_at: datetime
    """When the index was pushed: pushed anew after a deletion, it asks anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildAssessed:
    """The verdict on one of an index's children changed."""

    schema: ClassVar[int] = 2
    child: str
    health: Health
    counts: SeverityCounts
    """The findings that no rule disables."""
    position: int
    """Position of the child's own event, so that an older verdict never replaces a newer."""
    disabled: SeverityCounts = field(default_factory=SeverityCounts)
