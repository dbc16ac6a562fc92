"""What is kept of a record: its severity in everybody's words, its status, its references."""

import json

import pytest

from core.advisories import osv
from core.advisories.claims import MAX_REFERENCES, advisory, claims
from core.advisories.layout import Word
from core.advisories.sources import Reason, Refusal
from tests.support.advisories import Json, affected, below, record


def _record(name: str, *packages: Json, **more: object) -> osv.Record:
    return osv.decode(json.dumps(record(name, *packages, **more)).encode())


@pytest.mark.parametrize(
    ("read", "word"),
    [
        (_record("ALSA-2024:1", summary="Important: openssl security update"), "Important"),
        (_record("RLSA-2024:1", summary="Low: a security update"), "Low"),
        (_record("GHSA-a", database_specific={"severity": "MODERATE"}), "MODERATE"),
        (_record("UBUNTU-CVE-1", severity=[{"type": "Ubuntu", "score": "medium"}]), "medium"),
        (_record("ALBA-2024:1", summary="a bug fix update"), "bug-fix"),
        (_record("RLEA-2024:1", summary="a enhancement"), "enhancement"),
        (_record("MAL-2024-1", summary="Malicious code"), "malicious"),
    ],
)
def test_a_records_own_word_of_severity_is_kept(read: osv.Record, word: str) -> None:
    assert advisory(read, []).words == (Word(read.id, word),)


def test_a_record_that_says_nothing_has_no_word() -> None:
    assert (
        advisory(_record("DSA-1-1", summary="Important things - security update"), []).words == ()
    )


@pytest.mark.parametrize(
    ("specific", "word", "status"),
    [
        ({"urgency": "unimportant"}, "unimportant", "unimportant"),
        ({"urgency": "end-of-life"}, "end-of-life", "end-of-life"),
        ({"urgency": "not yet assigned"}, "not yet assigned", None),
        ({"severity": "low", "status": "Will not fix"}, "low", "will-not-fix"),
        ({"informational": "unmaintained"}, None, "unmaintained"),
        ({"severity": {"a": 1}}, None, None),
    ],
)
@pytest.mark.parametrize("field", ["ecosystem_specific", "database_specific"])
def test_the_vendors_word_and_status_for_a_package_are_kept(
    field: str, specific: Json, word: str | None, status: str | None
) -> None:
    entry = {**below("Debian:12", "a", "1"), field: specific}

    ((_, _, claim),) = claims(_record("X-1", entry), [])

    assert claim.words == ((Word("X-1", word),) if word else ())
    assert claim.status == status


def test_a_record_claims_each_package_once_under_its_canonical_name() -> None:
    read = _record(
        "X-1",
        below("PyPI", "Zope.Interface", "1"),
        below("PyPI", "zope-interface", "2"),
        below("Ubuntu:22.04", "a", "1"),
        below("Ubuntu:22.04:LTS", "a", "1"),
    )

    found = {(ecosystem, name): claim for ecosystem, name, claim in claims(read, [])}

    assert set(found) == {("PyPI", "zope-interface"), ("Ubuntu:22.04:LTS", "a")}
    assert len(found["PyPI", "zope-interface"].ranges) == 2
    assert found["PyPI", "zope-interface"].name == "Zope.Interface"


def test_ranges_of_commits_are_no_ranges_of_versions() -> None:
    both = affected("PyPI", "a", {"introduced": "0"}, {"fixed": "1.0"})
    git = {"type": "GIT", "repo": "https://example.org/a", "events": [{"introduced": "0"}]}
    entry = {**both, "ranges": [git, *([{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}])]}

    ((_, _, claim),) = claims(_record("X-1", entry), [])

    assert len(claim.ranges) == 1


@pytest.mark.parametrize(
    ("summary", "stream"),
    [
        ("Important: nodejs:18 security update", "nodejs:18"),
        (
            "Moderate: container-tools:rhel8 security, bug fix, and enhancement update",
            "container-tools:rhel8",
        ),
        ("perl:5.30 bug fix update", "perl:5.30"),
        ("new module: php:7.4", "php:7.4"),
        ("Important: openssl security update", None),
    ],
)
def test_the_module_stream_is_read_from_the_title(summary: str, stream: str | None) -> None:
    ((_, _, claim),) = claims(_record("X-1", below("AlmaLinux:8", "a", "1"), summary=summary), [])

    assert claim.stream == stream


def test_what_is_shown_is_bounded_and_addresses_are_of_the_web() -> None:
    read = _record(
        "X-1",
        summary="s" * 1_000,
        references=[{"url": f"https://example.org/{n}"} for n in range(50)]
        + [{"url": "javascript:alert(1)"}, {"url": "https://example.org/\u202e"}],
        aliases=["CVE-1", "CVE-1", "", "bad\nname"],
        published="0001-01-01T00:00:00Z",
    )

    kept = advisory(read, [])

    assert len(kept.summary) == 300
    assert len(kept.references) == MAX_REFERENCES
    assert kept.aliases == ("CVE-1",)
    assert kept.published is None


def test_without_a_summary_the_first_line_of_the_details_is_taken() -> None:
    assert advisory(_record("X-1", details="\n First.\nSecond."), []).summary == "First."


def test_an_address_that_is_not_of_the_web_is_left_out() -> None:
    read = _record("X-1", references=[{"url": "javascript:alert(1)"}, {"url": "ftp://example.org"}])

    assert advisory(read, []).references == ()


def test_a_package_without_a_sound_name_is_refused() -> None:
    refusals: list[Refusal] = []

    assert not list(claims(_record("X-1", below("PyPI", "a\u0000b", "1")), refusals))
    assert [refusal.reason for refusal in refusals] == [Reason.UNKNOWN_ECOSYSTEM]
