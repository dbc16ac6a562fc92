"""What is shown is text: markup is escaped, and what hides in a line is made visible."""

from datetime import UTC, datetime

import pytest
from jinja2 import UndefinedError

from core.pages.addressing import elsewhere
from core.pages.rendering import ago, at, environment, percent, short, visible

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_name_that_is_a_script_is_text() -> None:
    shown = environment().from_string("{{ name }}").render(name="<script>alert(1)</script>")
    assert shown == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_what_is_missing_is_an_error_and_never_blank() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing.there }}").render()


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\x9b", "\ufeff", "\x1b", "\x00"])
def test_characters_that_hide_or_turn_text_round_are_seen(hidden: str) -> None:
    assert visible(f"safe{hidden}gnp.exe") == "safe\ufffdgnp.exe"


def test_a_text_keeps_its_lines() -> None:
    """What a form lists, one a line, is in it again when it is shown again."""
    assert visible("team/café\r\nteam/*\n") == "team/café\nteam/*\n"


def test_other_scripts_are_left_as_they_are() -> None:
    assert visible("изображение/图像-café") == "изображение/图像-café"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//x", "http:", "["]
)
def test_a_link_leads_to_no_script(address: str) -> None:
    assert elsewhere(address) is None


def test_a_link_leads_to_the_web() -> None:
    assert elsewhere("https://example.com/a?b") == "https://example.com/a?b"


def test_a_moment_carries_utc_for_whoever_wants_to_know() -> None:
    assert str(at("2026-11-22T08:30:05.123456Z")) == (
        '<time datetime="2026-11-22T08:30:05Z" title="2026-11-22 08:30:05 UTC" data-show="time">'
        "22 Nov 2026, 08:30 UTC</time>"
    )
    assert "22 Nov 2026</time>" in at("2026-11-22", day=True)
    assert at(None) == ""


def test_how_long_ago_is_said_in_one_unit() -> None:
    assert "1 day ago" in ago("2026-11-21T08:00:00Z", NOW)
    assert "3 hours ago" in ago("2026-11-22T08:30:00Z", NOW)
    assert "just now" in ago("2026-11-22T11:59:30Z", NOW)


def test_shares_and_digests_are_short() -> None:
    assert (percent(0.1234, 1), percent(None)) == ("12.3 %", "\N{EN DASH}")
    assert short("sha256:" + "ab" * 32) == "abababababab"
