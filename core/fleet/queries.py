"""Who has this package, who has this vulnerability: asked of the distinct packages, each once."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

from core.advisories.matching import Matcher
from core.domain.findings import Finding
from core.domain.values import ImageName
from core.errors import InvalidInventory
from core.fleet.distinct import Distinct, contents, decode
from core.fleet.images import FleetImage
from core.fleet.store import FleetStore
from core.fleet.verdicts import match_alone
from core.inventory.reader import read
from core.storage.interface import Artifacts

type Asked[Answer] = Callable[[Distinct], Answer | None]
"""What somebody wants to know of a package; `None` if the package is not meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder[Answer]:
    """An image that has packages which are meant."""

    image: ImageName
    packages: tuple[tuple[Distinct, Answer], ...]
    """Those packages and what is said of them, in the inventory's order."""


class FleetQueries:
    """Answers from the view, which its owner brings up to date."""

    def __init__(self, store: FleetStore, artifacts: Artifacts) -> None:
        self._store = store
        self._artifacts = artifacts

    async def holders[Answer](self, asked: Asked[Answer]) -> AsyncIterator[Holder[Answer]]:
        """The images that have a package which is meant, shard by shard."""
        known = _Known(asked)
        for shard in range(self._store.shards):
            images = await self._store.all_images(shard)
            packages = await self._store.packages(shard)
            for image in images:
                held = [packages.get(short) for short in image.short_names]
                if image.packages is None or None in held:
                    held = [*await self._read(image)]
                found = known.among(content for content in held if content is not None)
                if found:
                    yield Holder(image=image.name, packages=found)

    async def _read(self, image: FleetImage) -> list[bytes]:
        """What an image has, by its inventory; nothing where that cannot be read any more."""
        try:
            return list(contents(read(await self._artifacts.get(image.bom))))
        except InvalidInventory:
            return []


class _Known[Answer]:
    """What is said of packages, asked once for each."""

    def __init__(self, asked: Asked[Answer]) -> None:
        self._asked = asked
        self._answers: dict[bytes, tuple[Distinct, Answer] | None] = {}

    def among(self, held: Iterable[bytes]) -> tuple[tuple[Distinct, Answer], ...]:
        """Those of an image's packages that are meant."""
        answers = (self._answer(content) for content in held)
        return tuple(answer for answer in answers if answer is not None)

    def _answer(self, content: bytes) -> tuple[Distinct, Answer] | None:
        if content not in self._answers:
            distinct = decode(content)
            answer = self._asked(distinct)
            self._answers[content] = None if answer is None else (distinct, answer)
        return self._answers[content]


def named(name: str, version: str | None = None) -> Asked[str]:
    """Packages of that name, as the image or its advisories call them, at that version if one is
    given; what is said of them is their version."""

    def asked(distinct: Distinct) -> str | None:
        package = distinct.package
        full = f"{package.namespace}/{package.name}"
        if name not in (package.name, full, package.source_name):
            return None
        return package.version if version in (None, package.version) else None

    return asked


def affected(matcher: Matcher, vulnerability: str | None = None) -> Asked[tuple[Finding, ...]]:
    """Packages that these advisories affect, by the vulnerability of that name if one is given;
    what is said of them is the findings."""

    def asked(distinct: Distinct) -> tuple[Finding, ...] | None:
        findings = tuple(
            finding
            for finding in match_alone(matcher, distinct).findings
            if vulnerability is None or vulnerability in (finding.id, *finding.aliases)
        )
        return findings or None

    return asked
