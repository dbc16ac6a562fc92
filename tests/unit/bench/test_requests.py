"""Requests are counted by rules that the tables name."""

from collections import Counter

from bench.requests import Counted, Looks, sections, without_empty_looks
from core.storage.memory import MemoryQueues
from dev.inprocess import MemoryMailbox


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
