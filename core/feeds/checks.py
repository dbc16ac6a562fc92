"""Is a downloaded file what it must be? Raised before it replaces the one that was good."""

import zipfile
from pathlib import Path

from core.advisories.archives import lists_too_much
from core.advisories.intelligence import read_epss, read_exploited, unpack
from core.errors import FeedError, InvalidAdvisory


def check_archive(path: Path) -> None:
    """A zip archive that holds at least one record. Broken members are the compiler's to count:
    one bad record must not keep a whole ecosystem from being current."""
    if lists_too_much(path):
        raise FeedError("an archive that lists more than any honest one")
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
        read_epss(unpack(path))
    except InvalidAdvisory as error:
        raise FeedError(str(error)) from error


def check_kev(path: Path) -> None:
    """CISA's catalogue of known exploited vulnerabilities, JSON."""
    try:
        read_exploited(unpack(path))
    except InvalidAdvisory as error:
        raise FeedError(str(error)) from error
