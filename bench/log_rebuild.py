"""Times a rebuild of a view over a long log, beside reading and writing the same rows bare.

The whole of it, until the new table is the one that is read: folded, compared with the old one,
flipped. Bare is the least that anybody could do: every event's row read, every row of the view
written, as many shards at a time as a rebuild works on, by nothing but azure-data-tables.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass

from azure.data.tables.aio import TableClient

from bench.figures import ratio, seconds
from bench.log_bare import Bare
from bench.log_meter import KeptTables, timed
from bench.sections import Section
from core.log import layout
from core.log.interface import EventLog
from core.processes.dispatch import QUEUES, Dispatch
from core.projections.active import ActiveTables
from core.projections.images import Images
from core.projections.interface import table_name
from core.projections.runner import Runner
from core.projections.views import Views
from core.rebuilding.folding import AT_A_TIME
from core.rebuilding.rebuilder import Rebuilder
from core.storage.account import Account
from core.storage.interface import Write

EVENTS = 100_000
_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A view, made anew."""

    events: int
    """In the log."""
    rows: int
    """Writes that the rebuild's transactions held."""
    rebuild: float
    """Seconds until the new table was read."""
    bare: float
    """Seconds for the same rows, read and written by the bare SDK."""


def wanted() -> int:
    """Events that the log is to have; `LOG_REBUILT` names fewer for a busy machine."""
    return int(os.environ.get("LOG_REBUILT", EVENTS))


async def rebuild(log: EventLog, account: Account, table: TableClient, bare: Bare) -> Rebuilt:
    """Fold the images' view, then make it anew; `table` is the log's."""
    await account.queues.create(*QUEUES)
    images, tables = Images(), KeptTables(account.tables)
    views = Views(
        log=log,
        tables=tables,
        artifacts=account.artifacts,
        active=ActiveTables(tables),
        parking=(images,),
    )
    await Runner(log, [views.live(images)]).sweep()
    rebuilder = Rebuilder(log, views, Dispatch(account.queues), heard=0.0)
    await rebuilder.ask(images, by="bench", reason="to measure")
    took = await timed(lambda: rebuilder.work(images, seconds=_HOUR))
    commits = tables.kept[table_name(images, 2)].take()
    read = await timed(lambda: _read(log, table, bare))
    return Rebuilt(
        events=sum([(await log.head(shard)).position for shard in range(log.shards)]),
        rows=sum(map(len, commits)),
        rebuild=took,
        bare=read + await timed(lambda: _write(commits, bare)),
    )


async def _read(log: EventLog, table: TableClient, bare: Bare) -> None:
    turn = asyncio.Semaphore(AT_A_TIME)

    async def one(shard: int) -> None:
        async with turn:
            first, last = layout.event_key(1), layout.event_key(10**12 - 1)
            await bare.read(table, layout.partition(shard), first, last)

    await asyncio.gather(*map(one, range(log.shards)))


async def _write(commits: Sequence[Sequence[Write]], bare: Bare) -> None:
    shares = [commits[start::AT_A_TIME] for start in range(AT_A_TIME)]
    await asyncio.gather(*map(bare.write, shares))


def rebuild_table(rebuilt: Rebuilt) -> Section:
    """The rebuild beside what it is compared with."""
    return Section(
        title="A view made anew",
        measured=f"The images' view over {rebuilt.events:,} events, {rebuilt.rows:,} rows written:"
        " folded, compared, flipped; beside reading every event and writing every row by the bare"
        f" SDK, {AT_A_TIME} shards at a time.",
        columns=("", "took", "bare", "ratio", "most"),
        rows=[
            (
                "rebuild",
                seconds(rebuilt.rebuild),
                seconds(rebuilt.bare),
                ratio(rebuilt.rebuild, rebuilt.bare),
                "1.5 x",
            )
        ],
    )
