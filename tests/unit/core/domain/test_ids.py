"""Names are hashes of what they stand for, and no two lists of parts share one."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.ids import (
    advisories_stream,
    bill_stream,
    command_id,
    image_stream,
    scan_id,
    stream_of_scan,
    tag_stream,
)
from core.domain.values import ImageName
from tests.support.samples import REGISTRY, digest, image_name

parts = st.lists(st.text("ab:1", max_size=4), max_size=4)


@given(parts, parts)
def test_no_two_lists_of_parts_share_a_command(one: list[str], other: list[str]) -> None:
    assert (command_id(*one) == command_id(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        (("a", ""), ("", "a")),
        (("a",), ("a", "")),
        (("1:a",), ("", "1:a")),
        (("a2:bc",), ("a", "bc")),
    ],
)
def test_moving_a_boundary_changes_the_name(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert command_id(*one) != command_id(*other)


def test_streams_of_different_things_never_meet() -> None:
    streams = [
        image_stream(image_name(1)),
        image_stream(image_name(2)),
        image_stream(ImageName(registry=REGISTRY, repository="team/apps", digest=digest(1))),
        image_stream(ImageName(registry="other.azurecr.io", repository="a", digest=digest(1))),
        tag_stream(REGISTRY, "team/app", "v1"),
        tag_stream(REGISTRY, "team", "app/v1"),
        bill_stream("s", digest(1)),
        bill_stream("t", digest(1)),
        advisories_stream(),
    ]
    assert all(one != other for one, other in itertools.combinations(streams, 2))


def test_a_subscription_is_the_same_in_any_case() -> None:
    assert bill_stream("ABCD-01", digest(1)) == bill_stream("abcd-01", digest(1))


def test_a_streams_name_says_its_kind_and_holds_no_text_of_a_user() -> None:
    kind, _, name = image_stream(image_name()).partition("-")
    assert kind == "image"
    assert len(name) == 32
    assert set(name) <= set("0123456789abcdef")


def test_a_scan_leads_back_to_its_image() -> None:
    stream = image_stream(image_name())
    for ordinal in (1, 2, 10, 12345):
        assert stream_of_scan(scan_id(stream, ordinal)) == stream


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1",
        "0" * 32,
        "0" * 32 + "-",
        "0" * 32 + "-0",
        "0" * 32 + "-01",
        "0" * 32 + "--1",
        "0" * 32 + "-1-1",
        "0" * 32 + "-1\n",
        "0" * 32 + "-\N{ARABIC-INDIC DIGIT ONE}",
        "0" * 32 + "-" + "1" * 20,
        "0" * 31 + "-1",
        "0" * 33 + "-1",
        "A" * 32 + "-1",
        "g" * 32 + "-1",
        "image-" + "0" * 32 + "-1",
        "../" + "0" * 29 + "-1",
    ],
)
def test_what_is_no_scan_leads_nowhere(text: str) -> None:
    assert stream_of_scan(text) is None
