"""An event log that says what was decided: a line of the app's log, and numbers.

It stands in front of the log, where every decision passes, whoever made it. A line may be lost with
its process, and it is written again (`repeated`) when a command that the log holds comes back; the
events themselves are the record. Nothing is in it but names and ids: no event's content, since
addresses, messages and reasons come from outside.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

import msgspec

from core.domain import events as e
from core.domain.ids import StreamId
from core.domain.image import IMAGE
from core.domain.image.state import Scan
from core.domain.recorded import Recorded
from core.domain.values import FailureCause, ImageName
from core.log import codec
from core.log.interface import Append, Appended, EventLog, Head, Lost, Stream
from core.telemetry.interface import Telemetry
from core.telemetry.metrics import DECISIONS, LOST_RACES, PUSH_TO_FINDINGS

logger = logging.getLogger(__name__)

WORD = "decision "
"""What the line begins with; JSON follows."""


class _Image(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of an image's state: `core/domain/image/state.py` has all of it."""

    name: ImageName | None = None
    pushes: Mapping[str, datetime] = {}
    scan: Scan | None = None
    failure: FailureCause | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The fields of a line; `docs/telemetry.md` lists them."""

    decided: list[str]
    """Types of the events, in their order."""
    stream: str
    shard: int
    position: int
    """Of the first event."""
    command: str
    correlation: str
    causation: str
    image: str = ""
    scan: str = ""
    failure: str = ""
    """Why the image's last scan came to nothing."""
    repeated: bool = False
    """Whether the log held it already."""


class TellingLog:
    """An EventLog in front of another one."""

    def __init__(self, log: EventLog, telemetry: Telemetry) -> None:
        self._log = log
        self._telemetry = telemetry

    @property
    def generation(self) -> str:
        return self._log.generation

    @property
    def shards(self) -> int:
        return self._log.shards

    def shard_of(self, stream: StreamId) -> int:
        return self._log.shard_of(stream)

    def turn(self, *streams: StreamId) -> AbstractAsyncContextManager[None]:
        return self._log.turn(*streams)

    async def load(self, stream: StreamId) -> Stream:
        return await self._log.load(stream)

    async def head(self, shard: int) -> Head:
        return await self._log.head(shard)

    async def read(self, shard: int, *, after: int, limit: int = 500) -> list[Recorded]:
        return await self._log.read(shard, after=after, limit=limit)

    async def history(self, stream: StreamId) -> list[Recorded]:
        return await self._log.history(stream)

    async def append(
        self, appends: Sequence[Append], *, now: datetime
    ) -> Sequence[Appended | Lost]:
        answers = await self._log.append(appends, now=now)
        for append, answer in zip(appends, answers, strict=True):
            match answer:
                case Lost():
                    self._telemetry.tell(LOST_RACES, 1)
                case Appended():
                    self._tell(append, answer, now)
        return answers

    def _tell(self, append: Append, answer: Appended, now: datetime) -> None:
        image = _image(append)
        shard = self._log.shard_of(append.stream.id)
        line = msgspec.json.encode(_decision(append, answer, image, shard))
        logger.info("%s%s", WORD, line.decode())
        if not answer.repeated:
            for event in append.events:
                self._count(event, image, now)

    def _count(self, event: e.Event, image: _Image, now: datetime) -> None:
        self._telemetry.tell(DECISIONS, 1, type(event).__name__)
        if isinstance(event, e.ScanCompleted) and (pushed := _first_seen(image)):
            self._telemetry.tell(PUSH_TO_FINDINGS, max(0.0, (now - pushed).total_seconds()))


def _image(append: Append) -> _Image:
    """The image that the events are about; an empty one where they are about something else."""
    if append.fold_schema != IMAGE.fold_schema:
        return _Image()
    return codec.decode_state(append.fold, _Image)


def _first_seen(image: _Image) -> datetime | None:
    """The push that this scan was for; `None` for one that nobody pushed anything for."""
    pushed = image.scan is not None and image.scan.reason is e.ScanReason.PUSH
    return max(image.pushes.values(), default=None) if pushed else None


def _decision(append: Append, answer: Appended, image: _Image, shard: int) -> Decision:
    return Decision(
        decided=[type(event).__name__ for event in append.events],
        stream=append.stream.id,
        shard=shard,
        position=answer.first,
        command=append.command,
        correlation=append.correlation,
        causation=append.causation,
        image=str(image.name or ""),
        scan=image.scan.id if image.scan else "",
        failure=image.failure or "",
        repeated=answer.repeated,
    )
