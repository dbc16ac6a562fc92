"""What was charged, once and for ever, and what was not."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.domain.values import ImageName, NotBilledReason, ScanId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBilled:
    """A digest was charged to a subscription: once, ever."""

    schema: ClassVar[int] = 1
    subscription: str
    image: ImageName
    scan: ScanId
    """The first scan that was completed."""
    billed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageNotBilled:
    """A digest came to something that is not charged, and why."""

    schema: ClassVar[int] = 1
    subscription: str
    image: ImageName
    scan: ScanId
    reason: NotBilledReason
    cause: str
    """What the reason is made of: a cause of failure, or where it was billed; may be empty."""
    decided_at: datetime
