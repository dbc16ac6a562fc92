"""What is to be told, until it was told.

The process that follows the log only writes rows here, so a topic that is slow or gone holds up no
view; and whoever carries them to the topic may die at any moment, since a row goes only after the
topic has taken it. A row is inserted under the place of its cause in the log: a repeated event
makes no second row, and a row that comes back after it was sent makes the same CloudEvent.

| partition | rows |
| --- | --- |
| `one` | notices of one image, in the order of the log's times |
| `many-<hash of the cause>` | what one cause changed: an image a row, told of in one digest |
| `refused` | what the topic would not take, with its reason |
| `state` | since when there is a topic: what happened before is not news |

What waits stands before all else, so that reading it reads nothing else.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import command_id
from core.domain.recorded import Recorded
from core.errors import RowConflict
from core.log import layout
from core.notifications.notices import Notice
from core.storage.interface import Cell, Cells, Delete, Insert, Put, Row, Rows, Where, Write
from core.storage.reading import pages

ONE = "one"
REFUSED = "refused"
_STATE, _SINCE = "state", "since"
_MANY = "many-"
_MOST = 10_000
"""Rows that one look takes."""
_CHUNK = 99
"""Rows that one transaction moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A cause that touches many images of one subscription."""

    cause: str
    """`advisories-changed`, `known-exploited`."""
    version: int
    """Which of the causes of that name: of the advisories, their version."""
    subscription: str

    @property
    def partition(self) -> str:
        """Where its rows wait."""
        return f"{_MANY}{command_id(self.cause, self.version, self.subscription)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A row of the outbox."""

    partition: str
    key: str
    notice: Notice
    group: Group | None
    """`None` for what is told by itself."""


class Outbox:
    """The rows that wait."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def open(self, now: datetime) -> datetime:
        """There is a topic: since when, as the first process to find it has written down."""
        row = await self._rows.get(_STATE, _SINCE)
        if row is None:
            with suppress(RowConflict):
                await self._rows.commit(_STATE, [Insert(_SINCE, {"at": layout.stamp(now)})])
                return now
            row = await self._rows.get(_STATE, _SINCE)
        return now if row is None else layout.moment(str(row.cells["at"]))

    async def close(self) -> None:
        """There is no topic (any more): what happens until there is one will not be told."""
        if await self._rows.get(_STATE, _SINCE) is not None:
            await self._delete(_STATE, [_SINCE])

    async def add(
        self, recorded: Recorded, notice: Notice, group: Group | None, *, part: str = ""
    ) -> None:
        """Keep a notice until it was told. A repetition changes nothing; `part` tells the notices
        of one event apart."""
        place = (layout.stamp(recorded.at), f"{recorded.shard:03d}", f"{recorded.position:012d}")
        key = "|".join((*place, part))
        cells: dict[str, Cell] = {
            "id": notice.id,
            "type": notice.type,
            "source": notice.source,
            "subject": notice.subject,
            "time": layout.stamp(notice.time),
            "data": notice.data,
        }
        if group is not None:
            cells |= {
                "cause": group.cause,
                "version": group.version,
                "subscription": group.subscription,
            }
        with suppress(RowConflict):
            await self._rows.commit(group.partition if group else ONE, [Insert(key, cells)])

    async def waiting(self) -> Sequence[Waiting]:
        """What is to be told, oldest first within each partition; what was refused is left out."""
        found: list[Waiting] = []
        async for page in pages(self._rows, (Where("PartitionKey", "lt", REFUSED),)):
            found += [_waiting(row) for row in page.rows]
            if len(found) >= _MOST:
                break
        return found

    async def refused(self) -> int:
        """How many notices the topic would not take, of the first thousand."""
        return len(await self._rows.range(REFUSED, "", "~", limit=1000))

    async def told(self, waiting: Iterable[Waiting]) -> None:
        """They are with the topic: forget them. Somebody else may have done so already."""
        by_partition: dict[str, list[str]] = {}
        for one in waiting:
            by_partition.setdefault(one.partition, []).append(one.key)
        for partition, keys in by_partition.items():
            for start in range(0, len(keys), _CHUNK):
                await self._delete(partition, keys[start : start + _CHUNK])

    async def refuse(self, waiting: Waiting, why: str) -> None:
        """The topic will never take it: keep it aside, where it holds up nothing."""
        notice = waiting.notice
        cells: Cells = {"type": notice.type, "data": notice.data, "why": why[:500]}
        await self._rows.commit(REFUSED, [Put(notice.id, cells)])
        await self._delete(waiting.partition, [waiting.key])

    async def _delete(self, partition: str, keys: Sequence[str]) -> None:
        writes: list[Write] = [Delete(key) for key in keys]
        try:
            await self._rows.commit(partition, writes)
        except RowConflict:  # a rival was quicker with some of them
            for write in writes:
                with suppress(RowConflict):
                    await self._rows.commit(partition, [write])


def _waiting(row: Row) -> Waiting:
    cells = row.cells
    return Waiting(
        partition=row.partition,
        key=row.key,
        notice=Notice(
            id=str(cells["id"]),
            type=str(cells["type"]),
            source=str(cells["source"]),
            subject=str(cells["subject"]),
            time=layout.moment(str(cells["time"])),
            data=_bytes(cells["data"]),
        ),
        group=_group(cells),
    )


def _bytes(cell: Cell) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


def _group(cells: Cells) -> Group | None:
    if "cause" not in cells:
        return None
    return Group(
        cause=str(cells["cause"]),
        version=layout.integer(cells, "version"),
        subscription=str(cells["subscription"]),
    )


def waited_since(waiting: Waiting) -> datetime:
    """When its cause was recorded: rows are named by it first."""
    return layout.moment(waiting.key.partition("|")[0])
