"""Fetches one file over HTTP: only when it changed, on from where it broke off, within limits.

The file that is in place stays there until its successor is whole and checked. Beside it stand what
the server said to recognise it by (`<file>.state`), and, while a download is unfinished, its
beginning (`<file>.part`). Source: RFC 9110, conditional requests (§13) and range requests (§14).
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import aiohttp
import msgspec
from yarl import URL

from core.errors import FeedError

GIB = 1024**3
_CHUNK = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
PAUSES = (0.0, 1.0, 4.0, 16.0)
"""Seconds before each try."""

type Progress = Callable[[int, int | None], None]
"""Told the bytes that are here, and how many there will be where that is known."""


class Fetched(StrEnum):
    """What became of a request."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """One file to have."""

    url: str
    into: Path
    check: Callable[[Path], None]
    """Raises FeedError for a file that is not what it must be."""
    limit: int = 4 * GIB
    """Bytes that it may have."""
    elsewhere: bool = False
    """Whether the file of which the state speaks is kept elsewhere: it needs not be here."""


class _Validators(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the server said to recognise a version by."""

    etag: str = ""
    modified: str = ""

    @property
    def strong(self) -> str:
        """What tells two versions apart to the byte, so that a range of one can be asked for."""
        return self.etag if self.etag and not self.etag.startswith("W/") else ""


async def fetch(
    session: aiohttp.ClientSession,
    download: Download,
    progress: Progress = lambda _, __: None,
    *,
    pauses: Sequence[float] = PAUSES,
) -> Fetched:
    """Bring the file up to date, in as many tries as there are pauses.

    Raises FeedError when that cannot be done; what was in place is there still.
    """
    failure: Exception | None = None
    for pause in pauses:
        await asyncio.sleep(pause)
        try:
            return await _attempt(session, download, progress)
        except (aiohttp.ClientError, TimeoutError) as error:
            failure = error
    said = str(failure) or type(failure).__name__
    raise FeedError(f"{download.url}: {said}") from failure


async def _attempt(
    session: aiohttp.ClientSession, download: Download, progress: Progress
) -> Fetched:
    _require_safe(download.url)
    part = _beside(download.into, ".part")
    begun = _read(_beside(download.into, ".part.state"))
    resumes = part.exists() and bool(begun.strong)
    headers = _headers(download, part if resumes else None, begun)
    async with session.get(download.url, headers=headers, timeout=_TIMEOUT) as answer:
        if answer.status == 304:
            return Fetched.UNCHANGED
        if answer.status == 416:
            part.unlink(missing_ok=True)
            raise aiohttp.ClientPayloadError("the rest of a download is not to be had: from anew")
        if answer.status not in (200, 206):
            raise _refused(download, answer.status)
        _require_safe(str(answer.url))
        if answer.status == 206 and not _continues(answer, part):
            part.unlink(missing_ok=True)
            raise aiohttp.ClientPayloadError("another part than was asked for: from anew")
        await _save(answer, download, part, progress)
    await asyncio.to_thread(_put_in_place, download, part)
    return Fetched.UPDATED


def _continues(answer: aiohttp.ClientResponse, part: Path) -> bool:
    """Whether a partial answer begins where the part ends."""
    begins = f"bytes {part.stat().st_size}-" if part.exists() else "nowhere"
    return answer.headers.get("Content-Range", "").startswith(begins)


def _headers(download: Download, part: Path | None, begun: _Validators) -> dict[str, str]:
    if part is not None:
        return {"Range": f"bytes={part.stat().st_size}-", "If-Range": begun.strong}
    there = download.elsewhere or download.into.exists()
    known = _read(_beside(download.into, ".state")) if there else _Validators()
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in headers.items() if value}


async def _save(
    answer: aiohttp.ClientResponse, download: Download, part: Path, progress: Progress
) -> None:
    """Write the body to the part, behind what is there when the server goes on from it."""
    here = part.stat().st_size if answer.status == 206 else 0
    length = answer.content_length
    total = None if length is None else here + length
    if total is not None and total > download.limit:
        raise FeedError(f"{download.url} has {total} bytes, at most {download.limit}")
    validators = _Validators(
        etag=answer.headers.get("ETag", ""), modified=answer.headers.get("Last-Modified", "")
    )
    _beside(download.into, ".part.state").write_bytes(msgspec.json.encode(validators))
    with part.open("ab" if answer.status == 206 else "wb") as file:
        async for chunk in answer.content.iter_chunked(_CHUNK):
            here += len(chunk)
            if here > download.limit:
                raise FeedError(f"{download.url} has more than {download.limit} bytes")
            file.write(chunk)
            progress(here, total)
    if total is not None and here != total:
        raise aiohttp.ClientPayloadError(f"{here} bytes of {total}")


def _put_in_place(download: Download, part: Path) -> None:
    """Check the whole file, then exchange it: the old one is there until the new one is."""
    try:
        download.check(part)
    except FeedError:
        part.unlink()
        raise
    os.replace(_beside(download.into, ".part.state"), _beside(download.into, ".state"))
    os.replace(part, download.into)


def _refused(download: Download, status: int) -> Exception:
    """Worth another try, or not."""
    message = f"{download.url} answered {status}"
    if status in (408, 425, 429) or status >= 500:
        return aiohttp.ClientPayloadError(message)
    return FeedError(message)


def is_safe(address: URL) -> bool:
    """Advisories decide what counts as safe: they come encrypted, or from this machine."""
    local = address.host in ("127.0.0.1", "::1", "localhost")
    return bool(address.host) and address.scheme in (("https", "http") if local else ("https",))


def state_of(file: Path) -> str:
    """What the server recognises that file by, to be kept where no disk lasts."""
    return _beside(file, ".state").read_text(encoding="utf-8")


def recall(file: Path, state: str) -> None:
    """Remember what `state_of` said of a file that is kept elsewhere; nothing if it is empty."""
    if state:
        file.parent.mkdir(parents=True, exist_ok=True)
        _beside(file, ".state").write_text(state, encoding="utf-8")


def _require_safe(url: str) -> None:
    if not is_safe(URL(url)):
        raise FeedError(f"{url}: advisories are fetched over https")


def _read(state: Path) -> _Validators:
    try:
        return msgspec.json.decode(state.read_bytes(), type=_Validators)
    except (FileNotFoundError, msgspec.MsgspecError):
        return _Validators()


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)
