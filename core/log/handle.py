"""Load, decide, append, and again when somebody was quicker: how every command takes effect."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from core.domain.decider import Decider
from core.domain.events import Event
from core.domain.ids import CommandId, StreamId
from core.errors import Contended, CorruptLog
from core.log import codec
from core.log.interface import Append, Appended, EventLog, Stream

TRIES = 40
"""Lost races before a command is given up: with the pauses some 17 seconds. Of eight processes that
write to one shard, one that knows the head wins again and again, and others lose twelve and more in
a row."""
_FIRST_PAUSE = 0.05
"""Some transactions long: of eight who come again sooner, most lose again, and keep storage busy
for nothing."""
_LONGEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Which command it is, and where it comes from."""

    command: CommandId
    correlation: str
    causation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled[State]:
    """What a command led to."""

    state: State
    events: Sequence[Event]
    """What was recorded just now; empty when there was nothing to decide, or nothing new."""
    shard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known[State]:
    """A stream and its state, as somebody has read them."""

    stream: Stream
    state: State


async def handle[State, Command, Fact: Event](
    log: EventLog,
    decider: Decider[State, Command, Fact],
    stream: StreamId,
    command: Command,
    cause: Cause,
    *,
    known: Known[State] | None = None,
    tries: int = TRIES,
) -> Handled[State]:
    """Make a command take effect once, however often it comes.

    What the caller has read already is `known`, and saves a read: when it is out of date, the
    append finds out. It is not trusted to say that nothing follows. Contended when so many races
    are lost in a row, with full jitter in between.
    """
    async with log.turn(stream):
        return await _handle(log, decider, stream, command, cause, known, tries)


async def _handle[State, Command, Fact: Event](
    log: EventLog,
    decider: Decider[State, Command, Fact],
    stream: StreamId,
    command: Command,
    cause: Cause,
    known: Known[State] | None,
    tries: int,
) -> Handled[State]:
    shard = log.shard_of(stream)
    if known is not None and not decider.decide(known.state, command):
        known = None
    for lost in range(tries):
        loaded = known or await load_state(log, decider, stream)
        known = None
        events = decider.decide(loaded.state, command)
        if not events:
            return Handled(state=loaded.state, events=(), shard=shard)
        append, after = append_of(decider, loaded, events, cause)
        (answer,) = await log.append([append], now=datetime.now(UTC))
        if isinstance(answer, Appended):
            if not answer.repeated:
                return Handled(state=after, events=events, shard=shard)
            return Handled(state=await current(log, decider, stream), events=(), shard=shard)
        await asyncio.sleep(pause(lost))
    raise Contended(f"stream {stream} was changed by others {tries} times in a row")


def append_of[State, Command, Fact: Event](
    decider: Decider[State, Command, Fact],
    before: Known[State],
    events: Sequence[Fact],
    cause: Cause,
) -> tuple[Append, State]:
    """What is to be appended for the events that were decided, and the state after them."""
    after = decider.fold(before.state, events)
    append = Append(
        stream=before.stream,
        events=events,
        command=cause.command,
        correlation=cause.correlation,
        causation=cause.causation,
        fold=codec.encode_state(after),
        fold_schema=decider.fold_schema,
    )
    return append, after


async def load_state[State, Command, Fact: Event](
    log: EventLog, decider: Decider[State, Command, Fact], stream: StreamId
) -> Known[State]:
    """A stream and its state now: one read, when its snapshot can be used."""
    loaded = await log.load(stream)
    return Known(stream=loaded, state=await restore(log, decider, loaded))


async def current[State, Command, Fact: Event](
    log: EventLog, decider: Decider[State, Command, Fact], stream: StreamId
) -> State:
    """The state of a stream now: one read, when its snapshot can be used."""
    return (await load_state(log, decider, stream)).state


async def state_at[State, Command, Fact: Event](
    log: EventLog, decider: Decider[State, Command, Fact], stream: StreamId, moment: datetime
) -> State:
    """The state of a stream as it was at a moment of the past, folded from its history."""
    recorded = [one for one in await log.history(stream) if one.at <= moment]
    return decider.fold(decider.initial, [cast("Fact", one.event) for one in recorded])


async def restore[State, Command, Fact: Event](
    log: EventLog, decider: Decider[State, Command, Fact], loaded: Stream
) -> State:
    """The state of a stream as loaded; folded from its history when its snapshot is of no use."""
    if loaded.version == 0:
        return decider.initial
    if loaded.fold is not None and loaded.fold_schema == decider.fold_schema:
        with suppress(CorruptLog):  # a snapshot only saves time: the history is what counts
            return codec.decode_state(loaded.fold, decider.state)
    history = await log.history(loaded.id)
    if len(history) < loaded.version:
        raise CorruptLog(f"stream {loaded.id}: {len(history)} events of {loaded.version}")
    facts = [cast("Fact", recorded.event) for recorded in history[: loaded.version]]
    return decider.fold(decider.initial, facts)


def pause(lost: int) -> float:
    """Seconds to wait before trying again: full jitter under an exponential bound."""
    bound = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**lost)
    return random.uniform(0, bound)  # noqa: S311 - jitter needs no secret
