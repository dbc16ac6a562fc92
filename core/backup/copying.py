"""Copies the log into another account, while the app goes on writing.

Events are taken in the order of their positions, and written as the log writes them: each
transaction brings whole commands and moves the copy's head, so that the copy is at every moment a
prefix of the original, and a copy that was interrupted goes on where it stopped. The other rows of
a shard follow from its events; only a fold is taken over where it is still that of the same version
(elsewhere it is left out, and folded from the history when it is wanted). What an event refers to
is there before the event is.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from core.backup.passage import Passage, Unchanged
from core.backup.references import artifacts_in
from core.domain.ids import CommandId, StreamId
from core.domain.values import Artifact
from core.errors import ConfigurationError, CorruptLog
from core.log import layout
from core.storage.account import Account
from core.storage.interface import Artifacts, Cells, Insert, Put, Row, Rows, Write
from core.storage.reading import every

META = "!meta"
LOG = "log"
BESIDE = ("processes", "inventories")
"""Tables that are not made of the log: how far processes have come, so that nobody is told twice,
and which inventories are known. Copied first: they must never be ahead of the log."""

_PAGE = 200
_ROWS = 96
"""Of a transaction's hundred, with some to spare for the head."""
_AT_A_TIME = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What one run has brought over."""

    events: int
    artifacts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """One table on both sides."""

    source: Rows
    target: Rows


async def copy(source: Account, target: Account) -> Copied:
    """Bring the target to where the source is now. ConfigurationError when it is another log's."""
    for name in BESIDE:
        await _copy_table(
            _Sides(source=await source.tables.open(name), target=await target.tables.open(name))
        )
    return await copy_log(source, target, Unchanged())


async def copy_log(source: Account, target: Account, passage: Passage) -> Copied:
    """Bring the target's log to where the source's is now, with what becomes of it on the way."""
    sides = _Sides(source=await source.tables.open(LOG), target=await target.tables.open(LOG))
    shards = await _same_log(sides, passage)
    events, artifacts = 0, set[Artifact]()
    for shard in range(shards):
        copying = _Shard(
            sides, source.artifacts, target.artifacts, layout.partition(shard), passage
        )
        events += await copying.run(artifacts)
    return Copied(events=events, artifacts=len(artifacts))


async def _same_log(sides: _Sides, passage: Passage) -> int:
    """The number of shards, once the target is known to be this log's copy, or new."""
    found, theirs = [await side.get(META, META) for side in (sides.source, sides.target)]
    if found is None:
        raise ConfigurationError("there is no log in the account to copy from")
    ours = passage.meta(found.cells)
    if theirs is None:
        await sides.target.commit(META, [Insert(META, ours)])
    elif theirs.cells != ours:
        raise ConfigurationError("the account to copy to holds another log: choose an empty one")
    return layout.integer(ours, "shards")


async def _copy_table(sides: _Sides) -> None:
    async for row in every(sides.source):
        await sides.target.commit(row.partition, [Put(row.key, row.cells)])


