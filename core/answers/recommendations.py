"""What to upgrade, by image or rolled up."""

from msgspec import UNSET, UnsetType

from core.answers.base import Answer, Count, Digest, Moment, Page
from core.answers.findings import Upgrade
from core.domain.values import SeverityCounts


class Release(Answer, frozen=True, kw_only=True):
    """A newer image of the same repository, under a tag."""

    digest: Digest
    tags: tuple[str, ...]
    pushed_at: Moment


class UpgradeOfImage(Upgrade, frozen=True, kw_only=True):
    """An upgrade, and the newer image that has it already, where there is one."""

    fixed_in: Release | None


class SharedUpgrade(Upgrade, frozen=True, kw_only=True):
    """An upgrade that several images call for."""

    images: Count
    fixed_in_newer_tag: Count
    """Of how many of them a newer image has it already."""


class ImageRecommendation(Answer, frozen=True, kw_only=True):
    """What to upgrade in an image; `null` while no advisories are in force."""

    subscription: str
    registry: str
    repository: str
    digest: Digest
    platform: str | None
    tags: list[str]
    severities: SeverityCounts
    upgrades: list[UpgradeOfImage] | None


class GroupRecommendation(Answer, frozen=True, kw_only=True):
    """What to upgrade in a repository, or in a registry."""

    subscription: str
    registry: str
    repository: str | UnsetType = UNSET
    images: Count
    images_read: Count
    """Of how many images the upgrades are."""
    severities: SeverityCounts
    upgrades: list[SharedUpgrade] | None


class ImageRecommendations(Page, frozen=True, kw_only=True):
    """A page of them, image by image."""

    value: list[ImageRecommendation]


class GroupRecommendations(Page, frozen=True, kw_only=True):
    """A page of them, worst first."""

    value: list[GroupRecommendation]
    total: Count
