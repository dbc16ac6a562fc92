"""The gate decides by findings, and lets nothing pass for want of knowledge."""

from dataclasses import replace

import pytest

from core.answers.gate import Verdict
from core.domain.findings import Finding
from core.domain.values import Severity
from core.gate.decision import Decision, Judged, Part, decide
from core.gate.policy import Leniency, Policy
from tests.support.findings import finding
from tests.support.samples import image_name

IMAGE = image_name(1)
CLEAN = Part(image=IMAGE, assessed=True)
EVERYTHING = frozenset(Leniency)


def judged(severity: Severity, *, fixed: str | None = "1.3", rule: str | None = None) -> Judged:
    found: Finding = replace(finding(), severity=severity, fixed=fixed)
    return Judged(finding=found, image=IMAGE, platform="linux/amd64", rule=rule)


def having(*findings: Judged) -> Part:
    return replace(CLEAN, findings=findings)


def codes(decision: Decision) -> list[str]:
    return [one.code for one in decision.reasons]


def test_an_image_without_findings_passes() -> None:
    decision = decide([CLEAN], Policy())
    assert (decision.verdict, decision.assessed, decision.reasons) == (Verdict.PASS, True, ())


@pytest.mark.parametrize(
    ("severity", "fail_on", "verdict"),
    [
        (Severity.CRITICAL, Severity.HIGH, Verdict.FAIL),
        (Severity.HIGH, Severity.HIGH, Verdict.FAIL),
        (Severity.MEDIUM, Severity.HIGH, Verdict.PASS),
        (Severity.UNKNOWN, Severity.NEGLIGIBLE, Verdict.PASS),
        (Severity.UNKNOWN, Severity.UNKNOWN, Verdict.FAIL),
        (Severity.HIGH, Severity.CRITICAL, Verdict.PASS),
    ],
)
def test_findings_of_that_severity_and_worse_stop_it(
    severity: Severity, fail_on: Severity, verdict: Verdict
) -> None:
    decision = decide([having(judged(severity))], Policy(fail_on=fail_on))
    assert decision.verdict is verdict
    assert decision.below == (verdict is Verdict.PASS)


def test_the_reason_says_how_many_there_are_and_the_worst_comes_first() -> None:
    found = [judged(Severity.HIGH), judged(Severity.CRITICAL), judged(Severity.HIGH)]
    decision = decide([having(*found)], Policy())
    assert [one.message for one in decision.reasons] == [
        "3 findings are High or worse: 1 Critical, 2 High"
    ]
    assert decision.stopping[0].finding.severity is Severity.CRITICAL


def test_findings_without_a_fix_stop_it_unless_they_are_ignored() -> None:
    part = having(judged(Severity.HIGH, fixed=None))
    assert decide([part], Policy()).verdict is Verdict.FAIL
    ignoring = decide([part], Policy(ignore_unfixed=True))
    assert (ignoring.verdict, ignoring.unfixed) == (Verdict.PASS, 1)


def test_a_disabled_finding_stops_nothing_and_its_rule_is_named() -> None:
    decision = decide([having(judged(Severity.CRITICAL, rule="vex"))], Policy())
    assert (decision.verdict, decision.disabled) == (Verdict.PASS, {"vex": 1})


@pytest.mark.parametrize(
    ("part", "code", "verdict", "lifted_by"),
    [
        (Part(image=None, known=False), "unknown", Verdict.PENDING, Leniency.UNSCANNED),
        (
            Part(image=IMAGE, known=False, refusal="It was deleted."),
            *("unknown", Verdict.FAIL, Leniency.UNSCANNED),
        ),
        (Part(image=IMAGE), "unscanned", Verdict.FAIL, Leniency.UNSCANNED),
        (Part(image=IMAGE, scanning=True), "unscanned", Verdict.PENDING, Leniency.UNSCANNED),
        (
            Part(image=IMAGE, failure="pull-denied"),
            *("failed", Verdict.FAIL, Leniency.UNSCANNED),
        ),
        (replace(CLEAN, failure="timed-out"), "failed", Verdict.FAIL, Leniency.FAILED),
        (
            replace(CLEAN, failure="timed-out", scanning=True),
            *("failed", Verdict.PENDING, Leniency.FAILED),
        ),
        (replace(CLEAN, left_out=2), "leftOut", Verdict.FAIL, Leniency.UNSCANNED),
        (
            Part(image=IMAGE, cause="windows"),
            *("notApplicable", Verdict.FAIL, Leniency.NOT_APPLICABLE),
        ),
    ],
)
def test_what_was_not_assessed_passes_only_where_somebody_says_so(
    part: Part, code: str, verdict: Verdict, lifted_by: Leniency
) -> None:
    strict = decide([part], Policy())
    assert (strict.verdict, strict.assessed, codes(strict)) == (verdict, False, [code])
    others = decide([part], Policy(allow=EVERYTHING - {lifted_by}))
    assert others.verdict is verdict
    lenient = decide([part], Policy(allow=frozenset({lifted_by})))
    assert (lenient.verdict, lenient.assessed, codes(lenient)) == (Verdict.PASS, False, [code])


def test_during_a_rescan_the_verdict_from_before_holds() -> None:
    assert decide([replace(CLEAN, scanning=True)], Policy()).verdict is Verdict.PASS
    vulnerable = replace(having(judged(Severity.HIGH)), scanning=True)
    assert decide([vulnerable], Policy()).verdict is Verdict.FAIL


def test_findings_stop_what_may_pass_although_it_was_not_assessed() -> None:
    part = replace(having(judged(Severity.HIGH)), failure="timed-out", left_out=1)
    decision = decide([part], Policy(allow=EVERYTHING))
    assert (decision.verdict, decision.assessed) == (Verdict.FAIL, True)
    assert codes(decide([part], Policy())) == ["findings", "failed", "leftOut"]


def test_a_part_that_was_left_out_is_not_forgiven_with_a_failure() -> None:
    part = replace(CLEAN, failure="timed-out", left_out=1)
    assert decide([part], Policy(allow=frozenset({Leniency.FAILED}))).verdict is Verdict.FAIL


def test_the_worst_part_of_an_index_decides() -> None:
    attestation = Part(image=IMAGE, cause="artifact")
    waiting = Part(image=IMAGE, scanning=True)
    vulnerable = having(judged(Severity.HIGH))
    assert decide([CLEAN, attestation], Policy()).verdict is Verdict.PASS
    assert decide([CLEAN, waiting], Policy()).verdict is Verdict.PENDING
    assert decide([CLEAN, waiting, Part(image=IMAGE)], Policy()).verdict is Verdict.FAIL
    assert decide([CLEAN, waiting, vulnerable], Policy()).verdict is Verdict.FAIL
    assert decide([attestation, attestation], Policy()).verdict is Verdict.FAIL
