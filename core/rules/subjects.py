"""The images that rules may be matched with, as their view has them."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from core.domain.criteria import Subject
from core.domain.ids import StreamId
from core.domain.values import Artifact, Health, ImageName, SeverityCounts
from core.log import layout
from core.projections.cells import artifact, number, text
from core.projections.findings import index_key, stream_of
from core.projections.image_rows import counts_of, disabled_of
from core.projections.images import image_key
from core.storage.interface import Row, Rows, Where
from core.storage.reading import every

_PREFIX = "i|"
_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An image with findings, and what was made of them."""

    stream: StreamId
    subject: Subject
    findings: Artifact
    exemptions: Artifact | None
    counts: SeverityCounts
    """The findings that no rule disables."""
    health: Health
    left_out: int
    """Packages that could not be told apart or compared: without them there is no clean verdict."""
    position: int
    """Of its last event."""


class Subjects:
    """Reads images' rows."""

    def __init__(self, images: Rows, findings: Rows) -> None:
        self.images = images
        self.findings = findings

    async def with_findings(self, shard: int, subscription: str) -> AsyncIterator[Judged]:
        """The subscription's images in a shard in which something was found."""
        where = (
            Where("PartitionKey", "eq", layout.partition(shard)),
            Where("RowKey", "ge", _PREFIX),
            Where("RowKey", "lt", "i}"),
            Where("subscription", "eq", subscription),
            Where("findings_sha256", "gt", ""),
        )
        async for row in every(self.images, where):
            if (counts_of(row.cells) + disabled_of(row.cells)).total:
                yield judged_of(row)

    async def with_vulnerabilities(
        self, shard: int, subscription: str, names: Iterable[str]
    ) -> AsyncIterator[Judged]:
        """The subscription's images in a shard in which one of these CVEs was found, disabled or
        not."""
        partition = layout.partition(shard)
        found = {stream for name in sorted(names) for stream in await self._under(partition, name)}
        for stream in sorted(found):
            row = await self.images.get(partition, image_key(stream))
            if row is None or text(row.cells, "subscription") != subscription:
                continue
            if text(row.cells, "findings_sha256"):
                yield judged_of(row)

    async def _under(self, partition: str, name: str) -> set[StreamId]:
        first = prefix = index_key("c", name)
        found: set[StreamId] = set()
        while rows := await self.findings.range(partition, first, f"{prefix}~", limit=_PAGE):
            found |= {stream_of(row.key) for row in rows}
            if len(rows) < _PAGE:
                break
            first = f"{rows[-1].key} "
        return found


def judged_of(row: Row) -> Judged:
    """The image that a row shows, which has findings."""
    cells = row.cells
    return Judged(
        stream=StreamId(row.key.removeprefix(_PREFIX)),
        subject=Subject(
            image=ImageName(
                registry=text(cells, "registry"),
                repository=text(cells, "repository"),
                digest=text(cells, "digest"),
            ),
            subscription=text(cells, "subscription"),
            system=text(cells, "distribution") or None,
        ),
        findings=Artifact(
            sha256=text(cells, "findings_sha256"), size=number(cells, "findings_size")
        ),
        exemptions=artifact(cells, "exemptions"),
        counts=counts_of(cells),
        health=Health(text(cells, "health")),
        left_out=number(cells, "uncompared") + number(cells, "unidentified"),
        position=number(cells, "position"),
    )
