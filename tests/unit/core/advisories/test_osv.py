"""Reading OSV records: tolerant of habits, strict about what matching stands on."""

import pytest

from core.advisories import osv
from core.errors import InvalidAdvisory


def test_a_record_is_read_with_its_ranges() -> None:
    text = b"""{"id": "GO-2024-1", "affected": [{"package": {"ecosystem": "Go", "name": "stdlib"},
        "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.21.8"}]}]}]}"""

    record = osv.decode(text)

    assert record.affected is not None
    assert record.affected[0].package == osv.Package(ecosystem="Go", name="stdlib")
    (ranges,) = record.affected[0].ranges or ()
    assert [event.fixed for event in ranges.events] == [None, "1.21.8"]


def test_nulls_unknown_fields_and_shapes_of_ones_own_are_tolerated() -> None:
    text = b"""{"id": "X-1", "schema_version": "9.9", "aliases": null, "affected": null,
        "database_specific": {"severity": ["a", {"b": 1}], "cwe_ids": []}, "credits": [1]}"""

    record = osv.decode(text)

    assert record.aliases is None
    assert record.specific.text("severity") is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"summary": "no id"}',
        b'{"id": ""}',
        b'{"id": "line\\nbreak"}',
        b'{"id": "X-1", "affected": {}}',
        b'{"id": "X-1", "affected": [{"ranges": [{"type": "SEMVER", "events": [{"fixed": 1}]}]}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_record_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidAdvisory):
        osv.decode(text)


def test_a_record_beyond_the_limit_is_refused_unread() -> None:
    text = b'{"id": "X-1", "details": "' + b"a" * osv.MAX_BYTES + b'"}'

    with pytest.raises(InvalidAdvisory, match="bytes"):
        osv.decode(text)
