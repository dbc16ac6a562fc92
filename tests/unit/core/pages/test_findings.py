"""Findings are listed in the order that somebody asks for, filtered and grouped."""

from core.answers.findings import Finding, FindingStatus, KnownExploited, Place, Probability
from core.domain.findings import Category, Cvss
from core.domain.values import Severity
from core.pages.findings import PAGE, listed


def finding(
    name: str,
    component: str = "zlib",
    severity: Severity = Severity.LOW,
    *,
    epss: float | None = None,
    exploited: bool = False,
    score: float | None = None,
) -> Finding:
    """A finding of an image."""
    return Finding(
        id=name,
        aliases=(),
        advisories=(),
        ecosystem="Debian:12",
        category=Category.OS,
        package=component,
        component=component,
        purl=f"pkg:deb/debian/{component}@1",
        version="1",
        fixed=None,
        severity=severity,
        severity_source="a source",
        severities=(),
        cvss=() if score is None else (Cvss(version="3.1", vector="AV:N", score=score),),
        summary="Reads beyond its end",
        references=(),
        published=None,
        modified=None,
        status=FindingStatus(code="Unhealthy", cause=None, rule=None),
        layer=None,
        epss=None if epss is None else Probability(score=epss, percentile=None),
        exploited=KnownExploited(added=None, due=None) if exploited else None,
        image=Place(digest="sha256:1", platform=None),
    )


LOW = finding("CVE-1", "curl", epss=0.9)
HIGH = finding("CVE-2", "zlib", Severity.HIGH, score=7.5)
USED = finding("CVE-3", "bash", Severity.HIGH, exploited=True)
ALL = (LOW, HIGH, USED)


def order(**asked: str) -> list[str]:
    """The ids, in the order in which they are listed."""
    return [one.id for group in listed(ALL, asked).groups for one in group.findings]


def test_the_worst_comes_first_and_among_equals_what_is_exploited() -> None:
    assert order() == ["CVE-3", "CVE-2", "CVE-1"]
    assert order(sort="nonsense") == order()


def test_other_orders() -> None:
    assert order(sort="package") == ["CVE-3", "CVE-1", "CVE-2"]
    assert order(sort="epss") == ["CVE-3", "CVE-1", "CVE-2"]
    assert order(sort="score") == ["CVE-2", "CVE-3", "CVE-1"]


def test_words_find_ids_packages_and_prose() -> None:
    assert order(find="cve-2") == ["CVE-2"]
    assert order(find="CURL") == ["CVE-1"]
    assert len(order(find="beyond its")) == 3
    assert listed(ALL, {"find": "nothing"}).groups == ()


def test_filters_leave_what_is_bad_enough_or_can_be_mended() -> None:
    assert order(severity="high") == ["CVE-3", "CVE-2"]
    assert order(severity="purple") == order()
    assert order(patchable="true") == []
    assert order(patchable="false", severity="low") == order()


def test_packages_are_headings_where_they_are_wanted() -> None:
    groups = listed(ALL, {"group": "package"}).groups
    assert [one.heading for one in groups] == ["bash 1", "zlib 1", "curl 1"]


def test_a_page_holds_a_hundred_and_a_number_beyond_the_last_is_the_last() -> None:
    many = [finding(f"CVE-{number:04}") for number in range(PAGE + 7)]
    first, last = listed(many, {}), listed(many, {"page": "99"})
    assert (first.shown, first.pages, last.shown, last.page) == (PAGE, 2, 7, 2)
    assert listed(many, {"page": "-1"}).page == 1
    assert last.matching == PAGE + 7
