"""Sources are brought up to date each by itself; one that fails keeps its last good file."""

import gzip
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import FeedError
from core.feeds.checks import check_archive, check_epss, check_kev
from core.feeds.fetch import Fetched
from core.feeds.refresh import feeds, refresh
from tests.support.mirror import served


def archive(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        for name in names:
            written.writestr(name, json.dumps({"id": name}))
    return content.getvalue()


EPSS = gzip.compress(
    b"#model_version:v2026\ncve,epss,percentile\nCVE-2021-44228,0.94,0.99\n", mtime=0
)
KEV = json.dumps({"vulnerabilities": [{"cveID": "CVE-2021-44228"}]}).encode()


@pytest.fixture
async def mirror() -> AsyncIterator[tuple[str, dict[str, bytes]]]:
    """A mirror's address, and what it serves by path."""
    async with served() as mirror:
        yield mirror.url, mirror.content


async def test_each_source_is_fetched_into_its_place(
    mirror: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    base, content = mirror
    content |= {
        "/Rocky Linux/all.zip": archive("RLSA-1.json"),
        "/epss.csv.gz": EPSS,
        "/kev.json": KEV,
    }
    wanted = feeds(
        tmp_path,
        osv=base,
        ecosystems=("Rocky Linux",),
        epss=f"{base}/epss.csv.gz",
        kev=f"{base}/kev.json",
    )
    refreshed = await refresh(wanted)
    assert [one.fetched for one in refreshed] == [Fetched.UPDATED] * 3
    assert (tmp_path / "osv" / "Rocky Linux.zip").read_bytes() == content["/Rocky Linux/all.zip"]
    assert all(one.good_since is not None for one in refreshed)


async def test_a_source_that_fails_says_so_and_holds_up_no_other(
    mirror: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    base, content = mirror
    content |= {"/Go/all.zip": archive("GO-1.json"), "/npm/all.zip": b"an error page"}
    wanted = feeds(tmp_path, osv=base, ecosystems=("npm", "Debian", "Go"), epss="", kev="")
    npm, debian, go = await refresh(wanted)
    assert npm.fetched is debian.fetched is None
    assert "not a zip archive" in npm.failure
    assert "404" in debian.failure
    assert npm.good_since is None
    assert go.fetched is Fetched.UPDATED


async def test_a_source_that_fails_later_keeps_what_it_had(
    mirror: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    base, content = mirror
    content["/Go/all.zip"] = archive("GO-1.json")
    wanted = feeds(tmp_path, osv=base, ecosystems=("Go",), epss="", kev="")
    await refresh(wanted)
    good = (tmp_path / "osv" / "Go.zip").read_bytes()
    content["/Go/all.zip"] = archive()
    (go,) = await refresh(wanted)
    assert "without a single record" in go.failure
    assert go.good_since is not None
    assert (tmp_path / "osv" / "Go.zip").read_bytes() == good


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"cve,epss\n", "no probability"),
        (EPSS[:-12], "unpacked"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "columns"),
        (gzip.compress(b"#model\n", mtime=0), "columns"),
    ],
    ids=["not one line", "cut short", "other columns", "empty"],
)
def test_what_is_no_epss_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "epss").write_bytes(content)
    with pytest.raises(FeedError, match=why):
        check_epss(tmp_path / "epss")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"vulnerabilities": [{}]}'])
def test_what_is_no_kev_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kev").write_bytes(content)
    with pytest.raises(FeedError, match="no catalogue"):
        check_kev(tmp_path / "kev")


def test_an_empty_kev_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kev").write_bytes(b'{"vulnerabilities": []}')
    with pytest.raises(FeedError, match="no CVE in it"):
        check_kev(tmp_path / "kev")


def test_an_archive_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "zip").write_bytes(archive("a.json", "b.json")[:-30])
    with pytest.raises(FeedError, match="not a zip archive"):
        check_archive(tmp_path / "zip")
