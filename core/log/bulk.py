"""Many commands at once: those to streams of one shard share transactions.

A transaction costs what it costs, whether it holds one command or twenty. It is lost as a whole
when somebody else writes to the shard; then whatever the log does not hold is loaded and decided
again, together, a few times. After that each command goes its own way, as every command does.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain.decider import Decider
from core.domain.events import Event
from core.domain.ids import StreamId
from core.errors import LimitExceeded
from core.log import layout
from core.log.handle import Cause, Handled, append_of, current, handle, load_state, pause
from core.log.interface import Append, Appended, EventLog, Lost
from core.storage.limits import MAX_ROWS

TOGETHER = 48
"""Streams that are loaded and decided at a time: two or three transactions' worth."""
ROUNDS = 3
"""Times that commands are tried together before they go their own ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked[Command]:
    """A command to a stream, and what makes it take effect once."""

    stream: StreamId
    command: Command
    cause: Cause


async def handle_many[State, Command, Fact: Event](
    log: EventLog, decider: Decider[State, Command, Fact], asked: Sequence[Asked[Command]]
) -> list[Handled[State]]:
    """Make commands take effect once each, however often they come; what they led to, in order.

    They may go to any streams of any shards; several to one stream are handled one after the other.
    Each takes effect or not by itself: when this raises what `handle` raises, or dies, some of them
    have, and the whole may simply be asked for again.
    """
    bulk = _Bulk(log, decider, asked)
    for wave in _waves(log, asked):
        await bulk.handle(wave)
    return [bulk.done[number] for number in range(len(asked))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided[State]:
    """What is to be recorded for one of the commands."""

    number: int
    """Which of them."""
    append: Append
    after: State
    events: Sequence[Event]


class _Bulk[State, Command, Fact: Event]:
    """Commands, and what became of them so far, by number."""

    def __init__(
        self,
        log: EventLog,
        decider: Decider[State, Command, Fact],
        asked: Sequence[Asked[Command]],
    ) -> None:
        self._log = log
        self._decider = decider
        self._asked = asked
        self.done: dict[int, Handled[State]] = {}

    async def handle(self, numbers: Sequence[int]) -> None:
        """Commands to different streams of one shard."""
        async with self._log.turn(*(self._asked[number].stream for number in numbers)):
            for lost in range(ROUNDS):
                numbers = await self._together(numbers)
                if not numbers:
                    return
                await asyncio.sleep(pause(lost))
        for number in numbers:
            one = self._asked[number]
            self.done[number] = await handle(
                self._log, self._decider, one.stream, one.command, one.cause
            )

    async def _together(self, numbers: Sequence[int]) -> list[int]:
        """Load, decide, append; those of which the log holds nothing yet."""
        known = await asyncio.gather(
            *(load_state(self._log, self._decider, self._asked[one].stream) for one in numbers)
        )
        decided: list[_Decided[State]] = []
        for number, before in zip(numbers, known, strict=True):
            events = self._decider.decide(before.state, self._asked[number].command)
            if events:
                append, after = append_of(self._decider, before, events, self._asked[number].cause)
                decided.append(_Decided(number=number, append=append, after=after, events=events))
            else:
                self._settle(number, before.state)
        lost: list[int] = []
        for transaction in _transactions(decided):
            lost += await self._append(transaction)
        return lost

    async def _append(self, decided: Sequence[_Decided[State]]) -> list[int]:
        """Record them in one transaction, or in several where one cannot hold them; those lost."""
        try:
            answers = await self._log.append([one.append for one in decided], now=datetime.now(UTC))
        except LimitExceeded:  # nothing was asked of storage yet
            if len(decided) == 1:
                raise
            middle = len(decided) // 2
            return await self._append(decided[:middle]) + await self._append(decided[middle:])
        for one, answer in zip(decided, answers, strict=True):
            match answer:
                case Appended(repeated=False):
                    self._settle(one.number, one.after, one.events)
                case Appended():
                    state = await current(self._log, self._decider, one.append.stream.id)
                    self._settle(one.number, state)
        pairs = zip(decided, answers, strict=True)
        return [one.number for one, answer in pairs if isinstance(answer, Lost)]

    def _settle(self, number: int, state: State, events: Sequence[Event] = ()) -> None:
        shard = self._log.shard_of(self._asked[number].stream)
        self.done[number] = Handled(state=state, events=events, shard=shard)


def _waves[Command](log: EventLog, asked: Sequence[Asked[Command]]) -> Iterator[list[int]]:
    """Commands that can be handled together: to different streams of one shard, each stream's in
    their order."""
    shards: defaultdict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(asked):
        shards[log.shard_of(one.stream)].append(number)
    for waiting in shards.values():
        while waiting:
            first: dict[StreamId, int] = {}
            for number in waiting:
                first.setdefault(asked[number].stream, number)
            wave = list(first.values())[:TOGETHER]
            yield wave
            waiting = [number for number in waiting if number not in wave]


def _transactions[State](decided: Sequence[_Decided[State]]) -> Iterator[list[_Decided[State]]]:
    """As many at a time as a transaction has rows for, beside the head's."""
    some: list[_Decided[State]] = []
    rows = 1
    for one in decided:
        needed = layout.row_count(one.append)
        if some and rows + needed > MAX_ROWS:
            yield some
            some, rows = [], 1
        some.append(one)
        rows += needed
    if some:
        yield some
