"""Reading what is known of exploitation."""

import pytest

from core.advisories import intelligence
from core.advisories.intelligence import Intelligence, read_epss, read_exploited
from core.errors import InvalidAdvisory


def test_probabilities_are_read_by_cve() -> None:
    read = read_epss(
        b"#model_version:v2025.03.14,score_date:2026-01-01T00:00:00Z\n"
        b"cve,epss,percentile\nCVE-2024-1,0.97,0.99\nCVE-2024-2,0.0001,0.1\n"
    )

    assert read.epss == {"CVE-2024-1": 0.97, "CVE-2024-2": 0.0001}
    assert read.refused == 0


def test_lines_that_give_no_probability_are_counted() -> None:
    read = read_epss(
        b"cve,epss\nCVE-2024-1,nan\nCVE-2024-2,2.0\nCVE-2024-3\nCVE-2024-4,x\n,0.5\nCVE-2024-5,0.5\n"
    )

    assert read.epss == {"CVE-2024-5": 0.5}
    assert read.refused == 5


@pytest.mark.parametrize("text", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"<html></html>"])
def test_what_is_no_epss_data_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidAdvisory):
        read_epss(text)


def test_the_catalogues_cves_are_read() -> None:
    text = b"""{"title": "CISA", "count": 2, "vulnerabilities": [
        {"cveID": "CVE-2021-44228", "vendorProject": "Apache"}, {"vendorProject": "no id"}]}"""

    assert read_exploited(text) == {"CVE-2021-44228"}


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"vulnerabilities": 1}', b"[" * 100_000])
def test_what_is_no_catalogue_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidAdvisory):
        read_exploited(text)


def test_a_document_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intelligence, "MAX_BYTES", 10)

    for read in (read_epss, read_exploited):
        with pytest.raises(InvalidAdvisory, match="bytes"):
            read(b"cve,epss\nCVE-2024-1,0.1\n")


def test_of_several_cves_the_most_probable_counts() -> None:
    known = Intelligence(epss={"CVE-1": 0.1, "CVE-2": 0.3}, exploited=frozenset({"CVE-3"}))

    assert known.probability(["CVE-1", "CVE-2", "CVE-9"]) == 0.3
    assert known.probability(["CVE-9"]) is None
    assert known.is_exploited(["CVE-1", "CVE-3"])
    assert not known.is_exploited(["CVE-1"])
