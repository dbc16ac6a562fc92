"""What is logged is one line an entry; a traceback's lines are indented."""

import io
import logging
from collections.abc import Iterator

import pytest

from core.telemetry.lines import OneLine, keep_to_lines

HOSTILE = "a\r\n2026-01-01 ERROR forged\x1b]0;owned\x07\u202e\u2028b"


@pytest.fixture
def shown() -> Iterator[io.StringIO]:
    """What a handler writes, after a while in which entries are kept to lines."""
    before, written = logging.getLogRecordFactory(), io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger("fitness").addHandler(handler)
    keep_to_lines()
    yield written
    logging.getLogger("fitness").removeHandler(handler)
    logging.setLogRecordFactory(before)


logger = logging.getLogger("fitness")


def test_an_entry_is_one_line_that_nothing_obeys(shown: io.StringIO) -> None:
    logger.error("the tag %s of %d", HOSTILE, 3)
    [line] = shown.getvalue().removesuffix("\n").split("\n")
    assert line.isprintable()
    assert line.startswith("the tag a 2026-01-01 ERROR forged")
    assert line.endswith("b of 3")


def test_a_traceback_has_lines_but_none_that_begins_as_an_entry_does(shown: io.StringIO) -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logger.exception("it %s", "failed")
    first, *lines = shown.getvalue().removesuffix("\n").split("\n")
    assert first == "it failed"
    assert any("raise ValueError(HOSTILE)" in line for line in lines)
    assert any("ERROR forged" in line for line in lines)
    assert all(line.startswith("    ") and line.isprintable() for line in lines)


def test_what_is_fit_is_left_as_it_is(shown: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    logger.error("%s of %d", "naïve 包", 3)
    assert shown.getvalue() == "naïve 包 of 3\n"
    assert caplog.records[-1].args == ("naïve 包", 3)


def test_to_ask_for_it_twice_changes_nothing(shown: io.StringIO) -> None:
    made = logging.getLogRecordFactory()
    keep_to_lines()
    assert logging.getLogRecordFactory() is made
    assert isinstance(made, OneLine)
