"""A rule's form says what the API takes, and says it back."""

import json
from datetime import UTC, datetime

import pytest

from core.answers.rules import Criteria, Rule
from core.errors import InvalidRule
from core.pages.rules import criteria_in_words, document_of, written_of
from core.pages.signing_in import inside
from core.rules.reading import read_rule

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FORM = {
    "vulnerabilities": "cve-2026-1\n\n  CVE-2026-2 ",
    "severityAtMost": "Low",
    "cvssBelow": "4.5",
    "epssBelow": "",
    "notPatchable": "on",
    "category": "",
    "reason": " Not reachable. ",
    "expires": "2027-01-31",
}


def test_a_form_is_the_rule_that_it_describes() -> None:
    draft = read_rule(document_of(FORM), now=NOW)
    assert draft.criteria.vulnerabilities == ("CVE-2026-1", "CVE-2026-2")
    assert (draft.criteria.severity_at_most, draft.criteria.cvss_below) == ("Low", 4.5)
    assert (draft.criteria.not_patchable, draft.criteria.everything) == (True, False)
    assert draft.reason == "Not reachable."
    assert draft.expires == datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "nonsense"),
    [("cvssBelow", "much"), ("epssBelow", "7"), ("expires", "soon"), ("vulnerabilities", "*")],
)
def test_what_makes_no_sense_is_refused_by_the_same_words_as_elsewhere(
    field: str, nonsense: str
) -> None:
    with pytest.raises(InvalidRule):
        read_rule(document_of({**FORM, field: nonsense}), now=NOW)


def test_an_empty_form_hides_nothing() -> None:
    with pytest.raises(InvalidRule, match="every finding"):
        read_rule(document_of({"reason": "why not"}), now=NOW)


def test_a_rule_comes_back_into_its_form() -> None:
    rule = Rule(
        id="quiet",
        subscription="a subscription",
        criteria=Criteria(vulnerabilities=("CVE-2026-1", "CVE-2026-2"), not_patchable=True),
        reason="Not reachable.",
        author="ada",
        expires="2027-01-31T23:59:59.000000Z",
        version=3,
    )
    again = json.loads(document_of(written_of(rule)))
    assert again["criteria"] == {
        "vulnerabilities": ["CVE-2026-1", "CVE-2026-2"],
        "notPatchable": True,
    }
    assert again["expires"].startswith("2027-01-31")
    assert criteria_in_words(rule.criteria) == [
        ("vulnerability", "CVE-2026-1, CVE-2026-2"),
        ("no fix is known", ""),
    ]


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "x"],
)
def test_the_door_leads_to_no_other_site(elsewhere: str) -> None:
    assert inside(elsewhere) == "/"


def test_the_door_leads_on_to_where_somebody_wanted_to_go() -> None:
    assert inside("/images?health=Healthy&asOf=x") == "/images?health=Healthy&asOf=x"
    assert inside("/sign-in") == "/"
