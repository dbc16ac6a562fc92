"""An archive that lists too much is told before its list is read."""

import zipfile
from pathlib import Path

import pytest

from core.advisories import archives
from core.advisories.archives import lists_too_much
from core.advisories.sources import Reason, Refusal, read
from core.errors import FeedError
from core.feeds.checks import check_archive


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory of a hundred entries is too long."""
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 2_000)


def archive(path: Path, members: int, comment: bytes = b"") -> Path:
    """An archive with so many empty members."""
    with zipfile.ZipFile(path, "w") as written:
        for number in range(members):
            written.writestr(f"{number:04d}.json", b"")
        written.comment = comment
    return path


@pytest.mark.parametrize("comment", [b"", b"said of it", b"PK\x05\x06" + b"\0" * 40])
@pytest.mark.parametrize("zip64", [False, True])
def test_a_long_directory_is_told_by_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, comment: bytes, zip64: bool
) -> None:
    if zip64:
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    assert not lists_too_much(archive(tmp_path / "short.zip", 5, comment))
    if not comment.startswith(b"PK"):
        assert lists_too_much(archive(tmp_path / "long.zip", 100, comment))


def test_what_is_no_archive_lists_nothing(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"PK\x05\x06", b"x" * 100_000)):
        (tmp_path / str(number)).write_bytes(content)
        assert not lists_too_much(tmp_path / str(number))


def test_it_is_refused_as_a_bomb_and_never_taken_as_a_dump(tmp_path: Path) -> None:
    bomb = archive(tmp_path / "bomb.zip", 100)
    (refusal,) = read([bomb])
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.BOMB
    with pytest.raises(FeedError, match="lists more"):
        check_archive(bomb)
