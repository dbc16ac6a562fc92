"""Nothing is lost, skipped or changed while everybody writes (L1, L3, L6, L7)."""

import asyncio
import random
from collections.abc import Sequence

from core.domain.ids import StreamId
from core.domain.recorded import Recorded
from core.log.interface import EventLog
from core.storage.interface import Cells, Row
from tests.conformance.log.disk import Disk, LogContract, append_to
from tests.faults.storage import Jitter, seeded
from tests.support.samples import at
from tests.support.tables import all_rows
from tests.support.tally import add, streams_of


class Racing(LogContract):
    """A reader that races writers sees every position once, and facts stay as they are."""

    async def test_a_reader_that_races_the_writers_sees_every_position_once_in_order(
        self, disk: Disk
    ) -> None:
        chance = seeded(7)
        processes = [await disk.process(Jitter(seed)) for seed in range(4)]
        streams = streams_of(processes[0], 2, 4)
        writing = asyncio.gather(
            *(
                _write(process, chance, [streams[index], *streams[2:]], name=index)
                for index, process in enumerate(processes)
            )
        )
        seen = await _follow(await disk.process(Jitter(9)), chance, writing)
        head = await processes[0].head(2)
        assert [event.position for event in seen] == list(range(1, head.position + 1))
        assert seen == await processes[0].read(2, after=0)
        assert len({event.command for event in seen}) == 4 * COMMANDS
        for each in streams:
            history = await processes[0].history(each)
            assert [event.version for event in history] == list(range(1, len(history) + 1))

    async def test_what_was_written_never_changes(self, disk: Disk) -> None:
        log = await disk.process()
        one, two = streams_of(log, 0, 2)
        await add(log, one, 1, 2, once="a")
        await add(log, two, 3, once="b")
        before = _facts(await all_rows(disk.rows))
        stale = await log.load(one)
        await add(await disk.process(), one, 4, once="c")
        await add(log, one, 1, 2, once="a")
        await log.append([append_to(stale, 9, command="loser")], now=at(0))
        await log.append([append_to(await log.load(two), 5, command="d")], now=at(-60))
        after = _facts(await all_rows(disk.rows))
        assert {place: after[place] for place in before} == before
        assert len(after) > len(before) > 0


COMMANDS = 6
"""That each writer of the race handles."""


async def _write(
    log: EventLog, chance: random.Random, streams: Sequence[StreamId], *, name: int
) -> None:
    """One process's share of the race: one or two events a command, some commands twice."""
    for command in range(COMMANDS):
        to = chance.choice(streams)
        for _ in range(chance.choice((1, 1, 2))):
            await add(log, to, *range(chance.choice((1, 2))), once=(name, command))


async def _follow(
    log: EventLog, chance: random.Random, writing: asyncio.Future[list[None]]
) -> list[Recorded]:
    """What a reader sees of shard 2 until the writers are done and nothing is left."""
    seen: list[Recorded] = []
    while True:
        over = writing.done()
        news = await log.read(2, after=len(seen), limit=chance.choice((1, 3, 500)))
        seen.extend(news)
        if over and not news:
            await writing
            return seen


def _facts(rows: Sequence[Row]) -> dict[tuple[str, str], tuple[Cells, str]]:
    """Every row that is written once: events, versions and receipts, with its ETag."""
    kept = [row for row in rows if row.key[:2] in ("e|", "v|", "i|")]
    return {(row.partition, row.key): (row.cells, row.etag) for row in kept}
