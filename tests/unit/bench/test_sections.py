"""Tables are printed as they are: what stands in a cell is no markup."""

import io

from rich.console import Console

from bench.burst import Burst, Memory, sections
from bench.sections import Section, show


def printed(*shown: Section) -> str:
    console = Console(file=io.StringIO(), width=100)
    for section in shown:
        show(section, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_table_stands_under_its_title_and_its_sentence() -> None:
    section = Section(
        title="Title", measured="What [it] is.", columns=("a", "b"), rows=[("[x]", "1")]
    )
    lines = [line.split() for line in printed(section).splitlines()]
    assert lines == [[], ["Title"], ["What", "[it]", "is."], ["a", "b"], ["[x]", "1"]]


def test_a_burst_that_lost_images_says_how_many_are_done() -> None:
    burst = Burst(
        done=150,
        billed=149,
        retried=2,
        most_slots=8,
        most_rooms=7,
        pushing=10.0,
        seconds=300.0,
        by_hand=1.0,
    )
    memory = Memory(started=100 << 20, warm=100 << 20, after=150 << 20)
    text = printed(*sections(burst, memory))
    for part in ("150 of 200", "149 of 200", "8 of 8", "7 of 8", "0.50 x", "1.50 x"):
        assert part in text
    assert [line.split()[-1] for line in text.splitlines() if "per minute" in line] == ["30"]
