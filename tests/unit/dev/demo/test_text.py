"""Nothing that comes from an image or an advisory can move a cursor or pretend to be markup."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.demo.text import clean, shown


@given(st.text(st.characters(categories=["C", "L", "M", "N", "P", "S", "Z"])))
def test_what_is_shown_is_one_line_of_visible_characters(text: str) -> None:
    said = clean(text)
    assert len(said) <= 60
    assert not any(unicodedata.category(character).startswith("C") for character in said)
    assert len(said.splitlines()) <= 1


@pytest.mark.parametrize("text", ["\x1b[2Jgone", "a\u202eb", "a\nb", "a\u2028b", "\x9b31m", "\x85"])
def test_what_cannot_be_seen_is_replaced(text: str) -> None:
    assert "�" in clean(text)


def test_what_is_plain_stays_as_it_is() -> None:
    assert clean("1:1.2.11.dfsg-2+deb11u1 ü 漢") == "1:1.2.11.dfsg-2+deb11u1 ü 漢"


def test_what_is_too_long_says_so() -> None:
    assert clean("abcdef", most=4) == "abc…"
    assert clean("abcd", most=4) == "abcd"


def test_brackets_are_no_markup() -> None:
    assert shown("[red]x[/red] [link=http://evil]").plain == "[red]x[/red] [link=http://evil]"
