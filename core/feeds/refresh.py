"""Brings every source of advisories up to date, each by itself.

A source that fails leaves its last good file in place, and says so: what is compiled then is as
old as that file, and the report tells how old.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import aiohttp

from core.errors import FeedError
from core.feeds.checks import check_archive, check_epss, check_kev
from core.feeds.fetch import Download, Fetched, fetch

OSV = "https://osv-vulnerabilities.storage.googleapis.com"
EPSS = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"
KEV = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"

ECOSYSTEMS = (
    "AlmaLinux",
    "Alpine",
    "Azure Linux",
    "Chainguard",
    "CRAN",
    "Debian",
    "Go",
    "Hackage",
    "Hex",
    "Maven",
    "NuGet",
    "Packagist",
    "Photon OS",
    "Pub",
    "PyPI",
    "Red Hat",
    "Rocky Linux",
    "RubyGems",
    "SUSE",
    "SwiftURL",
    "Ubuntu",
    "Wolfi",
    "crates.io",
    "npm",
    "openSUSE",
)
"""The dumps that are fetched unless told otherwise, by the names of the OSV schema."""

EPSS_NAME, KEV_NAME = "EPSS", "KEV"
"""What the two other sources are called."""

_AT_A_TIME = 4

type Progress = Callable[[str, int, int | None], None]
"""Told a source's name, the bytes that are here, and how many there will be where known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One source."""

    name: str
    download: Download


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What became of one source."""

    name: str
    file: Path
    fetched: Fetched | None
    """`None` when it failed."""
    failure: str
    """Why it failed, or empty."""
    good_since: datetime | None
    """When the file that is in place came; `None` when there is none at all."""


def feeds(
    folder: Path,
    *,
    osv: str = OSV,
    ecosystems: Sequence[str] = ECOSYSTEMS,
    epss: str = EPSS,
    kev: str = KEV,
) -> list[Feed]:
    """All sources, kept in that folder. Bases may name a mirror; an empty one leaves it out."""
    archives = [
        Feed(
            name=ecosystem,
            download=Download(
                url=f"{osv.rstrip('/')}/{quote(ecosystem)}/all.zip",
                into=folder / "osv" / f"{ecosystem}.zip",
                check=check_archive,
            ),
        )
        for ecosystem in (ecosystems if osv else ())
    ]
    more = (
        (EPSS_NAME, epss, folder / "epss.csv.gz", check_epss),
        (KEV_NAME, kev, folder / "kev.json", check_kev),
    )
    return archives + [
        Feed(name=name, download=Download(url=url, into=into, check=check, limit=256 * 1024**2))
        for name, url, into, check in more
        if url
    ]


async def refresh(
    wanted: Sequence[Feed], progress: Progress = lambda _, __, ___: None
) -> list[Refreshed]:
    """Fetch what has changed of each source, a few at a time; never raises for one of them."""
    turns = asyncio.Semaphore(_AT_A_TIME)
    async with aiohttp.ClientSession(auto_decompress=False) as session:

        async def one(feed: Feed) -> Refreshed:
            async with turns:
                return await _refresh(session, feed, progress)

        return list(await asyncio.gather(*(one(feed) for feed in wanted)))


async def _refresh(session: aiohttp.ClientSession, feed: Feed, progress: Progress) -> Refreshed:
    into = feed.download.into
    into.parent.mkdir(parents=True, exist_ok=True)
    fetched, failure = None, ""
    try:
        fetched = await fetch(
            session, feed.download, lambda here, total: progress(feed.name, here, total)
        )
    except (FeedError, OSError) as error:
        failure = str(error)
    return Refreshed(
        name=feed.name, file=into, fetched=fetched, failure=failure, good_since=_since(into)
    )


def _since(file: Path) -> datetime | None:
    if not file.exists():
        return None
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
