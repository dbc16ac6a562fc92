"""The benches can be named, and the README says what each of them measures."""

import re
from pathlib import Path

import pytest

from bench.__main__ import BENCHES, chosen

README = Path(__file__).parents[3] / "bench/README.md"


def test_all_of_them_run_when_none_is_named() -> None:
    assert chosen([]) == list(BENCHES)


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
