"""What administrators did to views and process managers."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildRequested:
    """An administrator, or a new version, had a view made anew beside the one that is read."""

    schema: ClassVar[int] = 1
    follower: str
    """The view."""
    version: int
    """Of the projection."""
    generation: int
    """Which of the view's tables it goes into."""
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildCancelled:
    """An administrator called a rebuild off before its table was read."""

    schema: ClassVar[int] = 1
    follower: str
    """The view."""
    generation: int
    """Which of the view's tables is not to be."""
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRetried:
    """An administrator had an event tried again that a view or process manager stumbled over."""

    schema: ClassVar[int] = 1
    follower: str
    shard: int
    position: int
    by: str
    reason: str
    retried_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSkipped:
    """An administrator gave an event up: a view or process manager that cannot apply it goes on
    without."""

    schema: ClassVar[int] = 1
    follower: str
    shard: int
    position: int
    by: str
    reason: str
