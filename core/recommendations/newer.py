"""Which newer tag of the same repository has been rid of a finding already.

Whoever runs an old image often need not build anything: a newer tag is there. It is named only
where that is certain: the newer image has a verdict, nothing in it was left out of the comparison,
and none of the findings is in it, disabled or not.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.advisories.remediation import Upgrade
from core.domain.values import Health
from core.projections.cells import text, words
from core.projections.index_rows import children_of
from core.recommendations.reading import Reading
from core.rules.subjects import Judged, judged_of
from core.storage.interface import Row

LOOKED_AT = 3
"""Newer images that are looked into, the newest first."""
MOST = 5_000
"""Images of one repository among which newer ones are looked for."""

_VERDICTS = (Health.HEALTHY, Health.UNHEALTHY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An image that has a tag, or that an index with a tag lists."""

    tags: tuple[str, ...]
    pushed_at: str
    """When what has the tags was pushed; such texts sort as times do."""
    platform: str
    image: Judged


class NewerTags:
    """Looks for newer tags, in each repository once for a question."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: dict[tuple[str, str], list[Release]] = {}

    async def fixing(self, row: Row, upgrade: Upgrade) -> Release | None:
        """The newest image of the same repository and platform, newer than this one, that has
        none of the findings which the upgrade is about."""
        for release in await self._newer(row):
            has = (await self._reading.ids(release.image.findings)).get(upgrade.package, set())
            if has.isdisjoint(upgrade.resolved or upgrade.remaining):
                return release
        return None

    async def _newer(self, row: Row) -> list[Release]:
        place = (text(row.cells, "registry"), text(row.cells, "repository"))
        if place not in self._known:
            rows = await self._reading.repository(*place, most=MOST)
            self._known[place] = releases(rows)
        newer = [
            one
            for one in self._known[place]
            if one.pushed_at > text(row.cells, "pushed_at")
            and one.platform == text(row.cells, "platform")
            and one.image.subject.image.digest != text(row.cells, "digest")
        ]
        return newer[:LOOKED_AT]


def releases(rows: Iterable[Row]) -> list[Release]:
    """What the tags of a repository name, as far as it has a full verdict, newest first."""
    by_digest = {text(row.cells, "digest"): row for row in rows}
    found: list[Release] = []
    for tagged in by_digest.values():
        tags = tuple(words(tagged.cells, "tags"))
        listed = [by_digest[one] for one in children_of(tagged.cells) if one in by_digest]
        found += [_release(one, tags, tagged) for one in (tagged, *listed) if tags and _full(one)]
    return sorted(found, key=lambda one: (one.pushed_at, one.tags), reverse=True)


def _full(row: Row) -> bool:
    """Whether all of the image was compared."""
    if "findings_sha256" not in row.cells:
        return False
    judged = judged_of(row)
    return judged.health in _VERDICTS and not judged.left_out


def _release(row: Row, tags: tuple[str, ...], tagged: Row) -> Release:
    return Release(
        tags=tags,
        pushed_at=text(tagged.cells, "pushed_at"),
        platform=text(row.cells, "platform"),
        image=judged_of(row),
    )
