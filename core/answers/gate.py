"""May an image go on? Names and their meaning are stable: pipelines read them."""

from enum import StrEnum

from core.answers.base import Answer, Count, Digest, Moment
from core.domain.values import Freshness, Health, Severity


class Verdict(StrEnum):
    """The gate's answer."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    PENDING = "pending"
    """Nobody can say yet: ask again."""


class GatedImage(Answer, frozen=True, kw_only=True):
    """The image that was judged."""

    registry: str
    repository: str
    digest: Digest | None
    """`null` while nobody knows what the tag points to."""
    tag: str | None


class GatePolicy(Answer, frozen=True, kw_only=True):
    """What was asked."""

    fail_on: Severity
    ignore_unfixed: bool
    allow: list[str]


class GateReason(Answer, frozen=True, kw_only=True):
    """Why the verdict is what it is."""

    code: str
    message: str
    digest: Digest | None


class StoppingFinding(Answer, frozen=True, kw_only=True):
    """A finding that stops the image."""

    id: str
    severity: Severity
    package: str
    version: str
    fixed: str | None
    purl: str
    digest: Digest
    platform: str | None


class DisablingRule(Answer, frozen=True, kw_only=True):
    """A rule that disables findings which would have stopped the image."""

    rule: str
    findings: Count


class Overlooked(Answer, frozen=True, kw_only=True):
    """Findings that do not stop the image."""

    below_severity: Count
    unfixed: Count
    disabled: list[DisablingRule]


class GateAnswer(Answer, frozen=True, kw_only=True):
    """May the image go on?"""

    image: GatedImage
    verdict: Verdict
    assessed: bool
    policy: GatePolicy
    health: Health | None
    freshness: Freshness | None
    assessed_at: Moment | None
    reasons: list[GateReason]
    findings: list[StoppingFinding]
    total: Count
    overlooked: Overlooked
    retry_after: int | None
