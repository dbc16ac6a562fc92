"""From OSV records to one SQLite file that images are matched with.

The same records give the same bytes, in whatever order and however many files they come (with one
version of SQLite), so a database is named by its hash, and one that was published before is
recognised. Records are read as a stream, sorted in a scratch file, and written in order.

Whatever cannot be taken is refused by itself and counted by reason; the rest is compiled.
"""

import hashlib
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from core.advisories import claims, osv, sheets, sources
from core.advisories.layout import APPLICATION, FORMAT, number_of
from core.advisories.sources import Reason, Refusal
from core.advisories.staging import Staging
from core.advisories.versions import scheme
from core.errors import AdvisoriesError, InvalidAdvisory

EXAMPLES = 20
"""Refusals of each reason that are kept to be shown."""

_SCHEMA = f"""
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE advisories (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE packages (ecosystem TEXT, name TEXT, sheet BLOB NOT NULL,
                       PRIMARY KEY (ecosystem, name)) WITHOUT ROWID;
CREATE TABLE ecosystems (ecosystem TEXT PRIMARY KEY, packages INTEGER NOT NULL) WITHOUT ROWID;
"""

_ENCODER = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A database that was built, and what it was built from."""

    path: Path
    """The file."""
    sha256: str
    """Hash of its bytes: its name as an artifact."""
    size: int
    """Its bytes."""
    read: int
    """Records that were read."""
    advisories: int
    """Advisories in it."""
    packages: int
    """Packages in it, counted in each ecosystem and release."""
    claims: int
    """Pairs of advisory and package."""
    refused: Mapping[Reason, int]
    """How much was not taken, by reason."""
    examples: Mapping[Reason, tuple[Refusal, ...]]
    """The first of each reason."""


@dataclass(slots=True)
class _Tally:
    """Counts while compiling."""

    read: int = 0
    advisories: int = 0
    claims: int = 0
    packages: Counter[str] = field(default_factory=Counter)
    refused: Counter[Reason] = field(default_factory=Counter)
    examples: dict[Reason, list[Refusal]] = field(default_factory=dict)

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        for refusal in refusals:
            self.refused[refusal.reason] += 1
            examples = self.examples.setdefault(refusal.reason, [])
            if len(examples) < EXAMPLES:
                examples.append(refusal)


type Progress = Callable[[str, int], None]
"""Called with what is being done and how much of it is done so far."""


def _silent(_: str, __: int) -> None:
    """Progress that nobody watches."""


def compile_database(paths: Iterable[Path], out: Path, progress: Progress = _silent) -> Compiled:
    """Compile all records in these files and folders into the database `out`.

    `out` appears when it is whole, in place of what was there. Raises `AdvisoriesError` if a path
    is not there, nothing at all could be read, or the file cannot be written.
    """
    tally = _Tally()
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".advisories-") as scratch:
            built = Path(scratch, "database")
            with closing(Staging(Path(scratch, "staging"))) as staging:
                _stage(paths, staging, tally, progress)
                with closing(sqlite3.connect(built, isolation_level=None)) as database:
                    _write(staging, database, tally, progress)
            sha256, size = _hash(built)
            os.replace(built, out)
    except (OSError, sqlite3.Error) as error:
        raise AdvisoriesError(f"The advisories could not be compiled to {out}: {error}") from error
    return Compiled(
        path=out,
        sha256=sha256,
        size=size,
        read=tally.read,
        advisories=tally.advisories,
        packages=tally.packages.total(),
        claims=tally.claims,
        refused=dict(sorted(tally.refused.items())),
        examples={reason: tuple(shown) for reason, shown in sorted(tally.examples.items())},
    )


def _stage(paths: Iterable[Path], staging: Staging, tally: _Tally, progress: Progress) -> None:
    for item in sources.read(paths):
        if isinstance(item, Refusal):
            tally.refuse([item])
            continue
        tally.read += 1
        try:
            record = osv.decode(item)
        except InvalidAdvisory as error:
            where = item[:40].decode(errors="replace")
            tally.refuse([Refusal(where=where, reason=Reason.NOT_OSV, detail=str(error))])
            continue
        repeated = staging.add(record, item)
        tally.refuse([repeated] if repeated else [])
        if tally.read % 1_000 == 0:
            progress("reading", tally.read)
    if not tally.read:
        raise AdvisoriesError(
            "There are no advisories in what was given: no record could be read."
            f" Folders are searched for files that end with {', '.join(sources.SUFFIXES)}."
        )


def _write(
    staging: Staging, database: sqlite3.Connection, tally: _Tally, progress: Progress
) -> None:
    database.executescript(_SCHEMA)
    database.execute("BEGIN")
    for record in staging.records():
        _write_advisory(record, staging, database, tally)
        if tally.advisories % 1_000 == 0:
            progress("sorting", tally.advisories)
    for ecosystem, name, claimed in staging.packages():
        refusals: list[Refusal] = []
        sheet = sheets.compile_sheet(name, scheme(ecosystem), claimed, refusals)
        tally.refuse(refusals)
        if not sheet.entries:
            continue
        database.execute(
            "INSERT INTO packages VALUES (?, ?, ?)", (ecosystem, name, _ENCODER.encode(sheet))
        )
        tally.packages[ecosystem] += 1
        tally.claims += len(sheet.entries)
        if tally.packages.total() % 1_000 == 0:
            progress("compiling", tally.packages.total())
    database.executemany("INSERT INTO ecosystems VALUES (?, ?)", sorted(tally.packages.items()))
    database.execute("COMMIT")


def _write_advisory(
    record: osv.Record, staging: Staging, database: sqlite3.Connection, tally: _Tally
) -> None:
    """Write a record, and stage its claims, unless it was withdrawn or claims nothing."""
    if record.withdrawn:
        tally.refuse([Refusal(where=record.id, reason=Reason.WITHDRAWN)])
        return
    refusals: list[Refusal] = []
    number = number_of(record.id)
    if staging.claim(number, claims.claims(record, refusals)):
        body = _ENCODER.encode(claims.advisory(record, refusals))
        database.execute("INSERT INTO advisories VALUES (?, ?)", (number, body))
        tally.advisories += 1
    tally.refuse(refusals)


def _hash(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
