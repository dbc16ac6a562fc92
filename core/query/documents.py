"""Answers that are no JSON: a document with its media type, and sheets that a spreadsheet opens.

A cell that begins like a formula would be run by whoever opens the sheet, and names inside images
are anybody's: such a cell gets an apostrophe in front, which spreadsheets take for "this is text".
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import InvalidInput
from core.query.accepting import liked

CSV = "text/csv"
SHEETS = ("application/json", CSV)
"""The media types of what can be a sheet, too."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An answer as it is sent."""

    content: bytes
    media_type: str
    file_name: str
    """What it is called where somebody keeps it."""
    next: str | None = None
    """Address of the next page, where there is one."""


def sheet(columns: Sequence[str], rows: Iterable[Sequence[str]], file_name: str) -> Document:
    """A CSV document (RFC 4180) with a line of headings; formulas are made harmless."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return Document(
        content=out.getvalue().encode(),
        media_type="text/csv; charset=utf-8; header=present",
        file_name=file_name,
    )


def harmless(cell: str) -> str:
    """The cell's text, never a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def wants_csv(given: Mapping[str, str], accept: str | None) -> bool:
    """Whether a request asks for a sheet: by `format`, else by its `Accept` header. InvalidInput
    for a format that there is not."""
    match given.get("format", "").lower():
        case "csv":
            return True
        case "json":
            return False
        case "":
            return liked(accept, SHEETS) == CSV
        case _:
            raise InvalidInput("format must be one of json, csv")
