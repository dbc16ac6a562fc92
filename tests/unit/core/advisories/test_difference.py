"""What changed between two databases."""

from pathlib import Path

import pytest

from core.advisories.compiler import Compiled
from core.advisories.difference import Difference, difference
from core.errors import AdvisoriesError
from tests.support.advisories import Json, below, compiled, record

OLD = (
    record("X-1", below("PyPI", "a", "1.0"), below("PyPI", "b", "1.0")),
    record("X-2", below("PyPI", "c", "1.0")),
    record("X-3", below("PyPI", "d", "1.0")),
)


def _compiled(folder: Path, name: str, *records: Json) -> Compiled:
    (folder / name).mkdir()
    return compiled(folder / name, *records)


def _difference(folder: Path, *new: Json) -> Difference:
    return difference(_compiled(folder, "old", *OLD).path, _compiled(folder, "new", *new).path)


def test_nothing_changed_between_equal_databases(tmp_path: Path) -> None:
    changed = _difference(tmp_path, *reversed(OLD))

    assert changed == Difference(packages=frozenset(), reworded=frozenset())


def test_a_new_record_touches_its_packages_and_no_others(tmp_path: Path) -> None:
    changed = _difference(tmp_path, record("A-0", below("PyPI", "c", "0.5")), *OLD)

    assert changed.packages == {("PyPI", "c")}
    assert changed.reworded == set()


def test_a_record_that_is_gone_touches_its_packages(tmp_path: Path) -> None:
    assert _difference(tmp_path, *OLD[1:]).packages == {("PyPI", "a"), ("PyPI", "b")}


def test_a_record_with_other_ranges_touches_the_packages_whose_ranges_changed(
    tmp_path: Path,
) -> None:
    moved = record("X-1", below("PyPI", "a", "1.0"), below("PyPI", "b", "1.1"))

    assert _difference(tmp_path, moved, *OLD[1:]).packages == {("PyPI", "b")}


def test_a_record_that_says_more_of_the_same_is_reworded(tmp_path: Path) -> None:
    changed = _difference(tmp_path, *OLD[:2], {**OLD[2], "aliases": ["CVE-2024-1"]})

    assert changed == Difference(packages=frozenset(), reworded=frozenset({"X-3"}))


def test_a_database_that_is_none_cannot_be_compared(tmp_path: Path) -> None:
    good = _compiled(tmp_path, "good", *OLD).path
    bad = tmp_path / "bad.db"
    bad.write_text("no database")

    for old, new in ((bad, good), (good, bad), (good, tmp_path / "missing.db")):
        with pytest.raises(AdvisoriesError):
            difference(old, new)
