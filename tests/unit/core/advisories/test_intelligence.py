"""Reading what is known of exploitation."""

import gzip
from pathlib import Path

import pytest

from core.advisories import intelligence
from core.advisories.intelligence import Listing, Probability, read_epss, read_exploited, unpack
from core.errors import InvalidAdvisory


def test_probabilities_are_read_by_cve() -> None:
    read = read_epss(
        b"#model_version:v2025.03.14,score_date:2026-01-01T00:00:00Z\n"
        b"cve,epss,percentile\nCVE-2024-1,0.97,0.99\nCVE-2024-2,0.0001,none\n"
    )

    assert read.known == {
        "CVE-2024-1": Probability(0.97, 0.99),
        "CVE-2024-2": Probability(0.0001, None),
    }
    assert read.refused == 0


def test_lines_that_give_no_probability_are_counted() -> None:
    read = read_epss(
        b"cve,epss\nCVE-2024-1,nan\nCVE-2024-2,2.0\nCVE-2024-3\nCVE-2024-4,x\n,0.5\nCVE-2024-5,0.5\n"
    )

    assert read.known == {"CVE-2024-5": Probability(0.5, None)}
    assert read.refused == 5


@pytest.mark.parametrize(
    "text",
    [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"<html></html>", b"cve,epss\n", b"cve,epss\nx,1\n"],
)
def test_what_is_no_epss_data_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidAdvisory):
        read_epss(text)


def test_the_catalogues_cves_are_read_with_their_days() -> None:
    text = b"""{"title": "CISA", "count": 3, "vulnerabilities": [
        {"cveID": "CVE-2021-44228", "dateAdded": "2021-12-10", "dueDate": "2021-12-24"},
        {"cveID": "CVE-2021-1", "dateAdded": "soon"}, {"vendorProject": "no id"}]}"""

    read = read_exploited(text)
    assert read.known == {
        "CVE-2021-44228": Listing("2021-12-10", "2021-12-24"),
        "CVE-2021-1": Listing(None, None),
    }
    assert read.refused == 1


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b'{"vulnerabilities": 1}', b'{"vulnerabilities": []}', b"[" * 100_000],
    ids=["nothing", "object", "list", "number", "empty", "deep"],
)
def test_what_is_no_catalogue_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidAdvisory):
        read_exploited(text)


def test_a_document_beyond_the_limit_is_refused_before_it_is_all_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intelligence, "MAX_BYTES", 10)
    bomb = tmp_path / "epss.csv.gz"
    bomb.write_bytes(gzip.compress(b"0" * 10_000_000))

    with pytest.raises(InvalidAdvisory, match="11 bytes"):
        unpack(bomb)
    for read in (read_epss, read_exploited):
        with pytest.raises(InvalidAdvisory, match="bytes"):
            read(b"cve,epss\nCVE-2024-1,0.1\n")
