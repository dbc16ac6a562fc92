"""Reads what recommendations are made of, each blob at most once for a question."""

from collections.abc import Mapping, Sequence

from core.domain.findings import Finding
from core.domain.values import Artifact, Health
from core.errors import InvalidInput
from core.rules.evaluation import rules_by_finding
from core.rules.rulings import read_findings
from core.rules.subjects import Judged
from core.storage.interface import Artifacts, Page, Row, RowReader, Where
from core.storage.reading import pages

MAX_IMAGES = 20_000
"""Unhealthy images that one question gathers at most: twenty reads of their table."""

_IMAGES = (Where("RowKey", "ge", "i|"), Where("RowKey", "lt", "i}"), Where("digest", "gt", ""))
_UNHEALTHY = (
    *_IMAGES,
    Where("health", "eq", Health.UNHEALTHY.value),
    Where("findings_sha256", "gt", ""),
)
"""An index has no findings of its own: the images that it lists are recommended on."""


class Reading:
    """One question's view of images and their findings."""

    def __init__(self, images: RowReader, artifacts: Artifacts) -> None:
        self._images = images
        self._artifacts = artifacts
        self._known: dict[str, tuple[Finding, ...]] = {}
        self._ids: dict[str, Mapping[str, set[str]]] = {}

    async def page(self, narrowed: Sequence[Where], *, limit: int, token: str | None) -> Page:
        """Some unhealthy images."""
        return await self._images.scan((*_UNHEALTHY, *narrowed), limit=limit, token=token)

    async def unhealthy(self, narrowed: Sequence[Where]) -> list[Row]:
        """All of them. InvalidInput when they are too many for one question."""
        found: list[Row] = []
        async for page in pages(self._images, (*_UNHEALTHY, *narrowed)):
            found += page.rows
            if len(found) > MAX_IMAGES:
                raise InvalidInput(
                    f"more than {MAX_IMAGES:,} images are unhealthy: ask of one subscription,"
                    " registry or repository"
                )
        return found

    async def repository(self, registry: str, repository: str, *, most: int) -> list[Row]:
        """The images of a repository, some more than `most` of them at most."""
        here = (Where("registry", "eq", registry), Where("repository", "eq", repository))
        found: list[Row] = []
        async for page in pages(self._images, (*_IMAGES, *here)):
            found += page.rows
            if len(found) >= most:
                break
        return found

    async def findings(self, artifact: Artifact) -> tuple[Finding, ...]:
        """All findings of a blob."""
        if artifact.sha256 not in self._known:
            self._known[artifact.sha256] = read_findings(await self._artifacts.get(artifact))
        return self._known[artifact.sha256]

    async def ids(self, artifact: Artifact) -> Mapping[str, set[str]]:
        """The ids of all findings of a blob, by package."""
        if artifact.sha256 not in self._ids:
            found: dict[str, set[str]] = {}
            for finding in await self.findings(artifact):
                found.setdefault(finding.package, set()).add(finding.id)
            self._ids[artifact.sha256] = found
        return self._ids[artifact.sha256]

    async def counted(self, image: Judged) -> list[Finding]:
        """The findings of an image that no rule disables."""
        findings = await self.findings(image.findings)
        if image.exemptions is None:
            return list(findings)
        disabled = rules_by_finding(await self._artifacts.get(image.exemptions))
        return [finding for place, finding in enumerate(findings) if place not in disabled]
