"""Texts longer than a cell go into several, and come back as they were."""

import pytest

from core.projections.cells import (
    PIECE,
    instant,
    long_text,
    number,
    put_long_text,
    put_words,
    text,
    words,
)
from core.storage.interface import Cell
from tests.support.samples import at


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5])
@pytest.mark.parametrize("before", [0, 1, PIECE + 1, 5 * PIECE])
def test_a_text_of_any_length_is_read_as_it_was_written(length: int, before: int) -> None:
    row: dict[str, Cell] = {"other": 1}
    put_long_text(row, "text", "b" * before)
    put_long_text(row, "text", "a" * length)
    assert long_text(row, "text") == "a" * length
    assert all(len(cell) <= PIECE for cell in row.values() if isinstance(cell, str))
    assert len(row) == 1 + max(1, -(-length // PIECE))


def test_words_are_kept_sorted_and_none_is_no_word() -> None:
    row: dict[str, Cell] = {}
    put_words(row, "tags", {"b", "a"})
    assert (row, words(row, "tags")) == ({"tags": "a b"}, ["a", "b"])
    put_words(row, "tags", set())
    assert (words(row, "tags"), words({}, "tags")) == ([], [])


def test_a_missing_cell_is_empty_or_nothing() -> None:
    assert (text({"a": 1}, "a"), text({}, "a")) == ("", "")
    assert (number({"a": "1"}, "a"), number({}, "a"), number({"a": 7}, "a")) == (0, 0, 7)


def test_times_are_texts_that_sort() -> None:
    assert instant(at(0)) == "2026-01-01T00:00:00.000000Z"
    assert instant(at(9)) < instant(at(10))
