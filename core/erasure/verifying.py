"""Proves that a copy is whole, and that nothing of a subscription is in it.

The proof does not ask how the copy was made: it compares both logs, and looks for the
subscription's id in every row of the copy.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from core.backup.copying import LOG, META
from core.backup.verifying import verify
from core.domain.events import Erased
from core.domain.ids import StreamId
from core.erasure.belongings import Belongings
from core.log import codec
from core.storage.account import Account
from core.storage.interface import Row, Rows
from core.storage.reading import every

LOOKED_INTO = (LOG, "processes", "inventories")
"""Tables that the copy has before an app runs over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What was found."""

    events: int
    erased: int
    """Of them."""
    problems: Sequence[str]
    """Sentences; none where all is well."""


async def prove(source: Account, target: Account, found: Belongings) -> Proved:
    """Read both logs, and all that the copy has beside its own."""
    whole = await verify(target)
    problems = list(whole.problems)
    ours, theirs = await source.tables.open(LOG), await target.tables.open(LOG)
    erased = 0
    async for row in every(theirs):
        if not row.key.startswith("e|"):
            continue
        erased += row.cells["type"] == Erased.__name__
        problems += [one async for one in _compared(ours, row, found)]
    if erased != found.events:
        problems.append(f"{erased} events are erased, and there were {found.events} to erase")
    for name in LOOKED_INTO:
        async for row in every(await target.tables.open(name)):
            problems += _named(name, row, found)
    return Proved(events=whole.events, erased=erased, problems=problems)


async def _compared(ours: Rows, row: Row, found: Belongings) -> AsyncIterator[str]:
    """An event that is kept is what it was; one that is not has no word of what it was."""
    stream, original = StreamId(str(row.cells["stream"])), await ours.get(row.partition, row.key)
    place = f"shard {row.partition}, {row.key}"
    if original is None:
        yield f"{place}: the original has no such event"
    elif stream not in found.streams and row.cells != original.cells:
        yield f"{place}: it is not what it was"
    elif stream in found.streams and row.cells.get("data") != "{}":
        yield f"{place}: it belongs to the subscription, and is there"


def _named(table: str, row: Row, found: Belongings) -> list[str]:
    """A row that names the subscription, unless it is of an image that others have by now."""
    own = StreamId(str(row.cells.get("stream", row.key.removeprefix("s|"))))
    texts = [cell for cell in row.cells.values() if isinstance(cell, str | bytes)]
    said = any(_in(found.subscription, text) for text in texts)
    if not said or own in found.moved or row.partition == META:
        return []
    return [f"table {table}, {row.partition}, {row.key}: it names the subscription"]


def _in(subscription: str, text: str | bytes) -> bool:
    whole = text if isinstance(text, str) else codec.unpacked(text).decode()
    return subscription in whole.lower()
