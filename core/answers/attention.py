"""What needs somebody now, as the API answers it."""

from core.answers.base import Answer
from core.answers.images import Image


class Urgent(Answer, frozen=True, kw_only=True):
    """An image that is unhealthy and in use, and what makes it urgent."""

    image: Image
    exploited: list[str]
    """Its findings that are known to be exploited."""
    epss: float | None
    """The highest probability of exploitation of any of its findings."""


class Attention(Answer, frozen=True, kw_only=True):
    """The most urgent images, and how many there are of which kind."""

    value: list[Urgent]
    in_use: int
    """Unhealthy images that are in use."""
    unhealthy: int
    """All unhealthy images that have findings of their own."""
    exploited: int
    """How many of those that were read have a finding that is known to be exploited."""
    read: int
    """Images whose findings were read: the worst of those in use."""
