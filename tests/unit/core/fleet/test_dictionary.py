"""A shard's distinct packages: each once, however often it is added, and none that cannot be."""

import random
from collections.abc import Mapping

from core.fleet.cells import ROOM
from core.fleet.dictionary import BUCKETS, PREFIX, by_short_name, with_packages
from core.fleet.distinct import NAME, SHORT, name_of
from core.storage.interface import Cells, Put
from core.storage.limits import check_transaction


def some(count: int, of: str = "package") -> dict[bytes, bytes]:
    """Packages' contents by name; what a content is does not matter here."""
    contents = [f"{of}-{number}".encode() for number in range(count)]
    return {name_of(content): content for content in contents}


def noise(length: int) -> bytes:
    """Bytes that nothing makes shorter."""
    return random.Random(1).randbytes(length)  # noqa: S311 - the same every time


def added(rows: Mapping[str, Cells], packages: Mapping[bytes, bytes]) -> dict[str, Cells]:
    """All buckets after some packages were added."""
    changed = with_packages(rows, packages)
    assert changed is not None
    return {**rows, **changed}


def short(packages: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    return {name[:SHORT]: content for name, content in packages.items()}


def test_what_was_added_is_found_by_its_short_name() -> None:
    rows = added(added({}, some(500)), some(300, "other"))
    assert by_short_name(rows.values()) == short(some(500) | some(300, "other"))
    assert len(rows) == BUCKETS
    assert all(key.startswith(PREFIX) for key in rows)


def test_what_is_there_changes_no_row() -> None:
    rows = added({}, some(500))
    assert with_packages(rows, some(200)) == {}


def test_only_the_buckets_of_new_packages_change() -> None:
    rows = added({}, some(500))
    changed = with_packages(rows, some(500) | some(1, "other"))
    assert changed is not None
    assert len(changed) == 1


def test_the_order_in_which_packages_came_leaves_no_trace() -> None:
    forth = added(added({}, some(300)), some(200, "other"))
    back = added(added({}, some(200, "other")), some(300))
    assert forth == back


def test_packages_that_share_a_short_name_are_not_kept_together() -> None:
    one, other = b"a" * NAME, b"a" * SHORT + b"b" * (NAME - SHORT)
    assert with_packages({}, {one: b"one", other: b"other"}) is None
    rows = added({}, {one: b"one"})
    assert with_packages(rows, {other: b"other"}) is None
    assert with_packages(rows, {other: b"other", **some(3)}) is None
    assert by_short_name(rows.values()) == {one[:SHORT]: b"one"}


def test_a_bucket_has_an_end() -> None:
    large, larger = noise(ROOM - 2_000), noise(ROOM)
    rows = added({}, {name_of(large): large})
    for key, cells in rows.items():
        check_transaction("000", [Put(key, cells)])
    assert with_packages({}, {name_of(larger): larger}) is None
