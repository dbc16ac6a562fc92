"""Which key opens what."""

import pytest

from dev.host.keys import AuthLevel, Keys

KEYS = Keys(master="m", function="f", eventgrid="e")


@pytest.mark.parametrize(
    ("level", "opened_by"),
    [
        (AuthLevel.ANONYMOUS, {"m", "f", "e", "x", "", None}),
        (AuthLevel.FUNCTION, {"m", "f"}),
        (AuthLevel.ADMIN, {"m"}),
        (AuthLevel.SYSTEM, {"m", "e"}),
    ],
)
def test_each_level_is_opened_by_its_keys_alone(
    level: AuthLevel, opened_by: set[str | None]
) -> None:
    shown = ["m", "f", "e", "x", "mm", "é", "", None]
    opens = {key for key in shown if KEYS.open(level, key)}
    assert opens == (set(shown) if level is AuthLevel.ANONYMOUS else opened_by)


def test_keys_are_made_anew() -> None:
    first, second = Keys(), Keys()
    assert len({first.master, first.function, first.eventgrid, second.master}) == 4
