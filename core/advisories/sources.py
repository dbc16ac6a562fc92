"""Where advisories come from: folders, archives and files of OSV records.

Everything is read as a stream and within limits, because a dump is somebody else's file: an
archive may be a bomb, or broken in the middle. What cannot be read is refused by itself, and comes
out as a `Refusal` among the records; the rest is read.
"""

import gzip
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from core.advisories.archives import lists_too_much
from core.advisories.osv import MAX_BYTES
from core.errors import AdvisoriesError

MAX_TOTAL = 16 * 1024**3
"""Bytes that one archive may unpack to; the largest dump, npm's, is some gigabytes."""

SUFFIXES = (".json", ".jsonl", ".jsonl.gz", ".zip")
"""The files that are read in a folder."""


class Reason(StrEnum):
    """Why something was not taken, or not wholly: a closed list."""

    UNREADABLE = "unreadable file or archive"
    TOO_LARGE = "record too large"
    BOMB = "archive unpacks to too much"
    NOT_OSV = "not an OSV record"
    WITHDRAWN = "withdrawn"
    REPEATED = "same record twice"
    DUPLICATE = "duplicate id with different content"
    UNKNOWN_ECOSYSTEM = "unknown ecosystem"
    NO_RANGES = "neither ranges nor versions"
    ONLY_GIT = "only ranges of commits"
    CONTRADICTORY = "contradictory events"
    UNPARSABLE = "version that cannot be compared"
    BAD_VECTOR = "CVSS vector that cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something that was not taken."""

    where: str
    """The file, and the member or line in it; or the record's id."""
    reason: Reason
    """Why."""
    detail: str = ""
    """What exactly was wrong, where more is known."""


def read(paths: Iterable[Path]) -> Iterator[bytes | Refusal]:
    """The text of every record in these files and folders, and what could not be read.

    Raises `AdvisoriesError` for a path that is not there.
    """
    for path in paths:
        if not path.exists():
            raise AdvisoriesError(f"There are no advisories at {path}: no such file or folder.")
        for file in _files(path):
            yield from _read_file(file)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            if name.endswith(SUFFIXES):
                yield Path(folder, name)


def _read_file(path: Path) -> Iterator[bytes | Refusal]:
    try:
        if path.name.endswith(".zip"):
            yield from _read_zip(path)
        elif path.name.endswith(".gz"):
            with gzip.open(path, "rb") as file:
                yield from _read_lines(path, file)
        elif path.name.endswith(".jsonl"):
            with path.open("rb") as file:
                yield from _read_lines(path, file)
        else:
            with path.open("rb") as file:
                yield _read_one(str(path), file)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        yield Refusal(where=str(path), reason=Reason.UNREADABLE, detail=str(error))


def _read_one(where: str, file: IO[bytes]) -> bytes | Refusal:
    """All of a file that holds one record, never more of it than a record may have."""
    text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        return Refusal(where=where, reason=Reason.TOO_LARGE)
    return text


def _read_lines(path: Path, file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes | Refusal]:
    """A record a line. A line that is too long is skipped to its end, in pieces."""
    total = number = 0
    while line := file.readline(MAX_BYTES + 1):
        number += 1
        total += len(line)
        if len(line) > MAX_BYTES and not line.endswith(b"\n"):
            while len(line) > MAX_BYTES and not line.endswith(b"\n") and total <= MAX_TOTAL:
                line = file.readline(MAX_BYTES + 1)
                total += len(line)
            yield Refusal(where=f"{path}:{number}", reason=Reason.TOO_LARGE)
        elif line.strip():
            yield line
        if total > MAX_TOTAL:
            yield Refusal(where=str(path), reason=Reason.BOMB)
            return


def _read_zip(path: Path) -> Iterator[bytes | Refusal]:
    """A record a member. Members are opened one by one, and never read past a record's limit."""
    if lists_too_much(path):
        yield Refusal(where=str(path), reason=Reason.BOMB, detail="its directory is too long")
        return
    total = 0
    with zipfile.ZipFile(path) as archive:
        for member in sorted(archive.infolist(), key=lambda info: info.filename):
            if member.is_dir() or not member.filename.endswith(".json"):
                continue
            record = _read_member(archive, member, f"{path}!{member.filename}")
            total += len(record) if isinstance(record, bytes) else MAX_BYTES
            yield record
            if total > MAX_TOTAL:
                yield Refusal(where=str(path), reason=Reason.BOMB)
                return


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> bytes | Refusal:
    if member.file_size > MAX_BYTES:
        return Refusal(where=where, reason=Reason.TOO_LARGE)
    try:
        with archive.open(member) as file:
            return _read_one(where, file)
    except (
        OSError,
        EOFError,
        zlib.error,
        zipfile.BadZipFile,
        RuntimeError,  # zipfile's answer to a member that is encrypted
        NotImplementedError,  # and to a compression it does not know
    ) as error:
        return Refusal(where=where, reason=Reason.UNREADABLE, detail=str(error))
