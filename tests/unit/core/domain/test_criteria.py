"""Which findings criteria fit: all of them, and nothing that nobody has judged."""

from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.criteria import Criteria, Subject, fits
from core.domain.findings import Category, Cvss, Finding
from core.domain.values import Severity
from tests.support.findings import finding
from tests.support.samples import SUBSCRIPTION, digest, image_name

FOUND = replace(
    finding("CVE-2026-0001", "openssl", severity=Severity.MEDIUM, aliases=("GHSA-aaaa-bbbb-cccc",)),
    cvss=(
        Cvss(version="3.1", vector="CVSS:3.1/x", score=6.4),
        Cvss(version="2.0", vector="x", score=5.0),
    ),
)
SUBJECT = Subject(image=image_name(), subscription=SUBSCRIPTION, system="Debian 12.15")


@pytest.mark.parametrize(
    ("criteria", "met"),
    [
        (Criteria(everything=True), True),
        (Criteria(vulnerabilities=("CVE-2026-0002", "GHSA-AAAA-BBBB-CCCC")), True),
        (Criteria(vulnerabilities=("DSA-CVE-2026-0001",)), True),
        (Criteria(vulnerabilities=("CVE-2026-000",)), False),
        (Criteria(packages=("pkg:deb/debian/openssl@*",)), True),
        (Criteria(packages=("pkg:deb/debian/openssl",)), False),
        (Criteria(packages=("pkg:rpm/*", "*openssl*")), True),
        (Criteria(category=Category.OS), True),
        (Criteria(category=Category.LANGUAGE), False),
        (Criteria(severity_at_most=Severity.MEDIUM), True),
        (Criteria(severity_at_most=Severity.LOW), False),
        (Criteria(severity_at_most=Severity.UNKNOWN), False),
        (Criteria(cvss_below=6.5), True),
        (Criteria(cvss_below=6.4), False),
        (Criteria(epss_below=0.1), True),
        (Criteria(epss_below=0.05), False),
        (Criteria(not_patchable=True), False),
        (Criteria(category=Category.OS, cvss_below=6.4), False),
    ],
)
def test_a_finding_meets_all_criteria_or_the_rule_is_not_about_it(
    criteria: Criteria, met: bool
) -> None:
    assert criteria.meets_finding(FOUND, 0.05) is met


@pytest.mark.parametrize(
    ("found", "criteria"),
    [
        (replace(FOUND, cvss=()), Criteria(cvss_below=10.0)),
        (FOUND, Criteria(epss_below=1.0)),
        (replace(FOUND, severity=Severity.UNKNOWN), Criteria(severity_at_most=Severity.CRITICAL)),
    ],
)
def test_what_nobody_has_judged_is_below_no_bound(found: Finding, criteria: Criteria) -> None:
    assert not criteria.meets_finding(found, None)


def test_unknown_severity_can_be_meant_in_so_many_words() -> None:
    unknown = replace(FOUND, severity=Severity.UNKNOWN)
    assert Criteria(severity_at_most=Severity.UNKNOWN).meets_finding(unknown, None)


@pytest.mark.parametrize(
    ("criteria", "met"),
    [
        (Criteria(), True),
        (Criteria(repositories=("*/team/*",)), True),
        (Criteria(repositories=("team/*",)), False),
        (Criteria(repositories=("demo.azurecr.io/team/app",)), True),
        (Criteria(digests=(digest(1), digest(2))), True),
        (Criteria(digests=(digest(2),)), False),
        (Criteria(systems=("debian 12*",)), True),
        (Criteria(systems=("debian 1",)), False),
        (Criteria(repositories=("*/team/*",), digests=(digest(2),)), False),
    ],
)
def test_an_image_meets_all_criteria_or_the_rule_is_not_about_it(
    criteria: Criteria, met: bool
) -> None:
    assert criteria.meets_image(SUBJECT) is met


def test_an_image_without_a_distribution_is_on_none() -> None:
    assert not Criteria(systems=("debian*",)).meets_image(replace(SUBJECT, system=None))


@settings(max_examples=300, deadline=None)
@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_patterns_mean_what_they_mean_in_a_shell(pattern: str, text: str) -> None:
    assert fits(pattern, text) is fnmatchcase(text, pattern)


@pytest.mark.parametrize("pattern", ["[a-z]?", "a?c", "(a+)+$", "\\"])
def test_all_signs_but_the_star_stand_for_themselves(pattern: str) -> None:
    assert fits(pattern, pattern)
    assert not fits(pattern, "abc")


def test_no_pattern_can_be_made_to_backtrack() -> None:
    assert not fits("*a" * 100 + "b", "a" * 10_000)  # with backtracking, no end before the sun's
