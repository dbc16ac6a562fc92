"""Which sources there are is read from settings, strictly."""

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.feeds.refresh import ECOSYSTEMS, EPSS, KEV, OSV
from core.feeds.sources import Sources, read_sources


def test_unless_told_otherwise_everything_is_fetched() -> None:
    sources = read_sources({})
    assert sources == Sources(osv=OSV, ecosystems=ECOSYSTEMS, epss=EPSS, kev=KEV, extra=None)
    assert sources.any
    assert sources.off == ()
    assert len(sources.feeds(Path())) == len(ECOSYSTEMS) + 2


def test_what_is_empty_is_off_and_says_so() -> None:
    sources = read_sources({"PRATIQUE_ECOSYSTEMS": " ", "PRATIQUE_EPSS_URL": ""})
    assert [one.name for one in sources.feeds(Path())] == ["KEV"]
    assert [words.partition(":")[0] for words in sources.off] == ["OSV", "EPSS"]


@pytest.mark.parametrize("name", ["PRATIQUE_OSV_URL", "PRATIQUE_EPSS_URL", "PRATIQUE_KEV_URL"])
@pytest.mark.parametrize(
    "url",
    ["http://mirror.example", "mirror", "ftp://127.0.0.1/x", "https://", "https://a/b?sig=x", "//"],
)
def test_an_address_that_is_none_is_refused_by_name(name: str, url: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        read_sources({name: url})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Debian,Slackware", "'Slackware'"),
        ("debian", "'debian'"),
        ("npm, npm", "twice"),
        ("../npm", "there are"),
    ],
)
def test_an_ecosystem_that_is_none_is_refused(text: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        read_sources({"PRATIQUE_ECOSYSTEMS": text})


def test_records_on_disk_alone_are_enough() -> None:
    off = dict.fromkeys(("PRATIQUE_OSV_URL", "PRATIQUE_EPSS_URL", "PRATIQUE_KEV_URL"), "")
    assert not read_sources(off).any
    assert read_sources({**off, "PRATIQUE_ADVISORIES": "/mnt/records"}).any
