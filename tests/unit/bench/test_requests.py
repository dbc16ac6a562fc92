"""Requests are counted by rules that the tables name."""

from collections import Counter

from bench.counting import Counted, Looks, new_image, without_empty_looks
from bench.requests import sections
from core.domain.ids import bill_stream, image_stream, tag_stream
from core.log.sharded import open_log
from core.storage.memory import MemoryArtifacts, MemoryQueues, MemoryTables
from dev.inprocess import MemoryMailbox
from dev.stack.stack import SUBSCRIPTION


def test_looks_into_empty_queues_are_left_out() -> None:
    sent = Counter({"read message hints": 9, "read message scan-push": 4, "commit log": 2})
    assert without_empty_looks(sent, ["hints", "hints"]) == Counter(
        {"read message hints": 2, "commit log": 2}
    )


async def test_a_look_counts_once_however_much_it_brings() -> None:
    queues = MemoryQueues()
    looks = Looks(MemoryMailbox(queues))
    await queues.send("hints", b"1")
    await queues.send("hints", b"2")
    assert await looks.receive("hints") == [b"1", b"2"]
    assert await looks.receive("hints") == []
    assert looks.fruitful == ["hints"]


def test_lengths_of_the_log_are_compared_with_the_first() -> None:
    short = Counted(events=1, cold=Counter(a=80), warm=[Counter(a=40), Counter(a=30, b=20)])
    long = Counted(events=20_000, cold=Counter(a=90), warm=[Counter(a=90)])
    lengths, operations = sections([short, long])
    assert lengths.rows == [
        ("1", "80", "45", "50", "0.75 x", "1.00 x"),
        ("20,000", "90", "90", "90", "1.50 x", "2.00 x"),
    ]
    assert operations.rows == [("a", "30"), ("b", "20"), ("all", "50")]


async def test_measured_images_live_where_others_did_and_never_twice() -> None:
    log = await open_log(await MemoryTables().open("log"), MemoryArtifacts())
    one, other = new_image(log), new_image(log)
    assert one.digest != other.digest
    for image in (one, other):
        streams = (
            image_stream(image),
            tag_stream(image.registry, image.repository, "v1"),
            bill_stream(SUBSCRIPTION, image.digest),
        )
        assert [log.shard_of(stream) for stream in streams] == [0, 1, 2]
