"""Cells of a row, read with the type that they must have; and texts longer than a cell holds."""

from datetime import UTC, datetime

from core.domain.values import Artifact
from core.storage.interface import Cell, Cells

PIECE = 32_000
"""Characters of one cell: storage counts two bytes for each, and takes 64 KiB."""


def text(cells: Cells, name: str) -> str:
    """A cell's text, empty where there is none."""
    value = cells.get(name, "")
    return value if isinstance(value, str) else ""


def number(cells: Cells, name: str) -> int:
    """A cell's number, 0 where there is none."""
    value = cells.get(name, 0)
    return value if isinstance(value, int) else 0


def artifact(cells: Cells, name: str) -> Artifact | None:
    """The artifact that a row names, should it name one."""
    sha256 = text(cells, f"{name}_sha256")
    return Artifact(sha256=sha256, size=number(cells, f"{name}_size")) if sha256 else None


def instant(at: datetime) -> str:
    """A time as views show it: ISO 8601, UTC, of fixed width, so that texts sort as times do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def long_text(cells: Cells, name: str) -> str:
    """A text that may stand in several cells: `tags`, `tags_1`, `tags_2` …"""
    pieces = [text(cells, name)]
    while (further := text(cells, f"{name}_{len(pieces)}")) != "":
        pieces.append(further)
    return "".join(pieces)


def put_long_text(row: dict[str, Cell], name: str, value: str) -> None:
    """Write a text, ASCII only, into as many cells as it takes."""
    pieces = [value[start : start + PIECE] for start in range(0, len(value), PIECE)]
    row[name] = pieces[0] if pieces else ""
    row |= {f"{name}_{index}": piece for index, piece in enumerate(pieces) if index}
    surplus = max(1, len(pieces))
    while row.pop(f"{name}_{surplus}", None) is not None:
        surplus += 1


def words(cells: Cells, name: str) -> list[str]:
    """A list of words that stands in a row, sorted."""
    return long_text(cells, name).split()


def put_words(row: dict[str, Cell], name: str, value: set[str]) -> None:
    """Write words into a row."""
    put_long_text(row, name, " ".join(sorted(value)))
