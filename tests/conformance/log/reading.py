"""What stands in a log, and comes back (L3, time)."""

from datetime import timedelta

from core.domain.recorded import Recorded
from core.log.handle import current
from core.log.interface import Appended, Head, Stream
from core.log.sharded import ShardedLog
from tests.conformance.log.disk import SHARDS, Disk, LogContract, append_to
from tests.support.samples import at
from tests.support.tally import TALLY, Tally, add, cause, fact, number_of, stream, streams_of


class Reading(LogContract):
    """What was appended is read back, in order, with its place, its time and its cause."""

    async def test_an_empty_log_has_nothing_anywhere(self, log: ShardedLog) -> None:
        for shard in range(SHARDS):
            assert await log.head(shard) == Head(position=0, at=None)
            assert await log.read(shard, after=0) == []
        assert await log.history(stream(1)) == []
        loaded = await log.load(stream(1))
        assert loaded == Stream(id=stream(1), version=0, fold=None, fold_schema="", etag=None)

    async def test_what_was_appended_is_read_back_with_its_place_and_cause(
        self, log: ShardedLog
    ) -> None:
        loaded = await log.load(stream(1))
        answers = await log.append([append_to(loaded, 1, 2, command="c")], now=at(5))
        assert answers == [Appended(first=1, count=2, repeated=False)]
        shard = log.shard_of(stream(1))
        first, second = await log.read(shard, after=0)
        assert second == Recorded(
            shard=shard,
            position=2,
            stream=stream(1),
            version=2,
            at=at(5),
            command=cause("c").command,
            correlation=cause("c").correlation,
            causation=cause("c").causation,
            event=fact(2),
        )
        assert (first.position, first.version, first.event) == (1, 1, fact(1))
        assert await log.history(stream(1)) == [first, second]
        assert await log.head(shard) == Head(position=2, at=at(5))

    async def test_every_process_sees_the_same(self, disk: Disk) -> None:
        await add(await disk.process(), stream(1), 1, 2, once="a")
        other = await disk.process()
        assert await current(other, TALLY, stream(1)) == Tally(numbers=(1, 2))
        assert [number_of(one) for one in await other.history(stream(1))] == [1, 2]

    async def test_reading_goes_on_behind_a_position_up_to_a_limit(self, log: ShardedLog) -> None:
        await add(log, stream(1), *range(10), once="a")
        shard = log.shard_of(stream(1))
        some = await log.read(shard, after=3, limit=4)
        assert [one.position for one in some] == [4, 5, 6, 7]
        assert await log.read(shard, after=10) == []
        assert await log.read(shard, after=99) == []

    async def test_versions_of_every_stream_are_contiguous(self, log: ShardedLog) -> None:
        one, other = streams_of(log, 0, 2)
        for round_ in range(3):
            await add(log, one, 1, 2, once=("one", round_))
            await add(log, other, 3, once=("other", round_))
        assert [event.version for event in await log.history(one)] == [1, 2, 3, 4, 5, 6]
        assert [event.version for event in await log.history(other)] == [1, 2, 3]
        assert [event.position for event in await log.history(other)] == [3, 6, 9]

    async def test_time_never_runs_backwards_within_a_shard(self, disk: Disk) -> None:
        one, other = streams_of(await disk.process(), 0, 2)
        for minute, each in ((9, one), (3, other), (5, one), (12, other)):
            log = await disk.process()
            loaded = await log.load(each)
            await log.append([append_to(loaded, 1, command=minute)], now=at(minute))
            warm = await log.load(each)
            await log.append([append_to(warm, 1, command=(minute, "warm"))], now=at(minute - 2))
        times = [event.at for event in await log.read(0, after=0)]
        assert times == [at(9), at(9), at(9), at(9), at(9), at(9), at(12), at(12)]

    async def test_time_is_kept_to_the_microsecond_in_utc(self, log: ShardedLog) -> None:
        now = at(0) + timedelta(microseconds=1)
        loaded = await log.load(stream(1))
        await log.append([append_to(loaded, 1, command="c")], now=now)
        assert (await log.head(log.shard_of(stream(1)))).at == now
