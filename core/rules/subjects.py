"""The images that rules may be matched with, as their view has them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from core.domain.criteria import Subject
from core.domain.ids import StreamId
from core.domain.values import Artifact, Health, ImageName, SeverityCounts
from core.log import layout
from core.projections.cells import artifact, number, text
from core.projections.image_rows import counts_of, disabled_of
from core.storage.interface import Row, Rows, Where

_PREFIX = "i|"


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

    def __init__(self, images: Rows) -> None:
        self.images = images

    async def with_findings(self, shard: int, subscription: str) -> AsyncIterator[Judged]:
        """The subscription's images in a shard in which something was found."""
        where = (
            Where("PartitionKey", "eq", layout.partition(shard)),
            Where("RowKey", "ge", _PREFIX),
            Where("RowKey", "lt", "i}"),
            Where("subscription", "eq", subscription),
            Where("findings_sha256", "gt", ""),
        )
        token: str | None = None
        while True:
            page = await self.images.scan(where, token=token)
            for row in page.rows:
                if (counts_of(row.cells) + disabled_of(row.cells)).total:
                    yield judged_of(row)
            token = page.token
            if token is None:
                return


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
