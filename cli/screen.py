"""What the command prints: results to standard output, everything else to standard error.

On a terminal tables have colours; elsewhere they are plain columns of whole texts, nothing wrapped
and nothing cut off. Every text is made harmless on its way out: `cli/hostile.py` says against what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.hostile import harmless, harmless_json

STYLES: Mapping[str, str] = {
    "Critical": "bold red",
    "High": "red",
    "Medium": "yellow",
    "Low": "cyan",
    "Unhealthy": "red",
    "Healthy": "green",
    "Unscanned": "yellow",
    "Failed": "yellow",
    "pass": "bold green",
    "fail": "bold red",
    "pending": "bold yellow",
}
"""How words are shown that say how bad something is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Prints."""

    out: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    err: Console = field(
        default_factory=lambda: Console(stderr=True, highlight=False, soft_wrap=True)
    )

    def json(self, value: object) -> None:
        """A result for programs."""
        self._plain(self.out, harmless_json(value))

    def document(self, text: str) -> None:
        """A whole document, whose own lines are kept."""
        self._plain(self.out, "\n".join(harmless(line) for line in text.splitlines()))

    def say(self, text: str, *, style: str = "") -> None:
        """A line of a result."""
        self.out.print(Text(harmless(text), style=style))

    def note(self, text: str) -> None:
        """Something about a result, which is no part of it."""
        self.err.print(Text(harmless(text), style="dim"))

    def trouble(self, text: str) -> None:
        """Why there is no result."""
        self.err.print(Text(f"pratique: {harmless(text)}", style="red"))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table; a cell that is `None` is empty."""
        cells = [[harmless("" if one is None else str(one)) for one in row] for row in rows]
        if not self.out.is_terminal:
            self._plain(self.out, "\n".join(_plain_lines([list(columns), *cells])))
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in cells:
            table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
        self.out.print(table, soft_wrap=False)

    def facts(self, facts: Mapping[str, object]) -> None:
        """What is known of one thing, by name; what is not known is left out."""
        known = {name: value for name, value in facts.items() if value not in (None, "", [])}
        width = max(map(len, known), default=0)
        for name, value in known.items():
            text = harmless(str(value))
            self.out.print(
                Text.assemble((f"{name:<{width}}  ", "dim"), (text, STYLES.get(text, "")))
            )

    def _plain(self, console: Console, text: str) -> None:
        console.out(text, highlight=False)


def _plain_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return [line.rstrip() for line in padded]
