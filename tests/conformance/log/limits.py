"""What is too large is refused before any call, what is large is read back (L8, L10)."""

from dataclasses import replace

import pytest

from core.errors import ArtifactMissing, UnreadableEvent
from core.log import codec, layout
from core.log.handle import current, handle
from core.log.interface import Append, Stream
from core.log.sharded import ShardedLog
from core.storage.interface import Put, artifact_of
from tests.conformance.log.disk import Disk, LogContract, append_to, check_refused
from tests.support.samples import at
from tests.support.tally import (
    PADDED,
    TALLY,
    Add,
    add,
    cause,
    fact,
    failed,
    stream,
    streams_of,
)


class Limits(LogContract):
    """What storage would refuse is refused before any call, and leaves no trace."""

    @pytest.mark.parametrize("count", [49, 60])
    async def test_a_command_of_too_many_events_is_refused_before_any_call(
        self, disk: Disk, count: int
    ) -> None:
        await check_refused(disk, lambda loaded: [append_to(loaded, *range(count), command="c")])

    async def test_the_largest_command_is_taken(self, log: ShardedLog) -> None:
        handled = await add(log, stream(1), *range(48), once="c")
        assert handled.state.numbers == tuple(range(48))
        assert len(await log.read(handled.shard, after=0)) == 48

    async def test_a_property_beyond_64_kib_is_refused_before_any_call(self, disk: Disk) -> None:
        def wordy(loaded: Stream) -> list[Append]:
            return [replace(append_to(loaded, 1, command="c"), correlation="x" * 32_769)]

        await check_refused(disk, wordy)

    async def test_a_command_beyond_4_mib_is_refused_before_any_call(self, disk: Disk) -> None:
        def large(loaded: Stream) -> list[Append]:
            events = [failed('"' * 15_000)] * 40
            append = append_to(loaded, *events, command="c")
            return [replace(append, correlation='"' * 30_000)]

        await check_refused(disk, large)

    async def test_streams_of_two_shards_are_refused_before_any_call(self, disk: Disk) -> None:
        log = await disk.process()
        strangers = [streams_of(log, shard, 1)[0] for shard in (0, 1)]

        def apart(loaded: Stream) -> list[Append]:
            streams = [replace(loaded, id=stranger) for stranger in strangers]
            return [append_to(each, 1, command=each.id) for each in streams]

        await check_refused(disk, apart)

    async def test_an_append_of_nothing_is_refused_before_any_call(self, disk: Disk) -> None:
        await check_refused(disk, lambda _: [])
        await check_refused(disk, lambda loaded: [append_to(loaded, command="c")])

    async def test_one_stream_twice_in_a_group_is_refused_before_any_call(self, disk: Disk) -> None:
        await check_refused(
            disk, lambda loaded: [append_to(loaded, 1, command=name) for name in "ab"]
        )


class Large(LogContract):
    """Large events stand in blobs, large states are folded from the history."""

    @pytest.mark.parametrize(
        "message",
        ["x" * 40_000, '"' * 40_000, "\U0001f6a2" * 9_000, "\x00" * 10_000, "é" * 500_000],
        ids=["plain", "quotes", "ships", "controls", "a megabyte"],
    )
    async def test_a_large_event_stands_in_a_blob_and_reads_back(
        self, disk: Disk, message: str
    ) -> None:
        log = await disk.process()
        loaded = await log.load(stream(1))
        await log.append([append_to(loaded, failed(message), 2, command="c")], now=at(0))
        shard = log.shard_of(stream(1))
        row = await disk.rows.get(layout.partition(shard), layout.event_key(1))
        assert row is not None
        assert "data" not in row.cells
        reference = layout.spilled_artifact(row)
        assert reference is not None
        assert artifact_of(await disk.artifacts.get(reference)) == reference
        events = [one.event for one in await log.read(shard, after=0)]
        assert events == [failed(message), fact(2)]
        assert [one.event for one in await log.history(stream(1))] == events

    @pytest.mark.parametrize("character", ["x", '"', "é", "\U0001f6a2", "\x00"])
    async def test_an_event_of_any_size_around_the_limit_reads_back(
        self, log: ShardedLog, character: str
    ) -> None:
        bare = len(codec.encode(failed("")).data)
        step = len(codec.encode(failed(character)).data) - bare
        fits = (layout.INLINE - bare) // step
        events = [failed(character * length) for length in (fits - 1, fits, fits + 1)]
        loaded = await log.load(stream(1))
        await log.append([append_to(loaded, *events, command="c")], now=at(0))
        assert [one.event for one in await log.history(stream(1))] == events

    async def test_an_event_whose_blob_is_gone_is_told(self, disk: Disk) -> None:
        log = await disk.process()
        loaded = await log.load(stream(1))
        await log.append([append_to(loaded, failed("x" * 40_000), command="c")], now=at(0))
        key = layout.event_key(1)
        shard = layout.partition(log.shard_of(stream(1)))
        row = await disk.rows.get(shard, key)
        assert row is not None
        await disk.rows.commit(shard, [Put(key, {**row.cells, "sha256": "0" * 64})])
        with pytest.raises(UnreadableEvent, match="position 1") as told:
            await log.read(log.shard_of(stream(1)), after=0)
        assert isinstance(told.value.__cause__, ArtifactMissing)

    async def test_a_large_state_is_left_out_and_folded_from_the_history(self, disk: Disk) -> None:
        log = await disk.process()
        for number in range(3):
            add_one = Add(numbers=(number,))
            handled = await handle(log, PADDED, stream(1), add_one, cause(number))
            assert handled.state.numbers == tuple(range(number + 1))
        assert (await log.load(stream(1))).fold is None
        restored = await current(await disk.process(), PADDED, stream(1))
        assert restored == replace(PADDED.initial, numbers=(0, 1, 2))

    async def test_a_snapshot_of_another_fold_is_folded_anew(self, log: ShardedLog) -> None:
        await add(log, stream(1), 1, 2, once="c")
        newer = replace(TALLY, schema=2)
        assert (await current(log, newer, stream(1))).numbers == (1, 2)
        handled = await handle(log, newer, stream(1), Add(numbers=(3,)), cause("d"))
        assert handled.state.numbers == (1, 2, 3)
        assert (await log.load(stream(1))).fold_schema == "tally.2"
