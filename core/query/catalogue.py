"""What the fleet consists of: its repositories, and what goes by some words.

Tables are searched by key, not by words: so all images' rows are looked through in memory. Those of
now are kept there (`kept.py`); those of the past are read for each question.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.answers.catalogue import Found, Repositories, Repository
from core.answers.fleet import HealthCounts
from core.domain.values import Health, SeverityCounts
from core.projections.cells import number, text, words
from core.projections.findings import index_key
from core.projections.images import is_there
from core.projections.totals import SEVERITIES
from core.query.kept import KeptImages, read_shard
from core.query.parameters import AS_OF, Parameters
from core.query.scoped import shown
from core.query.shapes import image_of
from core.query.standing import Standing, Standings
from core.storage.interface import Row, RowReader

LISTED = 1_000
"""Repositories of one answer at most."""
BEST = 50
"""Images of one search's answer at most."""

_VULNERABILITY = re.compile(r"[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9.:-]*[0-9][A-Za-z0-9.:-]*")


type _Place = tuple[str, str, str]
"""A repository: its registry, its name there, and the subscription."""


@dataclass(slots=True)
class _Group:
    """The images of a repository, while they are counted."""

    healths: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    """By the names of severities. Ten thousand images are added up for one answer, so they are
    added up where they are."""
    pushed_at: str = ""

    def add(self, row: Row) -> None:
        self.healths[text(row.cells, "health")] += 1
        for name in SEVERITIES:
            self.findings[name] += number(row.cells, name)
        self.pushed_at = max(self.pushed_at, text(row.cells, "pushed_at"))


class Catalogue:
    """Answers about the whole of the fleet."""

    def __init__(self, standings: Standings, findings: RowReader, kept: KeptImages) -> None:
        """`findings` is the index across images, and `kept` the rows of all images of now."""
        self._standings = standings
        self._findings = findings
        self._kept = kept
        self._counted: tuple[Sequence[Row], Mapping[_Place, _Group]] = ((), {})

    async def repositories(self, given: Mapping[str, str]) -> Repositories:
        """Repositories, of one registry or all, with most that is unhealthy first."""
        asked = Parameters(given, known=frozenset({"registry", AS_OF}))
        wanted = asked.text("registry")
        groups = {
            place: group
            for place, group in self._groups(await self.images(asked)).items()
            if wanted in (None, place[0])
        }
        worst = sorted(groups.items(), key=lambda one: (-one[1].healths[Health.UNHEALTHY], one[0]))
        return Repositories(value=[_repository(*one) for one in worst[:LISTED]], total=len(groups))

    async def search(self, given: Mapping[str, str]) -> Found:
        """What goes by the words of `q`."""
        asked = Parameters(given, known=frozenset({"q", AS_OF}))
        sought = (asked.text("q") or "").strip()
        rows = await self.images(asked)
        ranked = sorted(
            (rank, text(row.cells, "repository"), row.key, row)
            for row in rows
            if (rank := _rank(row, sought.lower())) is not None
        )
        standing = self._standings.of(asked)
        trust = await standing.trust()
        vulnerability, package = await asyncio.gather(
            self._vulnerability(sought), self._package(sought)
        )
        return Found(
            images=[image_of(row.cells, int(row.partition), trust) for *_, row in ranked[:BEST]],
            total=len(ranked),
            vulnerability=vulnerability,
            package=package,
        )

    def _groups(self, rows: Sequence[Row]) -> Mapping[_Place, _Group]:
        """The images by repository. Kept rows come as the same tuple while nothing changes, and are
        counted once; all others are read for the one question."""
        if not isinstance(rows, tuple):
            return _grouped(rows)
        if rows is not self._counted[0]:
            self._counted = rows, _grouped(rows)
        return self._counted[1]

    async def images(self, asked: Parameters) -> Sequence[Row]:
        """The rows of all images that may be seen."""
        standing, scope = self._standings.of(asked), self._standings.scope
        if asked.moment(AS_OF) is not None:
            return await self._read(standing)
        rows = await self._kept.rows()
        return rows if scope.whole else [row for row in rows if shown(scope, row.cells)]

    async def _read(self, standing: Standing) -> Sequence[Row]:
        shards = self._standings.shards
        pages = await asyncio.gather(
            *(read_shard(standing.images, one, shards) for one in range(shards))
        )
        return [row for page in pages for row in page if is_there(row.cells)]

    async def _vulnerability(self, sought: str) -> str | None:
        if not _VULNERABILITY.fullmatch(sought):
            return None
        name = sought.upper() if sought.upper().startswith("CVE-") else sought
        return name if await self._known("c", name) else None

    async def _package(self, sought: str) -> str | None:
        return sought if sought and await self._known("p", sought) else None

    async def _known(self, kind: str, name: str) -> bool:
        prefix = index_key(kind, name)
        index = self._standings.index(Parameters({}, known=frozenset()), self._findings)
        page = await index.page(prefix, lambda _: True, limit=1, token=None)
        return bool(page.rows)


def _grouped(rows: Iterable[Row]) -> Mapping[_Place, _Group]:
    groups: defaultdict[_Place, _Group] = defaultdict(_Group)
    for row in rows:
        registry, repository, subscription = (
            text(row.cells, one) for one in ("registry", "repository", "subscription")
        )
        groups[registry, repository, subscription].add(row)
    return groups


def _rank(row: Row, sought: str) -> int | None:
    """How well an image goes by some words, 0 the best; `None` for not at all."""
    repository, digest = text(row.cells, "repository").lower(), text(row.cells, "digest")
    name, _, tag = sought.partition(":")
    tags = [one.lower() for one in words(row.cells, "tags")]
    if digest in (sought, f"sha256:{sought}"):
        return 0
    if repository == sought or (repository.endswith(name) and tag and tag in tags):
        return 1
    if sought in tags or repository.rpartition("/")[2] == sought:
        return 2
    if sought in repository or sought in f"{text(row.cells, 'registry')}/{repository}":
        return 3
    if any(sought in one for one in tags):
        return 4
    return 5 if len(sought) >= 6 and digest.partition(":")[2].startswith(sought) else None


def _repository(place: _Place, group: _Group) -> Repository:
    registry, repository, subscription = place
    return Repository(
        subscription=subscription,
        registry=registry,
        repository=repository,
        images=group.healths.total(),
        health=HealthCounts(
            healthy=group.healths[Health.HEALTHY],
            unhealthy=group.healths[Health.UNHEALTHY],
            not_applicable=group.healths[Health.NOT_APPLICABLE],
            unscanned=group.healths[Health.UNSCANNED],
        ),
        findings=SeverityCounts(**group.findings),
        pushed_at=group.pushed_at,
    )