class _Shard:
    """One shard on its way."""

    def __init__(
        self,
        sides: _Sides,
        artifacts: Artifacts,
        into: Artifacts,
        partition: str,
        passage: Passage,
    ) -> None:
        self._sides = sides
        self._artifacts = artifacts
        self._into = into
        self._partition = partition
        self._passage = passage

    async def run(self, seen: set[Artifact]) -> int:
        """Bring it over; `seen` is what need not be copied again, and grows."""
        last = _position(await self._sides.source.get(self._partition, layout.HEAD))
        first = _position(await self._sides.target.get(self._partition, layout.HEAD))
        await self._check_joint(first, last)
        position = first
        while position < last:
            rows = await self._events(position + 1, last)
            for commands in _transactions(rows, whole=layout.position_of(rows[-1].key) == last):
                await self._bring_artifacts(commands, seen)
                await self._bring(commands)
                position = layout.position_of(commands[-1].key)
        return last - first

    async def _events(self, first: int, last: int) -> list[Row]:
        rows = await self._sides.source.range(
            self._partition,
            layout.event_key(first),
            layout.event_key(last + 1),
            limit=_PAGE,
        )
        found = [layout.position_of(row.key) for row in rows]
        if not rows or found != list(range(first, first + len(rows))):
            raise CorruptLog(f"shard {self._partition}: a hole behind position {first - 1}")
        return [self._passage.event(row) for row in rows]

    async def _check_joint(self, first: int, last: int) -> None:
        """The copy's last event must be the original's at that position."""
        key = layout.event_key(first)
        ours, theirs = [
            await side.get(self._partition, key)
            for side in (self._sides.source, self._sides.target)
        ]
        expected = None if ours is None else self._passage.event(ours).cells
        same = theirs is not None and expected == theirs.cells
        if first > last or (first and not same):
            raise ConfigurationError(
                f"shard {self._partition} of the copy is no prefix of the original: somebody has "
                "written to it. Copy into an empty account"
            )

    async def _bring_artifacts(self, rows: Sequence[Row], seen: set[Artifact]) -> None:
        wanted: set[Artifact] = set()
        for row in rows:
            spilled = layout.spilled_artifact(row)
            if spilled is None:
                wanted |= artifacts_in(str(row.cells["data"]).encode())
            else:
                wanted |= {spilled} | artifacts_in(await self._artifacts.get(spilled))
        turn = asyncio.Semaphore(_AT_A_TIME)

        async def bring(one: Artifact) -> None:
            async with turn:
                await self._into.put(await self._artifacts.get(one))

        await asyncio.gather(*(bring(one) for one in wanted - seen))
        seen |= wanted

    async def _bring(self, rows: Sequence[Row]) -> None:
        writes: list[Write] = []
        for row in rows:
            stream = StreamId(str(row.cells["stream"]))
            version = layout.integer(row.cells, "version")
            writes.append(Insert(row.key, row.cells))
            place: Cells = {"position": layout.position_of(row.key)}
            writes.append(Insert(layout.version_key(stream, version), place))
        for command, of_command in groupby(rows, _command):
            first, *more = [layout.position_of(row.key) for row in of_command]
            receipt: Cells = {"first": first, "count": 1 + len(more)}
            writes.append(Insert(layout.receipt_key(command), receipt))
        newest = {StreamId(str(row.cells["stream"])): row for row in rows}
        writes += [await self._snapshot(stream, row) for stream, row in newest.items()]
        head = await self._sides.target.get(self._partition, layout.HEAD)
        at = layout.moment(str(rows[-1].cells["at"]))
        position = layout.position_of(rows[-1].key)
        writes.append(layout.head_row(position, at, head.etag if head is not None else None))
        await self._sides.target.commit(self._partition, writes)

    async def _snapshot(self, stream: StreamId, row: Row) -> Write:
        """Put, not inserted: a stream that goes on has one already."""
        key = layout.snapshot_key(stream)
        version = layout.integer(row.cells, "version")
        taken = self._passage.knows(row)
        ours = await self._sides.source.get(self._partition, key) if taken else None
        if ours is not None and layout.integer(ours.cells, "version") == version:
            return Put(key, ours.cells)
        position = layout.position_of(row.key)
        return Put(key, {"version": version, "position": position, "schema": ""})


def _transactions(rows: Sequence[Row], *, whole: bool) -> list[list[Row]]:
    """The events in transactions, each of whole commands; the last command of a page that is not
    the `whole` rest may go on in the next."""
    commands = [list(of_command) for _, of_command in groupby(rows, _command)]
    if not whole and len(commands) > 1:
        commands.pop()
    made: list[list[Row]] = []
    size = _ROWS
    for command in commands:
        needed = 2 * len(command) + 2
        if size + needed > _ROWS:
            made.append([])
            size = 0
        made[-1] += command
        size += needed
    return made


def _command(row: Row) -> CommandId:
    return CommandId(str(row.cells["command"]))


def _position(head: Row | None) -> int:
    return 0 if head is None else layout.integer(head.cells, "position")
