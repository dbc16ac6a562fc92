"""Where records wait while a database is compiled: a scratch file, so that memory stays small.

Records come in any order, and some come twice. They leave in the order of their ids, each once: of
two records with one id the one that was modified last counts, and of two modified at one time the
one whose bytes sort last, so that what is compiled does not depend on the order of the files.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import msgspec

from core.advisories import osv
from core.advisories.claims import Claim
from core.advisories.sources import Reason, Refusal

_SCHEMA = """
CREATE TABLE records (id TEXT PRIMARY KEY, modified TEXT NOT NULL, text BLOB NOT NULL);
CREATE TABLE claims (ecosystem TEXT, name TEXT, advisory INTEGER, body BLOB NOT NULL);
"""

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Claim)


class Staging:
    """A scratch file of records, and of their claims on packages."""

    def __init__(self, path: Path) -> None:
        """Make the scratch file; whoever names it deletes it."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")

    def add(self, record: osv.Record, text: bytes) -> Refusal | None:
        """Keep a record; says so if its id was there before."""
        modified = record.modified or ""
        added = self._connection.execute(
            "INSERT OR IGNORE INTO records VALUES (?, ?, ?)", (record.id, modified, text)
        )
        if added.rowcount:
            return None
        row = self._connection.execute(
            "SELECT modified, text FROM records WHERE id = ?", (record.id,)
        ).fetchone()
        if row[1] == text:
            return Refusal(where=record.id, reason=Reason.REPEATED)
        if (modified, text) > tuple(row):
            self._connection.execute(
                "UPDATE records SET modified = ?, text = ? WHERE id = ?",
                (modified, text, record.id),
            )
        return Refusal(where=record.id, reason=Reason.DUPLICATE)

    def records(self) -> Iterator[osv.Record]:
        """Every record, once, in the order of ids."""
        for (text,) in self._connection.execute("SELECT text FROM records ORDER BY id"):
            yield osv.decode(text)

    def claim(self, advisory: int, claims: Iterable[tuple[str, str, Claim]]) -> bool:
        """Keep an advisory's claims on ecosystems and packages; whether there are any."""
        rows = [
            (ecosystem, name, advisory, _ENCODER.encode(claim)) for ecosystem, name, claim in claims
        ]
        self._connection.executemany("INSERT INTO claims VALUES (?, ?, ?, ?)", rows)
        return bool(rows)

    def packages(self) -> Iterator[tuple[str, str, list[tuple[int, Claim]]]]:
        """Every package in order: ecosystem, name, and its numbered claims in order."""
        rows = self._connection.execute(
            "SELECT ecosystem, name, advisory, body FROM claims ORDER BY ecosystem, name, advisory"
        )
        for (ecosystem, name), claims in groupby(rows, key=lambda row: (row[0], row[1])):
            yield ecosystem, name, [(row[2], _DECODER.decode(row[3])) for row in claims]

    def close(self) -> None:
        """Let go of the scratch file."""
        self._connection.close()
