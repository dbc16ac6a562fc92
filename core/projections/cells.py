"""Cells of a row, read with the type that they must have."""

from datetime import UTC, datetime

from core.storage.interface import Cells


def text(cells: Cells, name: str) -> str:
    """A cell's text, empty where there is none."""
    value = cells.get(name, "")
    return value if isinstance(value, str) else ""


def number(cells: Cells, name: str) -> int:
    """A cell's number, 0 where there is none."""
    value = cells.get(name, 0)
    return value if isinstance(value, int) else 0


def instant(at: datetime) -> str:
    """A time as views show it: ISO 8601, UTC, of fixed width, so that texts sort as times do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
