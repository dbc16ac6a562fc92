"""A log and a model of it, through whatever Hypothesis thinks of (L1 to L7, L9, L10).

Three processes with their own, stale beliefs append single commands and groups, repeat some,
decide on what they loaded long ago, lose requests and answers, die and start anew, by clocks that
go astray; a reader goes along. The model is what a log is in one sentence: of every shard the list
of events, and of every command where its events stand.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.domain.events import Event
from core.domain.ids import CommandId, StreamId
from core.errors import StorageUnavailable
from core.log.interface import Append, Appended, Lost, Stream
from core.log.sharded import ShardedLog, open_log
from core.storage.interface import Row
from core.storage.memory import MemoryArtifacts, MemoryRows
from tests.conformance.log.disk import append_to
from tests.faults.storage import Faults, InterceptedRows, Loss
from tests.support.campaign import Campaign
from tests.support.integrity import check_log
from tests.support.samples import at
from tests.support.tables import all_rows
from tests.support.tally import fact, failed, streams_of

SHARDS = 2
PROCESSES = 3
STREAMS = 3
LARGE = failed("x" * 40_000)
"""An event that stands in a blob."""

processes = st.integers(0, PROCESSES - 1)
shards = st.integers(0, SHARDS - 1)
streams = st.integers(0, STREAMS - 1)
minutes = st.integers(-5, 5)
type Fault = tuple[int, int, Loss]
"""Which call of a process is lost, how many in a row, and what of them."""

faults: st.SearchStrategy[Fault | None] = st.none() | st.tuples(
    st.integers(1, 4), st.integers(1, 3), st.sampled_from(Loss)
)


@dataclass(frozen=True, slots=True)
class Group:
    """What is appended together."""

    members: list[int]
    """The streams: a command for each."""
    count: int
    """Events of each command."""
    large: bool
    fresh: bool
    """Whether the process loads the streams now, or relies on what it knows."""


groups = st.builds(
    Group,
    st.lists(streams, min_size=1, max_size=STREAMS, unique=True),
    st.integers(1, 3),
    st.sampled_from((False, False, True)),
    st.booleans(),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event, as the model knows it."""

    stream: StreamId
    version: int
    command: CommandId
    event: Event


