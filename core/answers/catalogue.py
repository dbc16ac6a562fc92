"""What the fleet consists of, and how it came to be so: repositories, tags, days, changes."""

from core.answers.base import Answer, Count, Day, Digest, Moment
from core.answers.fleet import HealthCounts
from core.answers.images import Image
from core.domain.values import Health, SeverityCounts


class Repository(Answer, frozen=True, kw_only=True):
    """A repository and its images."""

    subscription: str
    registry: str
    repository: str
    images: Count
    health: HealthCounts
    findings: SeverityCounts
    pushed_at: Moment
    """When the newest of its images was pushed."""


class Repositories(Answer, frozen=True, kw_only=True):
    """Repositories, the worst first."""

    value: list[Repository]
    total: Count
    """All that were asked for; no more than a thousand are listed."""


class Found(Answer, frozen=True, kw_only=True):
    """What goes by some words."""

    images: list[Image]
    """Whose repository, tag or digest has the words in it; the best first, 50 at most."""
    total: Count
    """All such images."""
    vulnerability: str | None
    """The words, if they are the id of a vulnerability that some image has."""
    package: str | None
    """The words, if they are a package with a vulnerability in some image."""


class TagMoment(Answer, frozen=True, kw_only=True):
    """A tag began to point to a digest."""

    pointed_at: Moment
    """By the registry's clock."""
    digest: Digest
    previous: Digest | None


class TagHistory(Answer, frozen=True, kw_only=True):
    """Where a tag pointed, the latest first."""

    registry: str
    repository: str
    tag: str
    value: list[TagMoment]


class DayTotals(Answer, frozen=True, kw_only=True):
    """How the fleet stood at the end of a day; the last one is still going on."""

    day: Day
    at: Moment
    images: Count
    health: HealthCounts
    findings: SeverityCounts
    score: float | None
    """Points of the secure score; `null` where nothing counts."""


class Trend(Answer, frozen=True, kw_only=True):
    """The fleet, day by day."""

    value: list[DayTotals]


class ImageChange(Answer, frozen=True, kw_only=True):
    """An image whose verdict is another than it was."""

    image: Image
    before: Health | None
    """`null` where there was no such image."""
    worse: bool


class Changes(Answer, frozen=True, kw_only=True):
    """What is different, the worse first."""

    since: Moment
    value: list[ImageChange]
    total: Count
    """All images with another verdict; no more than 40 are listed."""
