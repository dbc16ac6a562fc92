"""Bytes that are longer than one cell of a row holds: `packages`, `packages_1`, `packages_2` …"""

from collections.abc import Iterator

from core.storage.interface import Cell, Cells

PIECE = 60 * 1024
"""Bytes of one cell; storage takes 64 KiB."""
ROOM = 14 * PIECE
"""Bytes that a row of ours holds at most; storage takes 1 MiB, names and numbers included."""


def long_bytes(cells: Cells, name: str) -> bytes:
    """Bytes that stand in as many cells as they take; none where there are none."""
    return b"".join(_pieces(cells, name))


def put_bytes(row: dict[str, Cell], name: str, value: bytes) -> None:
    """Write bytes into a row that has none of that name yet."""
    for index, start in enumerate(range(0, len(value), PIECE)):
        row[_column(name, index)] = value[start : start + PIECE]


def _pieces(cells: Cells, name: str) -> Iterator[bytes]:
    index = 0
    while isinstance(piece := cells.get(_column(name, index)), bytes):
        yield piece
        index += 1


def _column(name: str, index: int) -> str:
    return f"{name}_{index}" if index else name
