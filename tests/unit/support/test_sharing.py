"""Tests that have a stack stay together."""

from pathlib import Path

import pytest

from tests.support.sharing import STACKS, shared_with

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("folder", STACKS)
def test_tests_of_stacks_go_together(folder: str) -> None:
    files = [str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("test_*.py")]
    assert len(files) > 1
    assert {shared_with(f"{file}::test_of_it[a::b]") for file in files} == {folder}


def test_all_others_go_with_their_file() -> None:
    assert shared_with("tests/unit/test_house.py::test_of_it[a::b]") == "tests/unit/test_house.py"
