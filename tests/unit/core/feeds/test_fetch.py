"""Fetching a file: only when it changed, on from where it broke off, never worse than before."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from core.errors import FeedError
from core.feeds.fetch import Download, Fetched, fetch

AT_ONCE = (0.0, 0.0, 0.0)


@dataclass
class Server:
    """Serves one file, as badly as it is told to."""

    url: str = ""
    content: bytes = b"first version"
    etag: str = '"1"'
    break_off_after: int | None = None
    statuses: list[int] = field(default_factory=list)
    """Answered before anything else, one a request."""
    ranges: bool = True
    announced: bool = True
    requests: list[web.Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        if request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304)
        wanted = request.headers.get("Range")
        resumes = self.ranges and wanted and request.headers.get("If-Range") == self.etag
        start = int(str(wanted)[len("bytes=") : -1]) if resumes else 0
        response = web.StreamResponse(status=206 if resumes else 200, headers={"ETag": self.etag})
        if resumes:
            end = len(self.content)
            response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{end}"
        if self.announced:
            response.content_length = len(self.content) - start
        await response.prepare(request)
        if self.break_off_after is not None:
            await response.write(self.content[start : start + self.break_off_after])
            self.break_off_after = None
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(self.content[start:])
        return response


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    app = web.Application()
    app.router.add_get("/all.zip", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    served.url = f"http://{host}:{port}/all.zip"
    yield served
    await runner.cleanup()


def anything(path: Path) -> None:
    """A check that finds nothing wrong."""
    assert path.exists()


async def get(server: Server, into: Path, **more: object) -> Fetched:
    download = Download(url=server.url, into=into, check=anything)
    for name, value in more.items():
        object.__setattr__(download, name, value)
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        return await fetch(session, download, pauses=AT_ONCE)


async def test_a_file_is_fetched_and_nothing_is_left_beside_it(
    server: Server, tmp_path: Path
) -> None:
    into = tmp_path / "all.zip"
    assert await get(server, into) is Fetched.UPDATED
    assert into.read_bytes() == b"first version"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.zip", "all.zip.state"]


async def test_a_file_that_has_not_changed_is_not_sent_again(
    server: Server, tmp_path: Path
) -> None:
    await get(server, tmp_path / "all.zip")
    assert await get(server, tmp_path / "all.zip") is Fetched.UNCHANGED
    assert server.requests[-1].headers["If-None-Match"] == '"1"'


async def test_a_file_that_has_changed_replaces_the_old_one(server: Server, tmp_path: Path) -> None:
    await get(server, tmp_path / "all.zip")
    server.content, server.etag = b"second version", '"2"'
    assert await get(server, tmp_path / "all.zip") is Fetched.UPDATED
    assert (tmp_path / "all.zip").read_bytes() == b"second version"


async def test_a_file_that_is_gone_is_fetched_though_its_state_is_known(
    server: Server, tmp_path: Path
) -> None:
    await get(server, tmp_path / "all.zip")
    (tmp_path / "all.zip").unlink()
    assert await get(server, tmp_path / "all.zip") is Fetched.UPDATED


async def test_a_download_that_breaks_off_goes_on_from_there(
    server: Server, tmp_path: Path
) -> None:
    server.content, server.break_off_after = bytes(range(256)) * 4096, 300_000
    assert await get(server, tmp_path / "all.zip") is Fetched.UPDATED
    assert (tmp_path / "all.zip").read_bytes() == server.content
    assert server.requests[1].headers["Range"].startswith("bytes=")


async def test_a_download_whose_file_changed_meanwhile_starts_anew(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "all.zip.part").write_bytes(b"the beginning of something else")
    (tmp_path / "all.zip.part.state").write_bytes(b'{"etag":"\\"0\\""}')
    assert await get(server, tmp_path / "all.zip") is Fetched.UPDATED
    assert (tmp_path / "all.zip").read_bytes() == b"first version"


async def test_a_server_that_knows_no_ranges_is_asked_for_all_of_it(
    server: Server, tmp_path: Path
) -> None:
    server.content, server.break_off_after, server.ranges = b"x" * 1_000_000, 400_000, False
    assert await get(server, tmp_path / "all.zip") is Fetched.UPDATED
    assert (tmp_path / "all.zip").read_bytes() == server.content


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_server_that_is_busy_is_asked_again(
    server: Server, tmp_path: Path, status: int
) -> None:
    server.statuses = [status, status]
    assert await get(server, tmp_path / "all.zip") is Fetched.UPDATED


@pytest.mark.parametrize("status", [401, 404, 410])
async def test_a_refusal_is_not_asked_again_and_the_old_file_stays(
    server: Server, tmp_path: Path, status: int
) -> None:
    await get(server, tmp_path / "all.zip")
    server.statuses, asked = [status, status], len(server.requests)
    with pytest.raises(FeedError, match=str(status)):
        await get(server, tmp_path / "all.zip")
    assert len(server.requests) == asked + 1
    assert (tmp_path / "all.zip").read_bytes() == b"first version"


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_beyond_its_limit_is_refused(
    server: Server, tmp_path: Path, announced: bool
) -> None:
    server.content, server.announced = b"x" * 1_000_000, announced
    with pytest.raises(FeedError, match="bytes"):
        await get(server, tmp_path / "all.zip", limit=500_000)
    assert not (tmp_path / "all.zip").exists()


async def test_a_file_that_fails_its_check_leaves_the_old_one_in_place(
    server: Server, tmp_path: Path
) -> None:
    def refuse(path: Path) -> None:
        raise FeedError("not a zip archive")

    await get(server, tmp_path / "all.zip")
    server.content, server.etag = b"garbage", '"2"'
    with pytest.raises(FeedError, match="not a zip archive"):
        await get(server, tmp_path / "all.zip", check=refuse)
    assert (tmp_path / "all.zip").read_bytes() == b"first version"
    assert await get(server, tmp_path / "all.zip") is Fetched.UPDATED


async def test_advisories_are_not_fetched_in_the_clear_from_elsewhere(tmp_path: Path) -> None:
    server = Server(url="http://advisories.example/all.zip")
    with pytest.raises(FeedError, match="https"):
        await get(server, tmp_path / "all.zip")
