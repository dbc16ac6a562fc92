"""One command, one effect, of one stream or of several (L2, L4)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core.errors import Contended, LimitExceeded
from core.log.handle import current, handle
from core.log.interface import Appended, Lost
from core.log.sharded import ShardedLog
from tests.conformance.log.disk import Disk, LogContract, append_to
from tests.faults.storage import Calls, Jitter
from tests.support.samples import at
from tests.support.tables import all_rows
from tests.support.tally import TALLY, Add, Tally, add, cause, fact, number_of, stream, streams_of


class Once(LogContract):
    """A command has one effect however often it comes; of racers one wins, losers leave nothing."""

    async def test_a_repeated_command_has_one_effect(self, disk: Disk) -> None:
        first = await add(await disk.process(), stream(1), 7, once="c")
        before = await all_rows(disk.rows)
        again = await add(await disk.process(), stream(1), 7, once="c")
        assert first.events == (fact(7),)
        assert again.events == ()
        assert again.state == first.state == Tally(numbers=(7,))
        assert await all_rows(disk.rows) == before

    async def test_a_repeated_append_is_told_where_its_events_stand(self, log: ShardedLog) -> None:
        loaded = await log.load(stream(1))
        await add(log, streams_of(log, log.shard_of(stream(1)), 5)[-1], 1, once="before")
        (first,) = await log.append([append_to(loaded, 1, 2, command="c")], now=at(0))
        (again,) = await log.append([append_to(loaded, 1, 2, command="c")], now=at(1))
        assert first == Appended(first=2, count=2, repeated=False)
        assert again == Appended(first=2, count=2, repeated=True)

    async def test_of_many_racers_one_wins_and_the_losers_leave_no_trace(self, disk: Disk) -> None:
        loaded = await (await disk.process()).load(stream(1))
        processes = [await disk.process() for _ in range(6)]
        answers = await asyncio.gather(
            *(
                process.append([append_to(loaded, number, command=number)], now=at(0))
                for number, process in enumerate(processes)
            )
        )
        kinds = sorted(type(answer).__name__ for (answer,) in answers)
        assert kinds == ["Appended", "Lost", "Lost", "Lost", "Lost", "Lost"]
        assert len(await all_rows(disk.rows)) == 6, "meta, head, event, version, snapshot, receipt"

    async def test_a_loser_leaves_every_row_as_it_was(self, disk: Disk) -> None:
        log, late = await disk.process(), await disk.process()
        await add(late, stream(1), 0, once="warms the late one's head")
        stale = await late.load(stream(1))
        await add(log, stream(1), 1, once="winner")
        before = await all_rows(disk.rows)
        for _ in range(3):
            assert await late.append([append_to(stale, 2, command="loser")], now=at(0)) == [Lost()]
            assert await all_rows(disk.rows) == before

    async def test_a_loser_that_decides_again_wins_in_the_end(self, disk: Disk) -> None:
        processes = [await disk.process(Jitter(seed)) for seed in range(5)]
        await asyncio.gather(
            *(
                add(process, stream(1), number, once=number)
                for number, process in enumerate(processes)
            )
        )
        numbers = [number_of(event) for event in await processes[0].history(stream(1))]
        assert sorted(numbers) == [0, 1, 2, 3, 4]
        assert (await current(processes[0], TALLY, stream(1))).numbers == tuple(numbers)

    async def test_a_race_that_is_never_won_ends_as_contended(self, disk: Disk) -> None:
        rival = await disk.process()

        class Rival(Calls):
            async def call[T](self, what: str, do: Callable[[], Awaitable[T]]) -> T:
                if what.startswith("commit"):
                    await add(rival, stream(1), 0, once=len(self.made))
                return await Calls.call(self, what, do)

        slow = await disk.process(Rival())
        with pytest.raises(Contended):
            await handle(slow, TALLY, stream(1), Add(numbers=(1,)), cause("slow"), tries=4)
        assert {number_of(event) for event in await rival.history(stream(1))} == {0}


class Together(LogContract):
    """Streams of one shard are appended in one transaction: all of them or none."""

    async def test_streams_of_one_shard_are_appended_together(self, disk: Disk) -> None:
        log = await disk.process()
        one, two, three = streams_of(log, 1, 3)
        await add(log, two, 5, once="earlier")
        loaded = [await log.load(each) for each in (one, two, three)]
        answers = await log.append(
            [
                append_to(loaded[0], 10, 11, command="one"),
                append_to(loaded[1], 20, command="two"),
                append_to(loaded[2], 30, 31, 32, command="three"),
            ],
            now=at(0),
        )
        assert [(one.first, one.count) for one in answers if isinstance(one, Appended)] == [
            (2, 2),
            (4, 1),
            (5, 3),
        ]
        events = await log.read(1, after=0)
        assert [(event.version, number_of(event)) for event in events] == [
            *((1, 5), (1, 10), (2, 11), (2, 20), (1, 30), (2, 31), (3, 32))
        ]

    async def test_the_largest_group_holds_24_commands(self, log: ShardedLog) -> None:
        loaded = [await log.load(each) for each in streams_of(log, 1, 25)]
        group = [append_to(each, 1, command=each.id) for each in loaded]
        with pytest.raises(LimitExceeded):
            await log.append(group, now=at(0))
        assert len(await log.append(group[:24], now=at(0))) == 24
        assert (await log.head(1)).position == 24

    async def test_a_group_with_a_stale_member_is_recorded_not_at_all(self, disk: Disk) -> None:
        log = await disk.process()
        one, two, three = streams_of(log, 1, 3)
        loaded = [await log.load(each) for each in (one, two, three)]
        await add(log, two, 5, once="somebody else")
        before = await all_rows(disk.rows)
        group = [append_to(each, 1, command=each.id) for each in loaded]
        assert await log.append(group, now=at(0)) == [Lost(), Lost(), Lost()]
        assert await all_rows(disk.rows) == before

    async def test_a_group_tells_the_repeated_commands_from_the_lost(self, disk: Disk) -> None:
        log = await disk.process()
        one, two, three = streams_of(log, 1, 3)
        loaded = [await log.load(each) for each in (one, two, three)]
        group = [append_to(each, 1, command=each.id) for each in loaded]
        await log.append([group[0]], now=at(0))
        await log.append([group[2]], now=at(0))
        before = await all_rows(disk.rows)
        assert await log.append(group, now=at(0)) == [
            Appended(first=1, count=1, repeated=True),
            Lost(),
            Appended(first=2, count=1, repeated=True),
        ]
        assert await all_rows(disk.rows) == before
