"""What was refused is counted and said."""

import pytest

from core.counters import Counters


def test_each_kind_is_counted_by_itself_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters()
    for why in ("one", "two"):
        counters.count("b", why)
    counters.count("a", "x" * 10_000)
    assert list(counters.read().items()) == [("a", 1), ("b", 2)]
    assert [len(record.getMessage()) for record in caplog.records] == [6, 6, 503]


def test_what_was_read_does_not_change_afterwards() -> None:
    counters = Counters()
    before = counters.read()
    counters.count("a", "why")
    assert (before, counters.read()) == ({}, {"a": 1})
