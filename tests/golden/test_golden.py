"""What was once written is read for ever, and written the same way."""

from pathlib import Path

import pytest

from core.domain.events import EVENT_TYPES
from core.log import codec
from tests.golden.add import FOLDER, contents, event_file
from tests.golden.values import EVENTS, STATES

EVENT_FILES = sorted((FOLDER / "events").glob("*.json"))


def test_every_type_has_a_value_and_every_schema_of_it_a_file() -> None:
    assert tuple(type(value) for value in EVENTS) == EVENT_TYPES
    due = {
        event_file(kind.__name__, schema)
        for kind in EVENT_TYPES
        for schema in range(1, kind.schema + 1)
    }
    assert set(EVENT_FILES) == due, "run `python -m tests.golden.add`"


@pytest.mark.parametrize("path", EVENT_FILES, ids=lambda path: path.stem)
def test_an_event_that_was_once_written_decodes(path: Path) -> None:
    type_, schema = path.stem.split(".")
    data = path.read_bytes().rstrip(b"\n")
    event = codec.decode(codec.Encoded(type=type_, schema=int(schema), data=data))
    value = next(value for value in EVENTS if type(value).__name__ == type_)
    assert type(event) is type(value)
    assert event == value or int(schema) < value.schema


@pytest.mark.parametrize("path", contents(), ids=lambda path: path.stem)
def test_events_and_states_are_still_written_the_same_way(path: Path) -> None:
    assert path.read_bytes() == contents()[path]


@pytest.mark.parametrize("value", [*EVENTS, *STATES.values()], ids=lambda it: type(it).__name__)
def test_no_field_of_a_golden_value_is_left_empty(value: object) -> None:
    names = getattr(value, "__dataclass_fields__", {})
    assert names
    assert all(getattr(value, name) not in (None, "", 0, ()) for name in names)
