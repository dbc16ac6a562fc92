"""What the event log and its views cost beside the bare SDK, and whether length slows them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from azure.data.tables.aio import TableServiceClient

from bench.figures import ratio, seconds, share
from bench.filling import PER_IMAGE, fill
from bench.log_bare import Bare
from bench.log_meter import Appends, Meter, Rates, asked, image_name, pull, push
from bench.log_rebuild import rebuild, rebuild_table, wanted
from bench.sections import Section
from bench.stores import storage, told
from core.domain.ids import image_stream
from core.domain.image import IMAGE
from core.log.bulk import handle_many
from core.log.handle import load_state
from core.log.interface import EventLog
from core.log.sharded import open_log
from core.projections.images import Images
from core.projections.runner import Runner
from core.projections.view import View
from core.storage.account import open_account
from dev.recording import Recorder

LONG = 200_000
"""Events of a long log: more outgrow the emulator, where that is measured."""
FILLING = 300.0
"""Seconds that making it long may take: a busy machine does not get so far."""


async def measure(folder: Path) -> Sequence[Section]:
    """Measure over an empty log; make a view anew over a longer one; measure over a long one; then
    count requests."""
    async with (
        storage(folder) as kept,
        open_account(kept) as account,
        TableServiceClient.from_connection_string(kept) as service,
    ):
        bare = Bare(await service.create_table_if_not_exists("bare"))
        table = service.get_table_client("log")
        meter = Meter(account, bare, table)
        short = await meter.appends(0)
        rates = await meter.rates()
        log = await meter.open()
        filled = await _fill(log, range(wanted() // PER_IMAGE))
        rebuilt = await rebuild(log, account, table, bare)
        await _fill(log, range(filled, LONG // PER_IMAGE))
        long = await meter.appends(await _length(log))
        return [
            times(short, long),
            rate_table(rates),
            rebuild_table(rebuilt),
            await _requests(kept),
        ]


async def _fill(log: EventLog, numbers: range) -> int:
    return await fill(log, numbers, registry="fill", subscription="", seconds=FILLING)


async def _length(log: EventLog) -> int:
    return sum([(await log.head(shard)).position for shard in range(log.shards)])


def times(short: Appends, long: Appends) -> Section:
    """An append over a short log and a long one, each beside the bare SDK."""
    rows = [
        ("the same rows by the bare SDK", *_times_row(short.bare, short, long.bare, long), "1"),
        ("append, warm", *_times_row(short.warm, short, long.warm, long), "1.5"),
        ("append, cold", *_times_row(short.cold, short, long.cold, long), "2.2"),
        ("load", *_times_row(short.load, short, long.load, long), "-"),
    ]
    return Section(
        title="An append, beside the bare SDK",
        measured=f"Over {told()}. One event to one stream, medians, in turns with the very same"
        f" rows as one bare transaction; over a log of {short.events:,} events, and of"
        f" {long.events:,}. The last columns: beside the bare transaction, the most it may be, and"
        " long beside short.",
        columns=("", "short", "long", "to bare, short", "to bare, long", "long to short", "most"),
        rows=rows,
    )


def _times_row(
    short: float, with_short: Appends, long: float, with_long: Appends
) -> tuple[str, ...]:
    return (
        _milliseconds(short),
        _milliseconds(long),
        ratio(short, with_short.bare),
        ratio(long, with_long.bare),
        ratio(long, short),
    )


def _milliseconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else seconds(value)


def rate_table(rates: Rates) -> Section:
    """Each rate beside what it is compared with."""
    return Section(
        title="How many a second",
        measured="Pushes of new images (two events each) to one shard: one by one and handled"
        " together, and what the SDK alone gains by that; by one process and by eight at once; and"
        " a view made of a shard's events, beside reading them and writing the view's rows bare.",
        columns=("", "a second", "compared with", "ratio", "at least"),
        rows=[
            (
                "grouped, beside one by one",
                f"{rates.grouped:.0f}",
                f"{rates.single:.0f}",
                ratio(rates.grouped, rates.single),
                "3 x",
            ),
            (
                "their transactions by the bare SDK",
                f"{rates.bare_grouped:.0f}",
                f"{rates.bare_single:.0f}",
                ratio(rates.bare_grouped, rates.bare_single),
                "-",
            ),
            (
                "eight writers, beside one",
                f"{rates.crowded:.0f}",
                f"{rates.alone:.0f}",
                share(rates.crowded, rates.alone),
                "60%",
            ),
            (
                "projected, beside bare",
                f"{rates.project:.0f}",
                f"{rates.bare:.0f}",
                share(rates.project, rates.bare),
                "60%",
            ),
        ],
    )


async def _requests(storage: str) -> Section:
    """Count what each operation asks of storage, as a test asserts it too."""
    recorder = Recorder()
    async with open_account(storage, transport=recorder.transport) as account:
        log = await open_log(await account.tables.open("log"), account.artifacts)
        images = [image_name(10**6 + number) for number in range(1, 25)]
        first, stream = images[0], image_stream(images[0])
        view = View(Images(), account.tables, account.artifacts)
        runner = Runner(log, [view])
        shard = log.shard_of(stream)
        steps: Sequence[tuple[str, str, Callable[[], Awaitable[object]]]] = (
            ("append, cold", "2 GET + 1 transaction", lambda: push(log, first)),
            ("append, warm", "1 GET + 1 transaction", lambda: pull(log, first, 1)),
            ("load", "1 GET", lambda: load_state(log, IMAGE, stream)),
            ("head", "1 GET", lambda: log.head(shard)),
            (
                "24 streams together",
                "24 GET + 1 GET and 1 or 2 transactions a shard",
                lambda: handle_many(log, IMAGE, asked(images)),
            ),
            ("a sweep of one view with news", "-", runner.sweep),
            ("a sweep of one view without", f"{log.shards} GET", runner.sweep),
        )
        rows = []
        for what, design, do in steps:
            recorder.take()
            await do()
            counted = Counter(one.operation for one in recorder.take())
            rows.append((what, design, " + ".join(f"{n} {op}" for op, n in counted.items())))
    return Section(
        title="Requests of each operation, beside the design's",
        measured="Every request that left the process; a query is one GET of many rows.",
        columns=("operation", "design", "counted"),
        rows=rows,
    )
