"""Layers are measured unpacked, whatever they are packed in, and a bomb in small steps."""

import gzip
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from backports import zstd

from core.sandbox.agent.unpacking import DAMAGED, unpacked_sizes

MIB = 1024 * 1024
CONTENT = bytes(range(256)) * 9000


def gzipped(content: bytes) -> bytes:
    """The same bytes at any time: they are in the tests' names, on which workers have to agree."""
    return gzip.compress(content, mtime=0)


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    return tmp_path / "layer"


@pytest.mark.parametrize(
    ("packed", "size"),
    [
        (b"", 0),
        (b"x", 1),
        (b"\x1f", 1),
        (b"plain" * 1000, 5000),
        (gzipped(b""), 0),
        (gzipped(CONTENT), len(CONTENT)),
        (gzipped(CONTENT) + gzipped(CONTENT), 2 * len(CONTENT)),
        (gzipped(b"zero padded") + b"\0" * 512, 11),
        (zstd.compress(CONTENT), len(CONTENT)),
        (zstd.compress(CONTENT) + zstd.compress(CONTENT), 2 * len(CONTENT)),
    ],
)
def test_a_layer_counts_unpacked(layer: Path, packed: bytes, size: int) -> None:
    layer.write_bytes(packed)
    assert sum(unpacked_sizes(layer)) == size


@pytest.mark.parametrize("compress", [gzipped, zstd.compress])
def test_a_bomb_goes_off_in_small_steps(layer: Path, compress: Callable[[bytes], bytes]) -> None:
    layer.write_bytes(compress(bytes(64 * MIB)))
    assert max(islice(unpacked_sizes(layer), 8)) <= MIB


@pytest.mark.parametrize("compress", [gzipped, zstd.compress])
def test_a_bomb_behind_a_harmless_member_is_counted(
    layer: Path, compress: Callable[[bytes], bytes]
) -> None:
    layer.write_bytes(compress(b"harmless") + compress(bytes(4 * MIB)))
    assert sum(unpacked_sizes(layer)) == 8 + 4 * MIB


@pytest.mark.parametrize(
    "packed",
    [
        gzipped(CONTENT)[:-9],
        gzipped(CONTENT)[:20] + b"\xff" * 20,
        gzipped(b"content") + b"and something else",
        b"\x1f\x8b",
        zstd.compress(CONTENT)[:-9],
        zstd.compress(CONTENT)[:8] + b"\xff" * 20,
        b"\x28\xb5\x2f\xfd",
    ],
)
def test_a_damaged_layer_is_noticed(layer: Path, packed: bytes) -> None:
    layer.write_bytes(packed)
    with pytest.raises(DAMAGED):
        sum(unpacked_sizes(layer))
