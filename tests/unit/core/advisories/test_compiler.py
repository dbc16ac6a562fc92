"""Compiling: what is taken, what is refused and counted, and the same bytes every time."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from core.advisories.compiler import compile_database
from core.advisories.database import Advisories
from core.advisories.osv import MAX_BYTES
from core.advisories.sources import Reason
from core.errors import AdvisoriesError
from tests.support.advisories import Json, affected, below, compiled, opened, record, write

RECORDS = (
    record("PYSEC-1", below("PyPI", "Django_App", "1.2", versions=["1.0", "1.1", "0.9-odd"])),
    record("DSA-1-1", below("Debian:12", "openssl", "3.0.11-1"), upstream=["CVE-2024-1"]),
    record("ALPINE-CVE-2024-2", below("Alpine:v3.19", "zlib", "1.3.1-r0")),
    record("GO-2024-3", affected("Go", "stdlib", {"introduced": "0"}, {"fixed": "1.21.8"})),
)


def test_a_database_holds_what_the_records_say(tmp_path: Path) -> None:
    built = compiled(tmp_path, *RECORDS)

    assert (built.read, built.advisories, built.packages, built.claims) == (4, 4, 4, 4)
    assert built.size == built.path.stat().st_size
    with Advisories.open(built.path) as advisories:
        assert advisories.ecosystems == {"PyPI", "Debian:12", "Alpine:v3.19", "Go"}
        sheet = advisories.sheet("Debian:12", "openssl")
        assert sheet is not None
        assert sheet.bounds == ["3.0.11-1"]
        assert advisories.advisory(sheet.entries[0].advisory).upstream == ("CVE-2024-1",)


def test_the_same_records_give_the_same_bytes_in_any_order_and_any_files(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    one = compiled(tmp_path / "a", *RECORDS)
    other = compiled(tmp_path / "b", *reversed(RECORDS))
    with zipfile.ZipFile(tmp_path / "c" / "all.zip", "w") as archive:
        for each in RECORDS[:2]:
            archive.writestr(f"{each['id']}.json", json.dumps(each) + "\n")
    lines = "".join(json.dumps(each) + "\n" for each in RECORDS[2:])
    (tmp_path / "c" / "rest.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    third = compile_database([tmp_path / "c"], tmp_path / "c.db")

    assert one.sha256 == other.sha256 == third.sha256
    assert one.path.read_bytes() == third.path.read_bytes()


def test_bounds_at_which_nothing_changes_are_left_out(tmp_path: Path) -> None:
    versions = [f"1.{minor}" for minor in range(100)]
    with opened(tmp_path, record("PYSEC-1", below("PyPI", "a", "2.0", versions=versions))) as db:
        sheet = db.sheet("PyPI", "a")

    assert sheet is not None
    assert sheet.bounds == ["2.0"]


def test_of_a_duplicate_id_the_latest_counts_whatever_the_order(tmp_path: Path) -> None:
    old = record("X-1", below("PyPI", "a", "1.0"), modified="2024-01-01T00:00:00Z")
    new = record("X-1", below("PyPI", "a", "2.0"), modified="2024-02-01T00:00:00Z")
    for name, records in {"one": (old, new), "other": (new, old), "again": (new, new)}.items():
        folder = tmp_path / name
        folder.mkdir()
        built = compiled(folder, *records)

        with Advisories.open(built.path) as advisories:
            sheet = advisories.sheet("PyPI", "a")
        assert sheet is not None
        assert sheet.bounds == ["2.0"]
        repeated = Reason.REPEATED if name == "again" else Reason.DUPLICATE
        assert built.refused == {repeated: 1}


def test_a_withdrawn_record_is_left_out_and_counted(tmp_path: Path) -> None:
    gone = record("X-1", below("PyPI", "a", "1.0"), withdrawn="2024-01-01T00:00:00Z")

    built = compiled(tmp_path, gone, RECORDS[0])

    assert built.advisories == 1
    assert built.refused[Reason.WITHDRAWN] == 1


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (record("X-1"), Reason.NO_RANGES),
        (record("X-1", affected("PyPI", "a")), Reason.NO_RANGES),
        (record("X-1", below("Nixpkgs", "a", "1.0")), Reason.UNKNOWN_ECOSYSTEM),
        (record("X-1", {"ranges": []}), Reason.UNKNOWN_ECOSYSTEM),
        (record("X-1", affected("PyPI", "a", {"fixed": "1.0"})), Reason.CONTRADICTORY),
        (
            record("X-1", affected("PyPI", "a", {"introduced": "2.0"}, {"fixed": "1.0"})),
            Reason.CONTRADICTORY,
        ),
        (record("X-1", below("PyPI", "a", "latest")), Reason.UNPARSABLE),
        (record("X-1", affected("PyPI", "a", {"introduced": "0"}, kind="GIT")), Reason.ONLY_GIT),
        ({"summary": "no id"}, Reason.NOT_OSV),
        (
            record("X-1", below("PyPI", "a", "1"), severity=[{"type": "CVSS_V3", "score": "9"}]),
            Reason.BAD_VECTOR,
        ),
        (record("X-1", details="x" * MAX_BYTES), Reason.TOO_LARGE),
    ],
)
def test_what_cannot_be_taken_is_counted_and_the_rest_is_compiled(
    tmp_path: Path, bad: Json, reason: Reason
) -> None:
    built = compiled(tmp_path, bad, *RECORDS)

    expected = {
        reason: 1,
        Reason.UNPARSABLE: 1,
    }  # one of the good records enumerates an odd version
    if reason is Reason.UNPARSABLE:
        expected = {reason: 2}
    assert built.refused == expected
    assert len(built.examples[reason]) == built.refused[reason]
    assert built.packages >= 4


def test_broken_lines_are_counted_and_the_rest_is_compiled(tmp_path: Path) -> None:
    path = write(tmp_path / "records.jsonl", RECORDS)
    path.write_text('{"id": "X-1", "affec\n' + path.read_text() + "}{\n")

    built = compile_database([path], tmp_path / "advisories.db")

    assert built.advisories == 4
    assert built.refused[Reason.NOT_OSV] == 2


def test_only_some_examples_are_kept_of_what_is_refused(tmp_path: Path) -> None:
    built = compiled(tmp_path, *(record(f"X-{n}") for n in range(100)), RECORDS[0])

    assert built.refused[Reason.NO_RANGES] == 100
    assert len(built.examples[Reason.NO_RANGES]) == 20


def test_nothing_to_compile_is_an_error_and_leaves_the_last_database(tmp_path: Path) -> None:
    before = compiled(tmp_path, *RECORDS)
    (tmp_path / "empty").mkdir()

    with pytest.raises(AdvisoriesError, match="no record"):
        compile_database([tmp_path / "empty"], before.path)
    with pytest.raises(AdvisoriesError, match="no such file"):
        compile_database([tmp_path / "missing"], before.path)

    Advisories.open(before.path).close()
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "advisories.db",
        "empty",
        "records.jsonl",
    ]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "records.jsonl", RECORDS)

    with pytest.raises(AdvisoriesError, match="could not be compiled"):
        compile_database([path], tmp_path / "missing" / "advisories.db")


def test_progress_is_told_as_it_goes(tmp_path: Path) -> None:
    steps: set[str] = set()
    path = write(
        tmp_path / "records.jsonl",
        (record(f"X-{number}", below("PyPI", f"p{number}", "1.0")) for number in range(1_000)),
    )

    compile_database([path], tmp_path / "advisories.db", lambda step, _: steps.add(step))

    assert steps == {"reading", "sorting", "compiling"}
