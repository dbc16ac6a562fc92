"""Errors: problem details (RFC 9457), and `CloudError` in Azure's own shapes."""

from msgspec import UNSET, UnsetType

from core.answers.base import Answer


class Problem(Answer, frozen=True, kw_only=True):
    """What went wrong, and what to do about it."""

    type: str
    title: str
    status: int
    detail: str | UnsetType = UNSET


class CloudFault(Answer, frozen=True, kw_only=True):
    """What went wrong, as Azure Resource Manager says it."""

    code: str
    message: str


class CloudError(Answer, frozen=True, kw_only=True):
    """An error of Azure Resource Manager."""

    error: CloudFault
