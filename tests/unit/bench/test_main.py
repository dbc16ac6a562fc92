"""The benches can be named, and the README says what each of them measures."""

import io
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from bench.__main__ import BENCHES, chosen, run
from bench.sections import Section
from core.errors import PratiqueError

README = Path(__file__).parents[3] / "bench/README.md"


def test_all_run_when_none_is_named_but_those_that_take_too_long() -> None:
    assert chosen([]) == [name for name in BENCHES if name not in ("answers", "fleet", "pages")]
    assert chosen(["fleet"]) == ["fleet"]


def test_those_that_are_named_run_in_that_order() -> None:
    assert chosen(["requests", "latency"]) == ["requests", "latency"]


def test_a_name_that_is_none_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        chosen(["latencies"])
    said = capsys.readouterr().err
    assert "latencies" in said
    assert "latency, requests, burst" in said


def test_the_readme_describes_every_bench() -> None:
    assert re.findall(r"^\| `(\w+)` \|", README.read_text(), re.MULTILINE) == list(BENCHES)


async def test_a_bench_that_fails_says_so_and_keeps_no_other() -> None:
    async def fails(folder: Path) -> Sequence[Section]:
        raise PratiqueError("it did not start")

    async def measures(folder: Path) -> Sequence[Section]:
        assert list(folder.iterdir()) == []
        return [Section(title="Height", measured="Of a tree.", columns=("", "m"), rows=[])]

    console = Console(file=io.StringIO(), width=200)
    assert await run(["one", "two"], console, {"one": fails, "two": measures}) == 1
    assert isinstance(console.file, io.StringIO)
    said = console.file.getvalue()
    assert "one: it did not start" in said
    assert "Height" in said
