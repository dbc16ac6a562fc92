"""What is asked is read strictly: whatever makes no sense is InvalidInput, and nothing else."""

import base64
import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.query.parameters import DEFAULT_LIMIT, MAX_LIMIT, Parameters, known

ASKED = known("name", "month", "kind")


def asked(**given: str) -> Parameters:
    return Parameters(given, known=ASKED)


def test_every_unknown_parameter_is_named() -> None:
    with pytest.raises(InvalidInput, match="unknown parameter a, b; known are"):
        asked(b="1", a="2", name="x")
    with pytest.raises(InvalidInput, match="none is known here"):
        Parameters({"limit": "1"}, known=frozenset())


@pytest.mark.parametrize("text", ["", "x" * 513, "a\x00b", "a\nb", "\ud800", "\u202e"])
def test_a_text_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="name must have"):
        asked(name=text).text("name")


@pytest.mark.parametrize("text", ["x", "x" * 512, "'; drop", "a b", "ключ"])
def test_any_printable_text_is_a_text(text: str) -> None:
    assert asked(name=text).text("name") == text


def test_a_choice_is_one_of_its_words_whatever_its_case() -> None:
    choices = {"high": "High"}
    assert asked(kind="HIGH").choice("kind", choices) == "High"
    assert asked().choice("kind", choices) is None
    with pytest.raises(InvalidInput, match="kind must be one of High"):
        asked(kind="low").choice("kind", choices)


@pytest.mark.parametrize(
    "month", ["", "2026", "2026-13", "2026-00", "2026-1", "\u0661\u0662\u0663\u0664-01", "2026-01x"]
)
def test_a_month_that_is_none_is_refused(month: str) -> None:
    with pytest.raises(InvalidInput, match="month must"):
        asked(month=month).month("month")
    with pytest.raises(InvalidInput, match="month must"):
        asked().month("month")


def test_a_page_has_a_usual_length_and_a_greatest() -> None:
    assert asked().paging().limit == DEFAULT_LIMIT
    assert asked(limit=str(MAX_LIMIT)).paging().limit == MAX_LIMIT
    assert asked(limit="007").paging().limit == 7


@pytest.mark.parametrize(
    "limit",
    ["", "0", "501", "-1", "1.0", "1e2", "²", "१", "0000000010000", "9" * 5000, " 1", "1\n"],
)
def test_a_limit_that_is_none_is_refused(limit: str) -> None:
    with pytest.raises(InvalidInput, match="limit must be a number from 1 to 500"):
        asked(limit=limit).paging()


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_a_place_that_was_sealed_is_opened_again_by_the_same_question(place: str) -> None:
    token = asked(name="x", limit="3").seal(place)
    assert asked(name="x", limit="9", continuationToken=token).paging().token == place


def test_a_token_belongs_to_its_question() -> None:
    token = asked(name="x").seal("here")
    with pytest.raises(InvalidInput, match="another question"):
        asked(name="y", continuationToken=token).paging()


def sealed(document: object, **question: str) -> str:
    """A token that somebody made by hand, with the right question."""
    genuine = asked(**question).seal("here")
    name, _ = json.loads(base64.urlsafe_b64decode(genuine + "=" * (-len(genuine) % 4)))
    return base64.urlsafe_b64encode(json.dumps([name, document]).encode()).decode()


@pytest.mark.parametrize(
    "place", [1, None, {}, [], ["here"], "\x00", "\ud800", "ä", "a\nb", 1e300, True]
)
def test_a_token_with_a_place_that_is_none_is_refused(place: object) -> None:
    with pytest.raises(InvalidInput, match="not one that was given out"):
        asked(continuationToken=sealed(place)).paging()


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


TAMPERED: Mapping[str, str] = {
    "nothing": "",
    "no base64": "%%%",
    "no ASCII": "ü",
    "no JSON": encoded("not JSON"),
    "no pair": encoded("[1, 2, 3]"),
    "a number": encoded("1"),
    "a mapping": encoded('{"a": 1, "b": 2}'),
    "a long number": encoded("[" + "1" * 5000 + ", 1]"),
    "too deep": encoded("[" * 20_000),
    "no UTF-8": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
}


@pytest.mark.parametrize("token", TAMPERED.values(), ids=TAMPERED)
def test_a_token_that_was_tampered_with_is_refused(token: str) -> None:
    with pytest.raises(InvalidInput, match="continuationToken"):
        asked(continuationToken=token).paging()


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(sorted(ASKED)), st.text(), max_size=5))
def test_nothing_but_invalid_input_comes_of_any_question(question: dict[str, str]) -> None:
    try:
        parameters = asked(**question)
        parameters.text("name")
        parameters.choice("kind", {"a": "A"})
        parameters.month("month")
        parameters.paging()
    except InvalidInput:
        return
