"""What questions are asked of: how everything stands now, or how it stood at a moment of the past.

Both are asked alike, so that an answer about the past has the shape, the filters and the pages of
one about today. `docs/adr/0010-time-travel.md` says how the past is found.
"""

from copy import copy
from datetime import UTC, datetime
from typing import Protocol

from core.access.scope import EVERYWHERE, Scope
from core.domain.ids import StreamId, image_stream
from core.domain.recorded import Recorded
from core.domain.values import ImageName
from core.errors import InvalidInput
from core.log import layout
from core.log.interface import EventLog, LogReader
from core.past.findings import PastFindings
from core.past.images import PastImages
from core.past.rows import KeptRows
from core.past.shards import PastShards, until
from core.projections.images import image_key, is_there
from core.projections.interface import Projection
from core.query.coverage import Coverages, coverage_at
from core.query.index import FindingIndex, TableIndex
from core.query.parameters import AS_OF, Parameters
from core.query.scoped import ScopedImages, ScopedIndex
from core.query.trust import Trust, Trusts
from core.storage.interface import Artifacts, Cells, RowReader, Rows


class Standing(Protocol):
    """The views and the log."""

    @property
    def images(self) -> RowReader:
        """The images' rows, and their totals."""

    async def trust(self) -> Trust:
        """How far verdicts can be trusted; to be asked before rows are read."""

    async def history(self, stream: StreamId) -> list[Recorded]:
        """All events of a stream, in order."""


class Now:
    """How everything stands: a Standing."""

    def __init__(self, log: EventLog, images: Rows, trusts: Trusts) -> None:
        self.images = images
        self._log = log
        self._trusts = trusts
        self._coverages = Coverages(log, images)

    async def trust(self) -> Trust:
        return await self._trusts.at(datetime.now(UTC), await self._coverages.look())

    async def history(self, stream: StreamId) -> list[Recorded]:
        return await self._log.history(stream)


class Then:
    """How everything stood at a moment: a Standing, for one question."""

    def __init__(
        self,
        log: LogReader,
        shards: PastShards,
        trusts: Trusts,
        moment: datetime,
    ) -> None:
        self.images = PastImages(shards, moment, self.history)
        self._log = log
        self._trusts = trusts
        self._shards = shards
        self._moment = moment
        self._histories: dict[StreamId, list[Recorded]] = {}

    async def trust(self) -> Trust:
        coverage = await coverage_at(self._log, self._shards, self._moment)
        return await self._trusts.past(self._moment, coverage)

    async def history(self, stream: StreamId) -> list[Recorded]:
        if stream not in self._histories:
            self._histories[stream] = until(await self._log.history(stream), self._moment)
        return self._histories[stream]


class Seen:
    """A standing of which no more than a scope is seen: a Standing."""

    def __init__(self, standing: Standing, scope: Scope) -> None:
        self.images: RowReader = ScopedImages(standing.images, scope)
        self._standing = standing

    async def trust(self) -> Trust:
        return await self._standing.trust()

    async def history(self, stream: StreamId) -> list[Recorded]:
        return await self._standing.history(stream)


class Standings:
    """Finds what a question is asked of."""

    scope = EVERYWHERE
    """What of it is seen."""

    def __init__(
        self,
        log: EventLog,
        images: Rows,
        artifacts: Artifacts,
        past: PastShards,
        trusts: Trusts,
    ) -> None:
        """Over the log, the images' view of today, what folds those of the past, and what is known
        of verdicts' age."""
        self._log = log
        self._now = Now(log, images, trusts)
        self._past = past
        self._trusts = trusts
        self._artifacts = artifacts

    def within(self, scope: Scope) -> "Standings":
        """The same, of which no more than that scope is seen."""
        narrowed = copy(self)
        narrowed.scope = scope
        return narrowed

    @property
    def shards(self) -> int:
        """How many there are."""
        return self._log.shards

    def shard_of(self, stream: StreamId) -> int:
        """Where a stream lives."""
        return self._log.shard_of(stream)

    async def cells(self, standing: Standing, image: ImageName) -> Cells | None:
        """The row of an image as it stands there; `None` where there is no such image."""
        stream = image_stream(image)
        shard = layout.partition(self._log.shard_of(stream))
        row = await standing.images.get(shard, image_key(stream))
        return row.cells if row is not None and is_there(row.cells) else None

    def of(self, asked: Parameters) -> Standing:
        """What it is asked of. InvalidInput when nobody can know that yet."""
        moment = moment_of(asked)
        standing: Standing = (
            self._now if moment is None else Then(self._log, self._past, self._trusts, moment)
        )
        return standing if self.scope.whole else Seen(standing, self.scope)

    def rows(self, asked: Parameters, projection: Projection, now: RowReader) -> RowReader:
        """A small view's rows, which stand there now. InvalidInput as above."""
        moment = moment_of(asked)
        return now if moment is None else KeptRows(self._past, projection, moment)

    def index(self, asked: Parameters, now: RowReader) -> FindingIndex:
        """The findings across images, whose rows stand there now. InvalidInput as above."""
        moment = moment_of(asked)
        index: FindingIndex = (
            TableIndex(now, self.shards)
            if moment is None
            else PastFindings(self._past, moment, self._artifacts)
        )
        return index if self.scope.whole else ScopedIndex(index, self.scope)


def moment_of(asked: Parameters) -> datetime | None:
    """The moment of the past that is asked of, `None` for now. InvalidInput when it is to come."""
    moment = asked.moment(AS_OF)
    if moment is not None and moment > datetime.now(UTC):
        raise InvalidInput(f"{AS_OF} lies in the future: nothing is known of it yet")
    return moment
