"""Layers are measured unpacked, whatever they are packed in and however they arrive."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sandbox.agent.unpacking import Unpacked

PLENTY = 2**40


def measure(layer: bytes, *, piece: int = 65536, budget: int = PLENTY) -> tuple[int, bool]:
    unpacked = Unpacked()
    counted = 0
    for start in range(0, len(layer), piece):
        counted += unpacked.feed(layer[start : start + piece], budget - counted)
        if counted > budget:
            break
    return counted, unpacked.is_whole


@given(members=st.lists(st.binary(max_size=300), min_size=1, max_size=4), piece=st.integers(1, 50))
def test_a_stream_counts_all_its_members_in_whatever_pieces_it_arrives(
    members: list[bytes], piece: int
) -> None:
    layer = b"".join(gzip.compress(member) for member in members)
    assert measure(layer, piece=piece) == (sum(map(len, members)), True)


def test_a_plain_layer_counts_as_it_is() -> None:
    assert measure(b"plain" * 1000, piece=1) == (5000, True)


@pytest.mark.parametrize("content", [b"", b"x", b"\x1f"])
def test_a_layer_shorter_than_any_packing_is_whole(content: bytes) -> None:
    assert measure(content)[1]


def test_more_than_one_step_of_output_from_one_chunk_is_counted() -> None:
    size = 5 * 1024 * 1024
    assert measure(gzip.compress(bytes(size))) == (size, True)


def test_a_bomb_is_left_soon_after_the_budget_is_used_up() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    counted, _ = measure(bomb, piece=len(bomb), budget=1000)
    assert 1000 < counted <= 1024 * 1024


def test_a_bomb_behind_a_harmless_member_is_found() -> None:
    layer = gzip.compress(b"harmless") + gzip.compress(bytes(4 * 1024 * 1024))
    counted, _ = measure(layer, budget=1000)
    assert counted > 1000


def test_what_follows_a_stream_and_is_none_is_not_counted() -> None:
    assert measure(gzip.compress(b"content") + b"\0" * 512) == (7, True)


def test_a_stream_that_breaks_off_is_not_whole() -> None:
    assert not measure(gzip.compress(b"content" * 100)[:-9])[1]


def test_a_stream_that_is_damaged_raises() -> None:
    layer = bytearray(gzip.compress(bytes(range(256)) * 100))
    layer[12] ^= 0xFF
    with pytest.raises(zlib.error):
        measure(bytes(layer))
