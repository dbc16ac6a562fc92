"""Opening a compiled database, and refusing what is none."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from core.advisories.database import Advisories
from core.errors import AdvisoriesError
from tests.support.advisories import below, compiled, opened, record


def test_what_nobody_claims_anything_of_has_no_sheet(tmp_path: Path) -> None:
    with opened(tmp_path, record("X-1", below("PyPI", "a", "1.0"))) as advisories:
        assert advisories.sheet("PyPI", "b") is None
        assert advisories.sheet("npm", "a") is None
        assert advisories.sheet("PyPI", "a") is not None


def test_the_packages_of_an_ecosystem_are_named(tmp_path: Path) -> None:
    claims = (below("PyPI", "b", "1"), below("PyPI", "a", "1"), below("npm", "c", "1"))
    with opened(tmp_path, record("X-1", *claims)) as advisories:
        assert advisories.names("PyPI") == {"a", "b"}
        assert advisories.names("Go") == set()


def test_a_database_cannot_be_changed_through_it(tmp_path: Path) -> None:
    built = compiled(tmp_path, record("X-1", below("PyPI", "a", "1.0")))
    before = built.path.read_bytes()

    with Advisories.open(built.path) as advisories:
        advisories.sheet("PyPI", "a")

    assert built.path.read_bytes() == before
    assert [
        each.name for each in tmp_path.iterdir() if each.name.startswith("advisories.db-")
    ] == []


def test_a_path_with_odd_characters_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "a?b#c%20d"
    folder.mkdir()

    with opened(folder, record("X-1", below("PyPI", "a", "1.0"))) as advisories:
        assert advisories.ecosystems == {"PyPI"}


def test_a_missing_database_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(AdvisoriesError, match="no compiled database"):
        Advisories.open(tmp_path / "advisories.db")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "advisories.db"
    path.write_text("something else altogether, and long enough for a header" * 20)

    with pytest.raises(AdvisoriesError, match="no database of advisories"):
        Advisories.open(path)


def test_a_database_of_another_format_is_refused(tmp_path: Path) -> None:
    path = compiled(tmp_path, record("X-1", below("PyPI", "a", "1.0"))).path
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")

    with pytest.raises(AdvisoriesError, match="build it again"):
        Advisories.open(path)


def test_an_advisory_that_is_not_there_means_damage(tmp_path: Path) -> None:
    with (
        opened(tmp_path, record("X-1", below("PyPI", "a", "1.0"))) as advisories,
        pytest.raises(AdvisoriesError, match="damaged"),
    ):
        advisories.advisory(7)


def test_threads_that_read_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    names = [f"package-{number}" for number in range(300)]
    records = [record(f"X-{name}", below("PyPI", name, "1.0")) for name in names]
    with opened(tmp_path, *records) as advisories, ThreadPoolExecutor(8) as threads:
        for _ in range(40):
            sheets = list(threads.map(lambda name: advisories.sheet("PyPI", name), names))
            assert all(sheets)
