"""Is a downloaded file what it must be? Raised before it replaces the one that was good."""

import csv
import gzip
import zipfile
import zlib
from pathlib import Path

import msgspec

from core.errors import FeedError


def check_archive(path: Path) -> None:
    """A zip archive that holds at least one record. Broken members are the compiler's to count:
    one bad record must not keep a whole ecosystem from being current."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise FeedError(f"not a zip archive: {error}") from error
    if not any(name.endswith(".json") for name in names):
        raise FeedError("an archive without a single record")


def check_epss(path: Path) -> None:
    """EPSS scores as FIRST publishes them: gzipped CSV with columns cve and epss."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = csv.DictReader(line for line in file if not line.startswith("#"))
            first = next(rows, None)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise FeedError(f"no gzipped CSV: {error}") from error
    if first is None or not {"cve", "epss"} <= first.keys():
        raise FeedError("no EPSS scores: the columns cve and epss are missing")


class _Vulnerability(msgspec.Struct, rename="camel"):
    cve_id: str = msgspec.field(name="cveID")


class _Catalogue(msgspec.Struct):
    vulnerabilities: list[_Vulnerability]


def check_kev(path: Path) -> None:
    """CISA's catalogue of known exploited vulnerabilities, JSON."""
    try:
        catalogue = msgspec.json.decode(path.read_bytes(), type=_Catalogue)
    except msgspec.MsgspecError as error:
        raise FeedError(f"no catalogue of known exploited vulnerabilities: {error}") from error
    if not catalogue.vulnerabilities:
        raise FeedError("an empty catalogue of known exploited vulnerabilities")
