"""Images: the list, one with its timeline, its findings, its SBOM."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import msgspec
from msgspec.structs import asdict as fields_of

from core.answers.base import token
from core.answers.findings import Findings
from core.answers.images import Happening, Image, Images, ImageWithTimeline
from core.domain.ids import image_stream
from core.domain.recorded import Recorded
from core.domain.values import (
    Freshness,
    Health,
    ImageName,
    Severity,
    is_digest,
    is_registry,
    is_repository,
    is_tag,
)
from core.errors import InvalidInput
from core.projections.cells import artifact, instant, words
from core.query.bases import Bases
from core.query.findings import FindingPages
from core.query.parameters import AS_OF, Parameters, known
from core.query.shapes import camel, image_of
from core.query.standing import Standings
from core.storage.interface import Artifacts, Cells, Where

_HEALTHS = {health.value.lower(): health.value for health in Health}
_FRESHNESSES = {freshness.value.lower(): freshness.value for freshness in Freshness}
_SEVERITIES = {severity.value.lower(): severity.value for severity in Severity}
_PARTS = frozenset({"", "export", "findings", "layers", "sbom", "scan"})
_PAGES = 20
"""Pages of the table that one request reads at most, while a filter lets nothing pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePath:
    """What stands behind `/api/images/`: an image, and what of it is asked for."""

    image: ImageName
    part: str
    """Empty for the image itself, else one of `_PARTS`."""


def parse_path(path: str) -> ImagePath | None:
    """Read `<registry>/<repository>/<digest>[/<part>]`; `None` when it is none.

    A repository's name has slashes. They need no escaping, because a digest has a colon and no
    part of a repository's name can: see `docs/adr/0005-image-routes.md`.
    """
    registry, _, rest = path.strip("/").partition("/")
    segments = rest.split("/")
    at = next((index for index, segment in enumerate(segments) if is_digest(segment)), None)
    if at is None or not is_registry(registry):
        return None
    repository, part = "/".join(segments[:at]), "/".join(segments[at + 1 :])
    if not is_repository(repository) or part not in _PARTS:
        return None
    name = ImageName(registry=registry, repository=repository, digest=segments[at])
    return ImagePath(image=name, part=part)


class ImageQueries:
    """Answers about images. Methods give `None` where there is no such image."""

    def __init__(
        self, standings: Standings, artifacts: Artifacts, findings: FindingPages, bases: Bases
    ) -> None:
        self._standings = standings
        self._artifacts = artifacts
        self._findings = findings
        self._bases = bases

    async def page(self, given: Mapping[str, str]) -> Images:
        """A page of images, in a stable order."""
        names = ("registry", "repository", "tag", "health", "freshness", "severity", AS_OF)
        asked = Parameters(given, known=known(*names))
        where, tag = where_of(asked), asked.text("tag")
        freshness = asked.choice("freshness", _FRESHNESSES)
        if tag is not None and not is_tag(tag):
            raise InvalidInput("tag is no tag of the OCI specification")
        paging = asked.paging()
        standing = self._standings.of(asked)
        trust = await standing.trust()
        found: list[Image] = []
        place = paging.token
        for _ in range(_PAGES):
            page = await standing.images.scan(where, limit=paging.limit - len(found), token=place)
            place = page.token
            tagged = [row for row in page.rows if _tagged(row.cells, tag)]
            shown = [image_of(row.cells, int(row.partition), trust) for row in tagged]
            found += [one for one in shown if freshness in (None, one.freshness)]
            if place is None or len(found) >= paging.limit:
                break
        sealed = None if place is None else asked.seal(place)
        return Images(value=found, continuation_token=token(sealed))

    async def one(self, image: ImageName, given: Mapping[str, str]) -> ImageWithTimeline | None:
        """An image, its base, and its timeline."""
        standing = self._standings.of(Parameters(given, known=frozenset({AS_OF})))
        trust = await standing.trust()
        cells = await self._standings.cells(standing, image)
        if cells is None:
            return None
        stream = image_stream(image)
        shown = image_of(cells, self._standings.shard_of(stream), trust)
        history = await standing.history(stream)
        base = await self._bases.of(standing, history)
        timeline = [_moment(recorded) for recorded in history]
        return ImageWithTimeline(**fields_of(shown), base=base, timeline=timeline)

    async def findings(self, image: ImageName, given: Mapping[str, str]) -> Findings | None:
        """A page of an image's findings, worst first."""
        asked = Parameters(given, known=known("severity", "patchable", "disabled", AS_OF))
        row_of = partial(self._standings.cells, self._standings.of(asked))
        cells = await row_of(image)
        if cells is None:
            return None
        return await self._findings.page(image, cells, asked, row_of)

    async def sbom(self, image: ImageName, given: Mapping[str, str]) -> bytes | None:
        """The image's SBOM as the cataloger wrote it, CycloneDX JSON."""
        standing = self._standings.of(Parameters(given, known=frozenset({AS_OF})))
        cells = await self._standings.cells(standing, image)
        sbom = artifact(cells or {}, "sbom")
        return await self._artifacts.get(sbom) if sbom else None


def where_of(asked: Parameters) -> list[Where]:
    """The condition on rows of images that a question's filters are."""
    where = [Where("RowKey", "ge", "i|"), Where("RowKey", "lt", "i}"), Where("digest", "gt", "")]
    where += [
        Where(name, "eq", value)
        for name in ("registry", "repository", "subscription")
        if (value := asked.text(name)) is not None
    ]
    if health := asked.choice("health", _HEALTHS):
        where.append(Where("health", "eq", health))
    if severity := asked.choice("severity", _SEVERITIES):
        where.append(Where("worst", "le", Severity(severity).rank))
    return where


def _tagged(cells: Cells, tag: str | None) -> bool:
    return tag is None or tag in words(cells, "tags")


def _moment(recorded: Recorded) -> Happening:
    """One event of a timeline: when, what, and its own words."""
    details = msgspec.to_builtins(recorded.event)
    return Happening(
        at=instant(recorded.at),
        event=type(recorded.event).__name__,
        position=f"{recorded.shard}.{recorded.position}",
        details={**camel(details)},
    )
