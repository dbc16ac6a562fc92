"""What advisories would bring that are not published yet."""

from core.answers.base import Answer, Count, Digest
from core.domain.values import Severity


class WouldBeFinding(Answer, frozen=True, kw_only=True):
    """A finding that an image would have."""

    registry: str
    repository: str
    digest: Digest
    id: str
    severity: Severity
    package: str
    version: str
    fixed: str | None
    purl: str


class WhatIf(Answer, frozen=True, kw_only=True):
    """What records would bring to the fleet."""

    advisories: Count
    """Those that were understood."""
    refused: dict[str, int]
    """Records that were not, by reason."""
    images: Count
    """Images that they would touch, all of them."""
    value: list[WouldBeFinding]
    """The first findings, image by image."""
    whole: bool
    """Whether these are all."""
