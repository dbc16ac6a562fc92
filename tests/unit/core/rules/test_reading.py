"""Rules that make no sense are refused with the reason; the others mean one thing."""

from datetime import UTC, datetime

import msgspec
import pytest

from core.domain.criteria import Criteria
from core.domain.findings import Category
from core.domain.values import Severity
from core.errors import InvalidRule
from core.rules.reading import MAX_BYTES, check_id, read_rule
from core.rules.shapes import criteria_of
from tests.support.samples import at, digest


def written(criteria: object, **more: object) -> bytes:
    """A rule as people write it."""
    return msgspec.json.encode({"criteria": criteria, "reason": "A test.", **more})


def test_every_criterion_is_read_and_written_alike() -> None:
    criteria = Criteria(
        vulnerabilities=("CVE-2026-1", "GHSA-1111-2222-3333"),
        packages=("pkg:deb/debian/openssl@*",),
        category=Category.OS,
        severity_at_most=Severity.LOW,
        cvss_below=6.5,
        epss_below=0.01,
        not_patchable=True,
        repositories=("*/team/*",),
        digests=(digest(1),),
        systems=("debian 12*",),
    )
    draft = read_rule(
        written(criteria_of(criteria), expires="2026-01-02T01:00:00+01:00"), now=at(0)
    )
    assert draft.criteria == criteria
    assert draft.expires == datetime(2026, 1, 2, tzinfo=UTC)


def test_one_rule_written_in_two_ways_is_the_same() -> None:
    one = read_rule(written({"vulnerabilities": ["cve-2026-2", "CVE-2026-1"]}), now=at(0))
    other = read_rule(
        written({"vulnerabilities": ["CVE-2026-1", "CVE-2026-2", "CVE-2026-1"]}), now=at(0)
    )
    assert one == other


@pytest.mark.parametrize(
    ("criteria", "why"),
    [
        ({}, "every finding there is"),
        ({"packages": ["*"]}, "every finding there is"),
        ({"repositories": ["**"], "severityAtMost": "Critical"}, "every finding there is"),
        ({"everything": True, "category": "OS"}, "contradicts itself"),
        ({"category": "Language", "packages": ["pkg:deb/debian/*"]}, "contradicts itself"),
        ({"category": "OS", "packages": ["pkg:pypi/*", "pkg:npm/*"]}, "contradicts itself"),
        ({"vulnerabilities": []}, "vulnerabilities"),
        ({"vulnerabilities": ["CVE-*"]}, "patterns are not known"),
        ({"vulnerabilities": ["CVE-1"] * 101}, "length <= 100"),
        ({"packages": ["openssl"]}, "no pattern such as"),
        ({"packages": ["pkg:deb/\u202eopenssl"]}, "cannot be seen"),
        ({"packages": ["pkg:" + "x" * 300]}, "length <= 200"),
        ({"digests": ["sha256:1"]}, "no digest"),
        ({"severityAtMost": "Bad"}, "severityAtMost"),
        ({"cvssBelow": 0}, "cvssBelow"),
        ({"cvssBelow": 11}, "cvssBelow"),
        ({"epssBelow": 1.5}, "epssBelow"),
        ({"epssBelow": "high"}, "epssBelow"),
        ({"notPatchable": False}, "notPatchable"),
        ({"cve": ["CVE-2026-1"]}, "unknown field `cve`"),
        ([], "Expected `object`"),
    ],
)
def test_criteria_that_make_no_sense_are_refused(criteria: object, why: str) -> None:
    with pytest.raises(InvalidRule, match=why.replace("*", r"\*")):
        read_rule(written(criteria), now=at(0))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"expires": "2025-12-31T23:59:59Z"}, "expired before it began"),
        ({"expires": "2026-01-01T00:00:00Z"}, "expired before it began"),
        ({"expires": "2027-01-01T00:00:00"}, "time zone"),
        ({"expires": "soon"}, "expires"),
        ({"reason": ""}, "reason"),
        ({"reason": "   "}, "reason"),
        ({"reason": "a\x1b[31mred"}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"author": "me"}, "unknown field `author`"),
    ],
)
def test_rules_that_make_no_sense_are_refused(more: dict[str, object], why: str) -> None:
    with pytest.raises(InvalidRule, match=why):
        read_rule(written({"notPatchable": True}, **more), now=at(0))


@pytest.mark.parametrize(
    "document", [b"", b"{", b"\xff", b"[" * 10_000, b"{}", b" " * (MAX_BYTES + 1)]
)
def test_what_is_no_rule_at_all_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidRule):
        read_rule(document, now=at(0))


def test_everything_can_be_meant_in_so_many_words() -> None:
    assert read_rule(written({"everything": True}), now=at(0)).criteria.everything


@pytest.mark.parametrize("name", ["a", "no-fix", "2026.q1_debian"])
def test_names_that_are_names(name: str) -> None:
    assert check_id(name) == name


@pytest.mark.parametrize("name", ["", "A", "a b", "-a", "a-", "a/b", "x" * 101, "apply", "ü"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(InvalidRule):
        check_id(name)
