"""Proves a log whole, by reading nothing but that log.

Positions without a hole; every version of every stream once, and in order; snapshots and receipts
that say what the events say; every event decodes; every artifact that one names is there, with the
bytes that its name says.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from core.backup.copying import LOG, META
from core.backup.references import artifacts_in
from core.domain.recorded import Recorded
from core.domain.values import Artifact
from core.errors import ArtifactMissing, CorruptLog
from core.log import layout
from core.storage.account import Account
from core.storage.interface import Artifacts, Row, Rows

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found."""

    events: int
    artifacts: int
    problems: Sequence[str]
    """Sentences; none when the log is whole."""


async def verify(account: Account) -> Verified:
    """Read all of the account's log."""
    rows = await account.tables.open(LOG)
    meta = await rows.get(META, META)
    if meta is None:
        return Verified(events=0, artifacts=0, problems=("there is no log in this account",))
    problems: list[str] = []
    artifacts: set[Artifact] = set()
    events = 0
    for shard in range(layout.integer(meta.cells, "shards")):
        check = _Shard(rows, account.artifacts, shard)
        await check.run()
        events += len(check.events)
        artifacts |= check.artifacts
        problems += [f"shard {shard}: {one}" for one in check.problems]
    problems += [one async for one in _missing(account.artifacts, artifacts)]
    return Verified(events=events, artifacts=len(artifacts), problems=problems)


async def _missing(store: Artifacts, artifacts: set[Artifact]) -> AsyncIterator[str]:
    for one in sorted(artifacts, key=lambda artifact: artifact.sha256):
        try:
            await store.get(one)
        except ArtifactMissing as error:
            yield str(error)


class _Shard:
    """One shard, as it is read."""

    def __init__(self, rows: Rows, store: Artifacts, shard: int) -> None:
        self._rows = rows
        self._store = store
        self._shard = shard
        self.events: list[Recorded] = []
        self.artifacts: set[Artifact] = set()
        self.problems: list[str] = []

    async def run(self) -> None:
        """Read it, and look."""
        others: dict[str, Row] = {}
        async for row in self._all():
            if row.key.startswith("e|"):
                await self._event(row)
            else:
                others[row.key] = row
        self.problems += _order(self.events, others.pop(layout.HEAD, None))
        self.problems += _companions(self.events, others)

    async def _all(self) -> AsyncIterator[Row]:
        first = "!"
        while rows := await self._rows.range(
            layout.partition(self._shard), first, "~", limit=_PAGE
        ):
            for row in rows:
                yield row
            first = f"{rows[-1].key} "

    async def _event(self, row: Row) -> None:
        try:
            spilled = layout.spilled_artifact(row)
            content = None if spilled is None else await self._store.get(spilled)
            self.events.append(layout.recorded_of(self._shard, row, content))
        except (CorruptLog, ArtifactMissing) as error:
            self.problems.append(str(error))
            return
        self.artifacts |= artifacts_in(content or str(row.cells["data"]).encode())
        self.artifacts |= {spilled} if spilled is not None else set()


def _order(events: Sequence[Recorded], head: Row | None) -> Iterator[str]:
    """Positions from 1 to the head, and time that never runs backwards."""
    last = layout.integer(head.cells, "position") if head is not None else 0
    if [one.position for one in events] != list(range(1, last + 1)):
        yield f"the positions are not 1 to {last}, which the head names"
    times = [one.at for one in events]
    if times != sorted(times):
        yield "time runs backwards"


def _companions(events: Sequence[Recorded], rows: dict[str, Row]) -> Iterator[str]:
    """The rows that go with the events: all that must be there, and none besides."""
    versions: defaultdict[str, int] = defaultdict(int)
    expected: dict[str, tuple[str, int]] = {}
    for one in events:
        versions[one.stream] += 1
        if one.version != versions[one.stream]:
            yield f"position {one.position} is version {one.version} of its stream, out of turn"
        expected[layout.version_key(one.stream, one.version)] = ("position", one.position)
        expected[layout.snapshot_key(one.stream)] = ("position", one.position)
    counts = Counter(one.command for one in events)
    expected |= {layout.receipt_key(command): ("count", n) for command, n in counts.items()}
    for key, (cell, value) in expected.items():
        row = rows.pop(key, None)
        if row is None:
            yield f"row {key} is missing"
        elif layout.integer(row.cells, cell) != value:
            yield f"row {key} says {cell} {layout.integer(row.cells, cell)}, and it is {value}"
    yield from (f"row {key} belongs to no event" for key in rows)
