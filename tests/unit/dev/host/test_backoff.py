"""How long an empty queue is left alone."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dev.host.backoff import Backoff
from dev.host.config import MINIMUM_POLL

LONGEST = st.timedeltas(min_value=MINIMUM_POLL, max_value=timedelta(hours=1))


@given(LONGEST, st.lists(st.booleans(), max_size=60))
def test_every_pause_is_within_its_limits(longest: timedelta, looks: list[bool]) -> None:
    backoff = Backoff(longest=longest)
    for found in looks:
        assert MINIMUM_POLL <= backoff.pause(found=found) <= longest


@given(LONGEST)
def test_an_empty_queue_comes_to_the_longest_pause(longest: timedelta) -> None:
    backoff = Backoff(longest=longest)
    for _ in range(20):
        backoff.pause(found=False)
    assert backoff.pause(found=False) == longest


@given(LONGEST, st.integers(0, 40))
def test_after_a_message_the_pause_is_the_shortest_again(longest: timedelta, looks: int) -> None:
    backoff = Backoff(longest=longest)
    for _ in range(looks):
        backoff.pause(found=False)
    assert backoff.pause(found=True) == MINIMUM_POLL


def test_pauses_grow_from_look_to_look() -> None:
    backoff = Backoff(longest=timedelta(minutes=1))
    pauses = [backoff.pause(found=False) for _ in range(8)]
    assert pauses == sorted(pauses)
    assert pauses[0] == MINIMUM_POLL
