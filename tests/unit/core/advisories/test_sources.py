"""Folders, archives and files of records: read as streams, within limits, one by one."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from core.advisories import sources
from core.advisories.osv import MAX_BYTES
from core.advisories.sources import Reason, Refusal, read
from core.errors import AdvisoriesError


def _ids(found: list[bytes | Refusal]) -> list[str]:
    return [json.loads(item)["id"] for item in found if isinstance(item, bytes)]


def _reasons(found: list[bytes | Refusal]) -> list[Reason]:
    return [item.reason for item in found if isinstance(item, Refusal)]


def test_every_kind_of_file_in_a_folder_is_read_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.json").write_text('{"id": "A"}')
    (tmp_path / "b.jsonl").write_text('{"id": "B"}\n\n{"id": "C"}')
    (tmp_path / "d.jsonl.gz").write_bytes(gzip.compress(b'{"id": "D"}\n'))
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.writestr("F.json", '{"id": "F"}')
        archive.writestr("E.json", '{"id": "E"}')
        archive.writestr("readme.txt", "no record")
    (tmp_path / "notes.txt").write_text("no record")

    found = list(read([tmp_path]))

    assert sorted(_ids(found)) == ["A", "B", "C", "D", "E", "F"]
    assert _reasons(found) == []


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AdvisoriesError, match="no such file"):
        list(read([tmp_path / "missing"]))


def test_a_line_beyond_the_limit_is_skipped_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(b'{"id": "A"}\n' + b"x" * (2 * MAX_BYTES + 3) + b'\n{"id": "B"}\n')

    found = list(read([path]))

    assert _ids(found) == ["A", "B"]
    assert _reasons(found) == [Reason.TOO_LARGE]


def test_a_file_beyond_the_limit_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b" " * (MAX_BYTES + 1))
    (tmp_path / "b.json").write_text('{"id": "B"}')

    found = list(read([tmp_path]))

    assert _ids(found) == ["B"]
    assert _reasons(found) == [Reason.TOO_LARGE]


def test_a_bomb_in_an_archive_is_not_unpacked_and_its_neighbours_are_read(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b"0" * (MAX_BYTES + 1))
        archive.writestr("good.json", '{"id": "A"}')

    found = list(read([path]))

    assert _ids(found) == ["A"]
    assert _reasons(found) == [Reason.TOO_LARGE]


def test_a_member_that_lies_about_its_size_is_refused_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("liar.json", b"0" * 5_000)
        archive.writestr("true.json", '{"id": "A"}')
    raw = bytearray(path.read_bytes())
    directory = raw.index(b"PK\x01\x02")
    raw[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    path.write_bytes(raw)

    found = list(read([path]))

    assert _ids([item for item in found if item != b"0" * 10]) == ["A"]


def test_an_archive_that_is_none_is_refused_by_itself(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"not an archive")
    (tmp_path / "b.jsonl.gz").write_bytes(b"not gzip")
    (tmp_path / "c.json").write_text('{"id": "C"}')

    found = list(read([tmp_path]))

    assert _ids(found) == ["C"]
    assert _reasons(found) == [Reason.UNREADABLE, Reason.UNREADABLE]


def test_a_truncated_stream_gives_what_came_before_the_break(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(b'{"id": "%d"}\n' % number for number in range(20_000)))
    path = tmp_path / "records.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])

    found = list(read([path]))

    assert _ids(found)[:2] == ["0", "1"]
    assert _reasons(found) == [Reason.UNREADABLE]


def test_a_stream_that_never_ends_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_TOTAL", 1_000)
    path = tmp_path / "records.jsonl"
    path.write_text('{"id": "A"}\n' * 1_000)

    found = list(read([path]))

    assert len(_ids(found)) < 100
    assert _reasons(found) == [Reason.BOMB]
