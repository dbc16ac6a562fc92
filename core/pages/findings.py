"""An image's findings as its page lists them: sorted, filtered, grouped by package if wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.answers.findings import Finding
from core.pages.charts import SEVERITIES

PAGE = 100
"""Findings of one page."""

SORTS = {
    "severity": "Severity",
    "package": "Package",
    "epss": "Likelihood of exploitation",
    "score": "CVSS score",
}
RANKS = {name.capitalize(): rank for rank, name in enumerate(SEVERITIES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Findings under one heading."""

    heading: str | None
    """`None` where nothing is grouped."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of findings."""

    groups: tuple[Group, ...]
    shown: int
    matching: int
    total: int
    sort: str
    page: int
    pages: int


def listed(findings: Sequence[Finding], asked: Mapping[str, str]) -> Listed:
    """The findings that somebody asked for, in the order that they asked for."""
    sort = asked.get("sort", "")
    sort = sort if sort in SORTS else "severity"
    matching = [one for one in findings if _wanted(one, asked)]
    matching.sort(key=lambda one: _order(one, sort))
    pages = max(1, -(-len(matching) // PAGE))
    page = min(pages, _number(asked.get("page", "")))
    some = matching[(page - 1) * PAGE : page * PAGE]
    return Listed(
        groups=_grouped(some) if asked.get("group") == "package" else _plain(some),
        shown=len(some),
        matching=len(matching),
        total=len(findings),
        sort=sort,
        page=page,
        pages=pages,
    )


def score_of(finding: Finding) -> float | None:
    """The highest CVSS base score that any source gives."""
    return max((one.score for one in finding.cvss), default=None)


def _wanted(finding: Finding, asked: Mapping[str, str]) -> bool:
    """Whether it is one of those that somebody asked for; a filter that makes no sense is none."""
    least = RANKS.get(asked.get("severity", "").capitalize(), len(RANKS))
    patchable = {"true": True, "false": False}.get(asked.get("patchable", ""))
    return (
        asked.get("find", "").strip().lower() in _words(finding)
        and RANKS[finding.severity] <= least
        and patchable in (None, finding.fixed is not None)
    )


def _words(finding: Finding) -> str:
    """What a finding is found by."""
    return " ".join(
        (finding.id, *finding.aliases, finding.package, finding.component, finding.summary)
    ).lower()


def _order(finding: Finding, sort: str) -> tuple[float | str, ...]:
    exploited = 0.0 if finding.exploited else 1.0
    rank = float(RANKS.get(finding.severity, len(RANKS)))
    likely = -finding.epss.score if finding.epss else 0.0
    match sort:
        case "package":
            return (finding.component, finding.version, rank, finding.id)
        case "epss":
            return (exploited, likely, rank, finding.id)
        case "score":
            return (-(score_of(finding) or 0.0), rank, finding.id)
        case _:
            return (rank, exploited, likely, finding.component, finding.id)


def _grouped(findings: Sequence[Finding]) -> tuple[Group, ...]:
    groups: dict[str, list[Finding]] = {}
    for one in findings:
        groups.setdefault(f"{one.component} {one.version}", []).append(one)
    return tuple(Group(heading=name, findings=tuple(some)) for name, some in groups.items())


def _plain(findings: Sequence[Finding]) -> tuple[Group, ...]:
    return (Group(heading=None, findings=tuple(findings)),) if findings else ()


def _number(text: str) -> int:
    """The number of a page; the first, where that is none."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
