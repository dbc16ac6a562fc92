"""Events and states survive their bytes, and a snapshot stands for the events before it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.advisories import Published
from core.domain.bill import Bill
from core.domain.events import EVENT_TYPES, Event
from core.domain.image import IMAGE, Image
from core.domain.tag import Tag
from core.log import codec
from tests.support.histories import Past, live, pasts
from tests.support.strategies import any_of


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_an_event_survives_its_bytes(kind: type[Event]) -> None:
    @settings(max_examples=25, deadline=None)
    @given(any_of(kind))
    def check(event: Event) -> None:
        encoded = codec.encode(event)
        assert (encoded.type, encoded.schema) == (kind.__name__, kind.schema)
        decoded = codec.decode(encoded)
        assert decoded == event
        assert type(decoded) is kind
        assert codec.encode(decoded) == encoded

    check()


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_a_field_that_only_newer_code_knows_is_passed_over(kind: type[Event]) -> None:
    @settings(max_examples=5, deadline=None)
    @given(any_of(kind))
    def check(event: Event) -> None:
        encoded = codec.encode(event)
        newer = json.dumps({**json.loads(encoded.data), "added_later": {"deep": [1]}}).encode()
        written = codec.Encoded(type=encoded.type, schema=encoded.schema, data=newer)
        assert codec.decode(written) == event

    check()


@pytest.mark.parametrize("kind", [Image, Tag, Bill, Published])
def test_a_state_survives_its_bytes(kind: type[object]) -> None:
    @settings(max_examples=40, deadline=None)
    @given(any_of(kind))
    def check(state: object) -> None:
        assert codec.decode_state(codec.encode_state(state), kind) == state

    check()


@settings(max_examples=150, deadline=None)
@given(pasts, st.integers(0, 30))
def test_a_snapshot_and_its_tail_fold_to_the_same_as_the_whole_history(
    past: Past, length: int
) -> None:
    history, image = live(past)
    read = [codec.decode(codec.encode(event)) for event in history]
    snapshot = IMAGE.fold(IMAGE.initial, read[:length])  # type: ignore[arg-type] # its own events
    restored = codec.decode_state(codec.encode_state(snapshot), Image)
    assert restored == snapshot
    assert IMAGE.fold(restored, read[length:]) == image  # type: ignore[arg-type] # its own events
