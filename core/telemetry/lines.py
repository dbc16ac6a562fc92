"""An entry of the app's log is one line, whatever it quotes.

Errors quote registries, advisories, requests and names from inside images. A line break in them
would begin a line that looks like an entry of its own, and a terminal obeys control characters.
Each host has handlers of its own, so entries are made fit before any of them gets one. The lines
of a traceback stay lines, but indented: none of them looks like an entry.
"""

import logging
from collections.abc import Callable

from core.plain import plain

_INDENT = "    "
_traceback = logging.Formatter().formatException


def keep_to_lines() -> None:
    """From now on, in this process. Once is enough, and more do no harm."""
    made = logging.getLogRecordFactory()
    if not isinstance(made, OneLine):
        logging.setLogRecordFactory(OneLine(made))


class OneLine:
    """Makes log records that are fit to be shown."""

    def __init__(self, made: Callable[..., logging.LogRecord]) -> None:
        self._made = made

    def __call__(self, *described: object, **more: object) -> logging.LogRecord:
        record = self._made(*described, **more)
        try:
            said = record.getMessage()
        except (TypeError, ValueError, KeyError):  # logging itself says so, and where
            return record
        if not said.isprintable():
            record.msg, record.args = plain(said), ()
        if record.exc_info and record.exc_info[0] is not None:
            lines = _traceback(record.exc_info).split("\n")
            record.exc_text = "\n".join(f"{_INDENT}{_fit(line)}" for line in lines)
        return record


def _fit(line: str) -> str:
    """A line of a traceback, with the indent that it has."""
    code = line.lstrip(" ")
    return line[: len(line) - len(code)] + plain(code)
