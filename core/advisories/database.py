"""The compiled advisories, opened to be matched with: read-only and memory-mapped.

One is opened per process and kept. Nothing is read that is not asked for, so opening takes no time
and many processes share the pages.
"""

import sqlite3
import threading
import weakref
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import msgspec

from core.advisories.layout import APPLICATION, FORMAT, Advisory, Sheet
from core.errors import AdvisoriesError

_MAPPED = 2**31
"""Bytes of the file that may be mapped; SQLite maps no more than there are."""

_KEPT = 8_192
"""Advisories that are kept decoded."""

_SHEET = msgspec.msgpack.Decoder(Sheet)
_ADVISORY = msgspec.msgpack.Decoder(Advisory)


def uri(path: Path) -> str:
    """How SQLite is told to open a database that nobody will change."""
    return f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"


def connect(path: Path) -> sqlite3.Connection:
    """A connection to a database that `core.advisories.compiler` built.

    Raises `AdvisoriesError` if it is not there, is none, or was built for another format.
    """
    if not path.is_file():
        raise AdvisoriesError(f"There is no compiled database of advisories at {path}.")
    connection = sqlite3.connect(uri(path), uri=True, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA mmap_size = {_MAPPED:d}")
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        layout = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        connection.close()
        raise AdvisoriesError(f"{path} is no database of advisories: {error}") from error
    if (application, layout) != (APPLICATION, FORMAT):
        connection.close()
        raise AdvisoriesError(
            f"{path} is no database of advisories in format {FORMAT}: build it again with"
            " `python -m core.advisories build`."
        )
    return connection


class Advisories:
    """A compiled database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use an open connection; `Advisories.open` makes it."""
        self._connection = connection
        self._turn = threading.Lock()
        weakref.finalize(self, connection.close)  # for whoever forgets it with others still reading
        self.advisory = lru_cache(maxsize=_KEPT)(self._advisory)
        """An advisory that a sheet names, by its number."""
        rows = connection.execute("SELECT ecosystem FROM ecosystems")
        self.ecosystems: frozenset[str] = frozenset(row[0] for row in rows)
        """The ecosystems, with their releases, of which anything is known."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a database that `core.advisories.compiler` built.

        Raises `AdvisoriesError` if it is not there, is none, or was built for another format.
        """
        connection = connect(path)
        try:
            return cls(connection)
        except sqlite3.Error as error:
            connection.close()
            raise AdvisoriesError(f"{path} is no database of advisories: {error}") from error

    def sheet(self, ecosystem: str, name: str) -> Sheet | None:
        """All that is claimed of a package, by its canonical ecosystem and name."""
        row = self._row(
            "SELECT sheet FROM packages WHERE ecosystem = ? AND name = ?", (ecosystem, name)
        )
        return None if row is None else _SHEET.decode(row)

    def names(self, ecosystem: str) -> frozenset[str]:
        """The packages of an ecosystem, with its release, of which anything is claimed."""
        rows = self._rows("SELECT name FROM packages WHERE ecosystem = ?", (ecosystem,))
        return frozenset(str(row[0]) for row in rows)

    def _advisory(self, number: int) -> Advisory:
        row = self._row("SELECT body FROM advisories WHERE number = ?", (number,))
        if row is None:
            raise AdvisoriesError(f"The database of advisories is damaged: no advisory {number}.")
        return _ADVISORY.decode(row)

    def _row(self, query: str, parameters: tuple[str | int, ...]) -> bytes | None:
        rows = self._rows(query, parameters)
        return bytes(rows[0][0]) if rows else None

    def _rows(self, query: str, parameters: tuple[str | int, ...]) -> list[tuple[bytes]]:
        """What a query finds. Threads take turns: they would be given each other's statements."""
        try:
            with self._turn:
                return self._connection.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise AdvisoriesError(f"The database of advisories cannot be read: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
