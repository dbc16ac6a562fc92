"""What is told of two verdicts is what changed between them, and the most pressing of it first."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.findings import Finding
from core.domain.values import Health, Severity
from core.notifications.deltas import Kind, Verdict, compare
from tests.support.findings import finding

LOW = finding("CVE-2026-1", severity=Severity.LOW)
HIGH = finding("CVE-2026-2", severity=Severity.HIGH)
OTHER = finding("CVE-2026-3", "zlib", severity=Severity.LOW)
UNFIXED = finding("CVE-2026-4", severity=Severity.HIGH, fixed=None)


def unhealthy(*findings: Finding) -> Verdict:
    return Verdict(health=Health.UNHEALTHY, findings=findings)


HEALTHY = Verdict(health=Health.HEALTHY, findings=())
UNSCANNED = Verdict(health=Health.UNSCANNED, findings=())


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (UNSCANNED, unhealthy(LOW), Kind.BECAME_UNHEALTHY),
        (HEALTHY, unhealthy(LOW), Kind.BECAME_UNHEALTHY),
        (unhealthy(LOW), unhealthy(LOW, OTHER), Kind.NEW_FINDINGS),
        (unhealthy(LOW), unhealthy(LOW, HIGH), Kind.WORSENED),
        (unhealthy(HIGH), unhealthy(HIGH, LOW), Kind.NEW_FINDINGS),
        (unhealthy(UNFIXED), unhealthy(replace(UNFIXED, fixed="2")), Kind.FIX_AVAILABLE),
        (unhealthy(LOW), HEALTHY, Kind.RECOVERED),
    ],
)
def test_what_changed_names_the_notice(before: Verdict, after: Verdict, kind: Kind) -> None:
    delta = compare(before, after)
    assert delta is not None
    assert delta.kind is kind


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (UNSCANNED, HEALTHY),
        (UNSCANNED, UNSCANNED),
        (unhealthy(LOW), unhealthy(LOW)),
        (unhealthy(LOW, HIGH), unhealthy(HIGH)),
        (unhealthy(LOW), unhealthy(replace(LOW, summary="Other words."))),
        (unhealthy(LOW), unhealthy(replace(LOW, fixed=None))),
        (unhealthy(LOW), UNSCANNED),
    ],
)
def test_what_leaves_nothing_to_do_is_not_told(before: Verdict, after: Verdict) -> None:
    assert compare(before, after) is None


def test_what_a_rule_hides_is_neither_resolved_nor_recovered_from() -> None:
    hidden = Verdict(health=Health.HEALTHY, findings=(), disabled=(LOW,))
    assert compare(unhealthy(LOW), hidden) is None
    partly = Verdict(health=Health.UNHEALTHY, findings=(HIGH, OTHER), disabled=(LOW,))
    delta = compare(unhealthy(LOW, HIGH), partly)
    assert delta is not None
    assert (delta.new, delta.resolved) == ([OTHER], [])


def test_what_no_rule_hides_any_more_is_new() -> None:
    hidden = Verdict(health=Health.HEALTHY, findings=(), disabled=(LOW,))
    delta = compare(hidden, unhealthy(LOW))
    assert delta is not None
    assert (delta.kind, delta.new) == (Kind.BECAME_UNHEALTHY, [LOW])


def test_each_list_says_what_is_its_own() -> None:
    fixed = replace(UNFIXED, fixed="2")
    delta = compare(unhealthy(LOW, OTHER, UNFIXED), unhealthy(OTHER, fixed, HIGH))
    assert delta is not None
    assert (delta.new, delta.resolved) == ([HIGH], [LOW])
    assert delta.fixable == [fixed]


def test_one_advisory_in_another_package_is_another_finding() -> None:
    twice = finding("CVE-2026-1", "libssl", severity=Severity.LOW)
    delta = compare(unhealthy(LOW), unhealthy(LOW, twice))
    assert delta is not None
    assert delta.new == [twice]


some = st.lists(
    st.sampled_from([LOW, HIGH, OTHER, UNFIXED, replace(UNFIXED, fixed="2")]),
    unique_by=lambda one: one.id,
)


@given(some)
def test_the_same_again_is_never_told(findings: Sequence[Finding]) -> None:
    verdict = Verdict(
        health=Health.UNHEALTHY if findings else Health.HEALTHY, findings=tuple(findings)
    )
    assert compare(verdict, verdict) is None
