"""Whether an image may go on: pure, from what is known of it and what is asked.

An index is judged by its parts: one that must not pass stops all of it, and one that nobody has
looked into yet keeps it waiting. During a rescan the verdict from before holds. What was never
assessed, only in part, or not when it was last tried, does not pass by having no findings.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.answers.gate import Verdict
from core.domain.findings import Finding
from core.domain.values import ImageName, Severity
from core.gate.policy import Leniency, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A finding, and where it is."""

    finding: Finding
    image: ImageName
    platform: str | None
    rule: str | None = None
    """The rule that disables it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is known of an image; of an index, of each image that it lists."""

    image: ImageName | None
    """`None` where nobody knows what the tag points to."""
    known: bool = True
    """Whether anything is known."""
    assessed: bool = False
    """Whether its packages were matched with advisories."""
    left_out: int = 0
    """Packages that could not be."""
    cause: str = ""
    """Why there is nothing to scan in it, if so."""
    failure: str = ""
    """Why the last scan failed, if so."""
    message: str = ""
    """What is said about either."""
    scanning: bool = False
    """Whether a scan is open."""
    refusal: str = ""
    """Why no scan can be had, where that is known."""
    findings: Sequence[Judged] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why the answer is what it is."""

    code: str
    """For programs: `findings`, `unknown`, `unscanned`, `leftOut`, `failed`, `notApplicable`."""
    message: str
    """For people: one sentence."""
    image: ImageName | None = None
    waits: bool = False
    """Whether it may go away by itself."""
    lifted_by: Leniency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer, with all that led to it."""

    verdict: Verdict
    assessed: bool
    """Whether findings decided it, and not that nobody knows them."""
    reasons: tuple[Reason, ...]
    """What stops the image; where it passes, what was overlooked as it was told to."""
    stopping: tuple[Judged, ...]
    """The findings that stop it, worst first."""
    disabled: Mapping[str, int]
    """How many findings each rule disables that would have stopped it."""
    unfixed: int
    """Findings that would have stopped it, and for which no fix is known."""
    below: int
    """Findings that are not severe enough."""


def decide(parts: Sequence[Part], policy: Policy) -> Decision:
    """Whether an image of these parts may go on."""
    findings = [judged for part in parts for judged in part.findings]
    severe = [one for one in findings if one.finding.severity.rank <= policy.fail_on.rank]
    counting = [one for one in severe if one.rule is None]
    stopping = [one for one in counting if one.finding.patchable or not policy.ignore_unfixed]
    obstacles = _obstacles(parts)
    standing = [one for one in obstacles if one.lifted_by not in policy.allow]
    verdict = _verdict(stopping, standing)
    reasons = standing or obstacles
    if stopping:
        reasons = [_of_findings(stopping, policy), *standing]
    return Decision(
        verdict=verdict,
        assessed=bool(stopping) or not obstacles,
        reasons=tuple(reasons),
        stopping=tuple(sorted(stopping, key=lambda one: one.finding.severity.rank)),
        disabled=Counter(one.rule for one in severe if one.rule is not None),
        unfixed=len(counting) - len(stopping),
        below=len(findings) - len(severe),
    )


def _verdict(stopping: Sequence[Judged], standing: Sequence[Reason]) -> Verdict:
    if stopping or not all(one.waits for one in standing):
        return Verdict.FAIL
    return Verdict.PENDING if standing else Verdict.PASS


def _obstacles(parts: Iterable[Part]) -> list[Reason]:
    """What keeps the findings from deciding. Parts with nothing to scan matter only where there is
    no other: attestations stand in many indexes."""
    some = list(parts)
    scannable = [part for part in some if not part.cause]
    return [reason for part in scannable or some for reason in _of(part)]


def _of(part: Part) -> Iterator[Reason]:
    """What keeps this part's findings from deciding."""
    said = f": {part.message}" if part.message else ""
    unscanned = Leniency.UNSCANNED
    if not part.known:
        yield _reason(part, "unknown", "Nothing is known of it yet", unscanned)
    elif part.cause:
        message = f"There is nothing to scan in it ({part.cause}){said}"
        yield _reason(part, "notApplicable", message, Leniency.NOT_APPLICABLE)
    elif part.failure:  # where there is no verdict from before, nobody has scanned it
        lifted_by = Leniency.FAILED if part.assessed else unscanned
        yield _reason(part, "failed", f"Its last scan failed ({part.failure}){said}", lifted_by)
    elif not part.assessed:
        open_scan = "Its first scan has not come to its end"
        message = open_scan if part.scanning else "Nobody has scanned it, and no scan is open"
        yield _reason(part, "unscanned", message, unscanned)
    if part.assessed and part.left_out:
        packages = "package" if part.left_out == 1 else "packages"
        message = f"{part.left_out} of its {packages} could not be judged"
        yield _reason(part, "leftOut", message, unscanned)


def _reason(part: Part, code: str, message: str, lifted_by: Leniency) -> Reason:
    return Reason(
        code=code,
        message=f"{message}. {part.refusal}" if part.refusal else message,
        image=part.image,
        waits=not part.refusal and (part.scanning or not part.known),
        lifted_by=lifted_by,
    )


def _of_findings(stopping: Sequence[Judged], policy: Policy) -> Reason:
    counted = Counter(one.finding.severity for one in stopping)
    by_severity = ", ".join(f"{counted[one]} {one}" for one in Severity if counted[one])
    many = "1 finding is" if len(stopping) == 1 else f"{len(stopping)} findings are"
    worse = "" if policy.fail_on is Severity.CRITICAL else " or worse"
    fixed = ", with a version that resolves it" if policy.ignore_unfixed else ""
    return Reason(code="findings", message=f"{many} {policy.fail_on}{worse}{fixed}: {by_severity}")