class LogMachine(RuleBasedStateMachine):
    """The log and its model."""

    walked = 0

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.rows, self.artifacts = MemoryRows(), MemoryArtifacts()
        self.faults = [Faults(frozenset(), Loss.REQUEST) for _ in range(PROCESSES)]
        self.shards: list[list[Entry]] = [[] for _ in range(SHARDS)]
        self.commands: dict[CommandId, tuple[int, int]] = {}
        """Where each command's events stand: the first of them, and how many."""
        self.loaded: dict[tuple[int, StreamId], Stream] = {}
        """What processes have read, perhaps long ago."""
        self.read: list[int] = [0] * SHARDS
        """How far the reader is."""
        self.minute = 0
        self.appended: list[Append] = []
        self.facts: dict[tuple[str, str], str] = {}

    def do[T](self, doing: Coroutine[object, object, T]) -> T:
        type(self).walked += 1
        return self.runner.run(doing)

    @initialize()
    def open(self) -> None:
        self.logs = [self.runner.run(self._process(number)) for number in range(PROCESSES)]
        self.streams = [streams_of(self.logs[0], shard, STREAMS) for shard in range(SHARDS)]

    async def _process(self, number: int) -> ShardedLog:
        rows = InterceptedRows(self.rows, self.faults[number])
        return await open_log(rows, self.artifacts, shards=SHARDS)

    @rule(process=processes)
    def restart(self, process: int) -> None:
        """A process dies, and another takes its place: what it had loaded is gone."""
        self.logs[process] = self.do(self._process(process))
        self.loaded = {key: one for key, one in self.loaded.items() if key[0] != process}

    @rule(process=processes, shard=shards, stream=streams)
    def load(self, process: int, shard: int, stream: int) -> None:
        """A process reads a stream, and remembers it."""
        name = self.streams[shard][stream]
        loaded = self.do(self.logs[process].load(name))
        assert loaded.version == sum(one.stream == name for one in self.shards[shard])
        self.loaded[process, name] = loaded

    @rule(process=processes, shard=shards, fault=faults, what=groups, late=minutes)
    def append(self, process: int, shard: int, fault: Fault | None, what: Group, late: int) -> None:
        """Commands for some streams of a shard, on what the process has loaded, or loads now."""
        names = [self.streams[shard][member] for member in what.members]
        bases = [self._base(process, name, fresh=what.fresh) for name in names]
        first = len(self.commands) + 1_000 * self.walked
        events = [LARGE if what.large and not index else fact(index) for index in range(what.count)]
        group = [
            append_to(base, *events, command=first + index) for index, base in enumerate(bases)
        ]
        self.minute += late
        before = self._rows()
        answers = self._append(process, group, fault)
        current = all(base.version == self._version(base.id) for base in bases)
        if self._rows() == before:
            assert answers in (None, [Lost()] * len(group)), "what was not written was not told"
            assert fault or not current or self._append(process, group, None) != answers, (
                "who has lost, and knows everything, wins the next time"
            )
        if self._rows() != before:
            assert current, "nobody writes on what is out of date"
            self._take(shard, group)
            self._check_answers(group, answers)

    def _base(self, process: int, name: StreamId, *, fresh: bool) -> Stream:
        if fresh or (process, name) not in self.loaded:
            self.loaded[process, name] = self.do(self.logs[process].load(name))
        return self.loaded[process, name]

    def _append(
        self, process: int, group: Sequence[Append], fault: Fault | None
    ) -> Sequence[Appended | Lost] | None:
        """The answers; `None` when storage gave none, not even to who asked what became of it."""
        faults = self.faults[process]
        if fault is not None:
            first, count, faults.loss = fault
            faults.calls, faults.at = 0, frozenset(range(first, first + count))
        try:
            return self.do(self.logs[process].append(group, now=at(self.minute)))
        except StorageUnavailable:
            return None
        finally:
            faults.at = frozenset()

    def _take(self, shard: int, group: Sequence[Append]) -> None:
        """The model's append."""
        for one in group:
            self.commands[one.command] = (len(self.shards[shard]) + 1, len(one.events))
            for event in one.events:
                version = self._version(one.stream.id) + 1
                self.shards[shard].append(Entry(one.stream.id, version, one.command, event))
            self.appended.append(one)

    def _check_answers(
        self, group: Sequence[Append], answers: Sequence[Appended | Lost] | None
    ) -> None:
        """Who is told that its command stands in the log, is told where."""
        for one, answer in zip(group, answers or (), strict=answers is not None):
            if isinstance(answer, Appended):
                assert (answer.first, answer.count) == self.commands[one.command]

    @precondition(lambda self: self.appended)
    @rule(process=processes, which=st.integers(0, 999), anew=st.booleans())
    def repeat(self, process: int, which: int, anew: bool) -> None:
        """A command comes again, decided on what it was decided on, or on what is there now."""
        one = self.appended[which % len(self.appended)]
        base = self._base(process, one.stream.id, fresh=True) if anew else one.stream
        before = self._rows()
        answers = self._append(process, [replace(one, stream=base)], None)
        first, count = self.commands[one.command]
        assert answers == [Appended(first=first, count=count, repeated=True)]
        assert self._rows() == before

    @rule(process=processes, shard=shards, limit=st.sampled_from((1, 3, 500)))
    def follow(self, process: int, shard: int, limit: int) -> None:
        """The reader goes on, through any process."""
        news = self.do(self.logs[process].read(shard, after=self.read[shard], limit=limit))
        expected = self.shards[shard][self.read[shard] : self.read[shard] + limit]
        assert [(one.stream, one.version, one.command, one.event) for one in news] == [
            (one.stream, one.version, one.command, one.event) for one in expected
        ]
        assert [one.position for one in news] == [
            self.read[shard] + 1 + index for index in range(len(news))
        ]
        self.read[shard] += len(news)

    @rule(process=processes, shard=shards, stream=streams)
    def remember(self, process: int, shard: int, stream: int) -> None:
        """A stream's history, through any process."""
        name = self.streams[shard][stream]
        history = self.do(self.logs[process].history(name))
        told = [one for one in self.shards[shard] if one.stream == name]
        assert [(one.version, one.event) for one in history] == [
            (one.version, one.event) for one in told
        ]

    @invariant()
    def nothing_written_has_changed(self) -> None:
        """Facts stay as they were, with their ETags: L6."""
        now = {
            (row.partition, row.key): row.etag
            for row in self.runner.run(all_rows(self.rows))
            if row.key[:2] in ("e|", "v|", "i|")
        }
        assert self.facts.items() <= now.items()
        self.facts = now

    def teardown(self) -> None:
        """The rows themselves are whole, and as many as the model knows."""
        if any(self.shards):
            whole = self.runner.run(check_log(self.rows, self.artifacts))
            assert (whole.events, whole.commands) == (
                sum(map(len, self.shards)),
                len(self.commands),
            )
        self.runner.close()

    def _version(self, name: StreamId) -> int:
        return sum(one.stream == name for shard in self.shards for one in shard)

    def _rows(self) -> list[Row]:
        return self.runner.run(all_rows(self.rows))


def test_a_log_is_what_its_model_says(campaign: Campaign) -> None:
    class Counted(LogMachine):
        walked = 0

    examples, length = campaign.pick((200, 60), (15, 30))
    run_state_machine_as_test(
        Counted,
        settings=settings(max_examples=examples, stateful_step_count=length, deadline=None),
    )
    campaign.tried(f"a log against its model: {Counted.walked:,} steps of three processes")
