"""The smallest aggregate that can be counted wrong: every command adds one pull, repeated or not.

A decider of ours says nothing to a repetition, and so would hide a log that forgot a receipt. This
one never does: that its command takes effect once is the log's doing alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256

from core.domain.decider import Decider
from core.domain.events import ImagePulled, ScanFailed
from core.domain.ids import CommandId, StreamId, command_id, image_stream
from core.domain.recorded import Recorded
from core.domain.values import FailureCause, ScanId
from core.log.handle import Cause, Handled, handle
from core.log.interface import EventLog
from core.log.layout import FOLD
from tests.support.samples import image_name

_FIRST = date(2000, 1, 1)
_LARGE = 10_000

type Fact = ImagePulled | ScanFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The numbers that were added, in order."""

    numbers: tuple[int, ...] = ()
    padding: str = ""
    """Makes the state as large as a test wants it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """Add these numbers, each a fact of its own."""

    numbers: tuple[int, ...]


def fact(number: int) -> Fact:
    """An event that says a number; a large one says a large number."""
    if number < _LARGE:
        return ImagePulled(day=_FIRST + timedelta(days=number))
    return failed("x" * number)


def failed(message: str) -> ScanFailed:
    """An event as large as its message."""
    return ScanFailed(
        scan=ScanId("scan-1"),
        attempt=1,
        cause=FailureCause.INTERNAL,
        message=message,
        retry_at=None,
    )


def number_of(recorded: Recorded) -> int:
    """The number that an event says."""
    assert isinstance(recorded.event, ImagePulled | ScanFailed)
    return _number(recorded.event)


def _number(event: Fact) -> int:
    return len(event.message) if isinstance(event, ScanFailed) else (event.day - _FIRST).days


def evolve(tally: Tally, event: Fact) -> Tally:
    """The state after the event."""
    return replace(tally, numbers=(*tally.numbers, _number(event)))


def decide(tally: Tally, command: Add) -> Sequence[Fact]:
    """One fact for each number, whatever is known."""
    return tuple(fact(number) for number in command.numbers)


type Tallying = Decider[Tally, Add, Fact]

TALLY: Tallying = Decider(
    kind="tally", schema=1, state=Tally, initial=Tally(), evolve=evolve, decide=decide
)
_DIGESTS = (sha256(str(number).encode()).hexdigest() for number in range(3 * FOLD // 64))
PADDED = replace(TALLY, initial=Tally(padding="".join(_DIGESTS)))
"""Its state is too large for a row, even compressed."""


def stream(number: int) -> StreamId:
    """One of many streams."""
    return image_stream(image_name(number))


def streams_of(log: EventLog, shard: int, count: int) -> list[StreamId]:
    """Streams that live in one shard."""
    found = (one for one in map(stream, range(10_000)) if log.shard_of(one) == shard)
    return [next(found) for _ in range(count)]


def cause(*parts: object) -> Cause:
    """A command's name, made of those parts."""
    name: CommandId = command_id(*parts)
    return Cause(command=name, correlation="a test", causation=f"part {parts}")


async def add(log: EventLog, to: StreamId, *numbers: int, once: object) -> Handled[Tally]:
    """Handle one command, named by `once`."""
    return await handle(log, TALLY, to, Add(numbers=numbers), cause(once))
