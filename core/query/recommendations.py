"""What to upgrade, image by image or rolled up: only where something is unhealthy.

The cost of an answer is bounded. By image, a page reads the findings of its own images, 50 at most.
Rolled up, it counts from the images' rows, and reads the findings of the worst 300 images of the
page's groups, each group's share; `imagesRead` says of how many images the upgrades are. Both look
for newer tags with one scan of each repository concerned, and three newer images' findings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.advisories.remediation import Upgrade
from core.domain.findings import Finding
from core.domain.values import Severity, SeverityCounts
from core.projections.cells import text, words
from core.projections.image_rows import counts_of
from core.query.parameters import Parameters, known, offset
from core.query.shapes import Json, severities_of
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

    async def page(self, given: Mapping[str, str]) -> Json:
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
    ) -> Json:
        paging, newer = asked.paging(), NewerTags(reading)
        limit = min(paging.limit, PAGE)
        page = await reading.page(narrowed, limit=limit, token=paging.token)
        answer: dict[str, Json] = {
            "value": [await self._image(row, reading, newer) for row in page.rows]
        }
        if page.token is not None:
            answer["continuationToken"] = asked.seal(page.token)
        return answer

    async def _image(self, row: Row, reading: Reading, newer: NewerTags) -> Json:
        findings = await reading.counted(judged_of(row))
        advised = await upgrades_in_force(self._advisories, findings)
        return {
            **{name: text(row.cells, name) for name in (*_NARROWING, "digest")},
            "platform": text(row.cells, "platform") or None,
            "tags": list[Json](words(row.cells, "tags")),
            "severities": severities_of(row.cells),
            "upgrades": None
            if advised is None
            else [
                {**upgrade_of(one), "fixedIn": _release(await newer.fixing(row, one))}
                for one in advised
            ],
        }

    async def _rolled_up(
        self, asked: Parameters, narrowed: Sequence[Where], reading: Reading, *, whole: bool
    ) -> Json:
        paging, newer = asked.paging(), NewerTags(reading)
        start, limit = offset(paging.token), min(paging.limit, PAGE)
        groups: dict[Place, Group] = {}
        for row in await reading.unhealthy(narrowed):
            groups.setdefault(_place(row.cells, whole=whole), Group()).add(row)
        ordered = sorted(groups.items(), key=lambda item: (_badness(item[1].counts), str(item[0])))
        page = ordered[start : start + limit]
        share = READ // max(1, len(page))
        answer: dict[str, Json] = {
            "value": [
                await self._group(place, group, share, reading, newer) for place, group in page
            ],
            "total": len(ordered),
        }
        if start + limit < len(ordered):
            answer["continuationToken"] = asked.seal(str(start + limit))
        return answer

    async def _group(
        self, place: Place, group: Group, share: int, reading: Reading, newer: NewerTags
    ) -> Json:
        worst = sorted(group.rows, key=lambda row: (_badness(counts_of(row.cells)), row.key))
        read = [(row, await reading.counted(judged_of(row))) for row in worst[:share]]
        findings = [one for _, found in read for one in found]
        advised = await upgrades_in_force(self._advisories, findings)
        return {
            "subscription": place.subscription,
            "registry": place.registry,
            **({} if place.repository is None else {"repository": place.repository}),
            "images": len(group.rows),
            "imagesRead": len(read),
            "severities": {
                one.value.lower(): getattr(group.counts, one.value.lower()) for one in Severity
            },
            "upgrades": None
            if advised is None
            else [await _shared(one, read, newer) for one in advised],
        }


async def _shared(
    upgrade: Upgrade, read: Sequence[tuple[Row, Sequence[Finding]]], newer: NewerTags
) -> Json:
    """An upgrade, and in how many images it is called for."""
    about = (upgrade.ecosystem, upgrade.package, upgrade.installed)
    rows = [
        row
        for row, findings in read
        if any((one.ecosystem, one.package, one.version) == about for one in findings)
    ]
    fixed = [row for row in rows if await newer.fixing(row, upgrade) is not None]
    return {**upgrade_of(upgrade), "images": len(rows), "fixedInNewerTag": len(fixed)}


def _place(cells: Cells, *, whole: bool) -> Place:
    return Place(
        subscription=text(cells, "subscription"),
        registry=text(cells, "registry"),
        repository=None if whole else text(cells, "repository"),
    )


def _badness(counts: SeverityCounts) -> tuple[int, ...]:
    """Sorts the worst first."""
    return tuple(-getattr(counts, one.value.lower()) for one in Severity)


def _release(found: Release | None) -> Json:
    if found is None:
        return None
    return {
        "digest": found.image.subject.image.digest,
        "tags": list[Json](found.tags),
        "pushedAt": found.pushed_at,
    }
