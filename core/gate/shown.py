"""The gate's decision as the answer that pipelines get."""

from dataclasses import dataclass

from core.answers.gate import (
    DisablingRule,
    GateAnswer,
    GatedImage,
    GatePolicy,
    GateReason,
    Overlooked,
    StoppingFinding,
    Verdict,
)
from core.domain.values import Freshness, Health, ImageName
from core.gate.decision import Decision, Judged, Reason
from core.gate.policy import Question

SHOWN = 100
"""Findings that an answer lists, worst first; how many there are stands beside them."""
RETRY_AFTER = 5
"""Seconds after which it is worth asking again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the image's own row says beside the findings."""

    health: Health | None = None
    freshness: Freshness | None = None
    assessed_at: str | None = None


def answer_of(
    question: Question, image: ImageName | None, known: Known, decision: Decision
) -> GateAnswer:
    """The answer to a question."""
    policy = question.policy
    return GateAnswer(
        image=GatedImage(
            registry=question.image.registry,
            repository=question.image.repository,
            digest=image.digest if image else question.image.digest,
            tag=question.image.tag,
        ),
        verdict=decision.verdict,
        assessed=decision.assessed,
        policy=GatePolicy(
            fail_on=policy.fail_on,
            ignore_unfixed=policy.ignore_unfixed,
            allow=sorted(policy.allow),
        ),
        health=known.health,
        freshness=known.freshness,
        assessed_at=known.assessed_at,
        reasons=[_reason(one) for one in decision.reasons],
        findings=[_finding(one) for one in decision.stopping[:SHOWN]],
        total=len(decision.stopping),
        overlooked=Overlooked(
            below_severity=decision.below,
            unfixed=decision.unfixed,
            disabled=[
                DisablingRule(rule=rule, findings=count)
                for rule, count in sorted(decision.disabled.items())
            ],
        ),
        retry_after=RETRY_AFTER if decision.verdict is Verdict.PENDING else None,
    )


def _reason(reason: Reason) -> GateReason:
    digest = reason.image.digest if reason.image else None
    return GateReason(code=reason.code, message=reason.message, digest=digest)


def _finding(judged: Judged) -> StoppingFinding:
    finding = judged.finding
    return StoppingFinding(
        id=finding.id,
        severity=finding.severity,
        package=finding.package,
        version=finding.version,
        fixed=finding.fixed,
        purl=finding.purl,
        digest=judged.image.digest,
        platform=judged.platform,
    )
