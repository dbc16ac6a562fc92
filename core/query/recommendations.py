"""What to upgrade, image by image or rolled up: only where something is unhealthy.

The cost of an answer is bounded. By image, a page reads the findings of its own images, 50 at most.
Rolled up, it counts from the images' rows, and reads the findings of the worst 300 images of the
page's groups, each group's share; `imagesRead` says of how many images the upgrades are. Both look
for newer tags with one scan of each repository concerned, and three newer images' findings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import UNSET
from msgspec.structs import asdict as fields_of

from core.advisories.remediation import Upgrade
from core.answers.base import token
from core.answers.recommendations import (
    GroupRecommendation,
    GroupRecommendations,
    ImageRecommendation,
    ImageRecommendations,
    SharedUpgrade,
    UpgradeOfImage,
)
from core.answers.recommendations import Release as ShownRelease
from core.domain.findings import Finding
from core.domain.values import Severity, SeverityCounts
from core.projections.cells import text, words
from core.projections.image_rows import counts_of
from core.query.parameters import Parameters, known, offset
from core.query.upgrades import upgrade_of, upgrades_in_force
from core.recommendations.newer import NewerTags, Release
from core.recommendations.reading import Reading
from core.rules.subjects import judged_of
from core.scanning.published import PublishedAdvisories
from core.storage.interface import Artifacts, Cells, Row, RowReader, Where

PAGE = 50
"""Recommendations of one page at most."""
READ = 300
"""Images whose findings one rolled-up page reads at most."""

_BY = {name: name for name in ("image", "repository", "registry")}
_NARROWING = ("subscription", "registry", "repository")


@dataclass(frozen=True, slots=True)
class Place:
    """What recommendations are rolled up to."""

    subscription: str
    registry: str
    repository: str | None
    """`None` for a whole registry."""


@dataclass(slots=True)
class Group:
    """The unhealthy images of a place."""

    rows: list[Row] = field(default_factory=list)
    counts: SeverityCounts = field(default_factory=SeverityCounts)

    def add(self, row: Row) -> None:
        """One more of them."""
        self.rows.append(row)
        self.counts += counts_of(row.cells)


class RecommendationQueries:
    """Answers with what to do."""

    def __init__(
        self, images: RowReader, artifacts: Artifacts, advisories: PublishedAdvisories
    ) -> None:
        self._images = images
        self._artifacts = artifacts
        self._advisories = advisories

    async def page(self, given: Mapping[str, str]) -> ImageRecommendations | GroupRecommendations:
        """A page of recommendations, by `image` (in a stable order), `repository` or `registry`
        (worst first)."""
        asked = Parameters(given, known=known("by", *_NARROWING))
        by = asked.choice("by", _BY) or "image"
        narrowed = [
            Where(name, "eq", value.lower() if name == "subscription" else value)
            for name in _NARROWING
            if (value := asked.text(name)) is not None
        ]
        reading = Reading(self._images, self._artifacts)
        if by == "image":
            return await self._by_image(asked, narrowed, reading)
        return await self._rolled_up(asked, narrowed, reading, whole=by == "registry")

    async def _by_image(
        self, asked: Parameters, narrowed: Sequence[Where], reading: Reading
    ) -> ImageRecommendations:
        paging, newer = asked.paging(), NewerTags(reading)
        limit = min(paging.limit, PAGE)
        page = await reading.page(narrowed, limit=limit, token=paging.token)
        return ImageRecommendations(
            value=[await self._image(row, reading, newer) for row in page.rows],
            continuation_token=token(None if page.token is None else asked.seal(page.token)),
        )

    async def _image(self, row: Row, reading: Reading, newer: NewerTags) -> ImageRecommendation:
        findings = await reading.counted(judged_of(row))
        advised = await upgrades_in_force(self._advisories, findings)
        return ImageRecommendation(
            subscription=text(row.cells, "subscription"),
            registry=text(row.cells, "registry"),
            repository=text(row.cells, "repository"),
            digest=text(row.cells, "digest"),
            platform=text(row.cells, "platform") or None,
            tags=words(row.cells, "tags"),
            severities=counts_of(row.cells),
            upgrades=None
            if advised is None
            else [
                UpgradeOfImage(
                    **fields_of(upgrade_of(one)), fixed_in=_release(await newer.fixing(row, one))
                )
                for one in advised
            ],
        )

    async def _rolled_up(
        self, asked: Parameters, narrowed: Sequence[Where], reading: Reading, *, whole: bool
    ) -> GroupRecommendations:
        paging, newer = asked.paging(), NewerTags(reading)
        start, limit = offset(paging.token), min(paging.limit, PAGE)
        groups: dict[Place, Group] = {}
        for row in await reading.unhealthy(narrowed):
            groups.setdefault(_place(row.cells, whole=whole), Group()).add(row)
        ordered = sorted(groups.items(), key=lambda item: (_badness(item[1].counts), str(item[0])))
        page = ordered[start : start + limit]
        share = READ // max(1, len(page))
        further = start + limit
        return GroupRecommendations(
            value=[await self._group(place, group, share, reading, newer) for place, group in page],
            total=len(ordered),
            continuation_token=token(asked.seal(str(further)) if further < len(ordered) else None),
        )

    async def _group(
        self, place: Place, group: Group, share: int, reading: Reading, newer: NewerTags
    ) -> GroupRecommendation:
        worst = sorted(group.rows, key=lambda row: (_badness(counts_of(row.cells)), row.key))
        read = [(row, await reading.counted(judged_of(row))) for row in worst[:share]]
        findings = [one for _, found in read for one in found]
        advised = await upgrades_in_force(self._advisories, findings)
        return GroupRecommendation(
            subscription=place.subscription,
            registry=place.registry,
            repository=UNSET if place.repository is None else place.repository,
            images=len(group.rows),
            images_read=len(read),
            severities=group.counts,
            upgrades=None
            if advised is None
            else [await _shared(one, read, newer) for one in advised],
        )


async def _shared(
    upgrade: Upgrade, read: Sequence[tuple[Row, Sequence[Finding]]], newer: NewerTags
) -> SharedUpgrade:
    """An upgrade, and in how many images it is called for."""
    about = (upgrade.ecosystem, upgrade.package, upgrade.installed)
    rows = [
        row
        for row, findings in read
        if any((one.ecosystem, one.package, one.version) == about for one in findings)
    ]
    fixed = [row for row in rows if await newer.fixing(row, upgrade) is not None]
    return SharedUpgrade(
        **fields_of(upgrade_of(upgrade)), images=len(rows), fixed_in_newer_tag=len(fixed)
    )


def _place(cells: Cells, *, whole: bool) -> Place:
    return Place(
        subscription=text(cells, "subscription"),
        registry=text(cells, "registry"),
        repository=None if whole else text(cells, "repository"),
    )


def _badness(counts: SeverityCounts) -> tuple[int, ...]:
    """Sorts the worst first."""
    return tuple(-getattr(counts, one.value.lower()) for one in Severity)


def _release(found: Release | None) -> ShownRelease | None:
    if found is None:
        return None
    return ShownRelease(
        digest=found.image.subject.image.digest,
        tags=tuple(found.tags),
        pushed_at=found.pushed_at,
    )
