"""What a bench says: small tables, each with the one sentence that says what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table."""

    title: str
    measured: str
    """What was measured and how, in one sentence."""
    columns: Sequence[str]
    """The first column holds words, all others numbers."""
    rows: Sequence[Sequence[str]]


def show(section: Section, console: Console) -> None:
    """Print one table under its title and its sentence."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for index, column in enumerate(section.columns):
        table.add_column(column, justify="left" if index == 0 else "right", overflow="fold")
    for row in section.rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print()
    console.print(section.title, style="bold", markup=False, highlight=False)
    console.print(section.measured, markup=False, highlight=False)
    console.print(table)
