"""Everybody has an allowance of their own, which fills up again."""

from core.access.allowance import MOST_CALLERS, Allowance


def test_it_is_spent_and_fills_up_again() -> None:
    now = [0.0]
    allowance = Allowance(60, lambda: now[0])
    assert [allowance.take("ada") for _ in range(60)] == [None] * 60
    assert allowance.take("ada") == 1
    now[0] += 1.0
    assert allowance.take("ada") is None
    assert allowance.take("ada") == 1
    now[0] += 3600
    assert [allowance.take("ada") for _ in range(61)] == [*[None] * 60, 1]


def test_who_spends_theirs_spends_nobody_elses() -> None:
    allowance = Allowance(1, lambda: 0.0)
    assert allowance.take("ada") is None
    assert allowance.take("ada") == 60
    assert allowance.take("bob") is None


def test_a_crowd_takes_no_memory_without_end() -> None:
    allowance = Allowance(1, lambda: 0.0)
    for number in range(MOST_CALLERS + 10):
        allowance.take(str(number))
    assert allowance.take("0") is None, "forgotten, so with a new allowance"
    assert allowance.take(str(MOST_CALLERS + 9)) == 60
