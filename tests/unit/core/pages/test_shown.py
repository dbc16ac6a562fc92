"""Pages of made-up answers: hostile names stay names, and each page says what its answer says."""

from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.answers.bases import Base, KnownImage, SaidBase, SharedLayers
from core.answers.billing import Bills, BillTotals
from core.answers.findings import (
    FindingOfImage,
    FindingsOfImages,
    FindingStatus,
    KnownExploited,
    Probability,
)
from core.answers.images import Happening, ImageLinks, ImageWithTimeline
from core.answers.operations import (
    AdvisoriesInForce,
    Backlog,
    DeadLetters,
    FollowerStanding,
    Halted,
    OperationsStanding,
    PullsStanding,
    QueueStanding,
    SlotsStanding,
)
from core.domain.findings import SourceSeverity
from core.domain.values import Freshness, Health, ImageName, Severity, SeverityCounts
from core.pages.billing import month_of
from core.pages.image import image_page
from core.pages.operations import OperationsPage, operations_of
from core.pages.rendering import render
from core.pages.visit import Visit
from core.pages.vulnerability import names_of, vulnerability_of
from tests.unit.core.pages.test_findings import finding
from tests.unit.core.pages.test_visit import NOW

SCRIPT = "<script>alert(1)</script>"
VISIT = Visit(path="/", now=NOW, name="ada (1)", administrator=True)


def image(digest: str = "sha256:1", pulled_on: str | None = None) -> ImageWithTimeline:
    """An unhealthy image."""
    return ImageWithTimeline(
        registry="r.io",
        repository="team/app",
        digest=digest,
        tags=["v1"],
        subscription="one",
        media_type="application/vnd.oci.image.manifest.v1+json",
        platform="linux/amd64",
        distribution=None,
        health=Health.UNHEALTHY,
        freshness=Freshness.CURRENT,
        freshness_cause=None,
        cause=None,
        message=None,
        health_since="2026-11-22T08:30:00.000000Z",
        freshness_since="2026-11-22T08:30:00.000000Z",
        severities=SeverityCounts(high=1),
        disabled=SeverityCounts(),
        worst_severity=Severity.HIGH,
        patchable=0,
        source="push",
        pushed_at="2026-11-22T08:30:00.000000Z",
        pulled_on=pulled_on,
        pulls_known_since=None,
        scan=None,
        inventory=None,
        children=None,
        parents=[],
        base=None,
        links=ImageLinks(this="", findings="", sbom=""),
        timeline=[
            Happening(
                at="2026-11-22T08:30:00.000000Z",
                event="ImagePushed",
                position="0.1",
                details={"tag": SCRIPT},
            )
        ],
    )


def test_names_out_of_an_image_are_shown_as_the_text_that_they_are() -> None:
    hostile = replace(
        finding("CVE-1", f"{SCRIPT}\u202e"), summary=SCRIPT, fixed=f'"{SCRIPT}', layer="sha256:2"
    )
    page = image_page(replace(image(), message=SCRIPT), [hostile], [], {"find": ""})
    shown = render("image.html", visit=VISIT, page=page).decode()
    assert SCRIPT not in shown
    assert shown.count("&lt;script&gt;") >= 5
    assert "\u202e" not in shown


def test_a_verdict_that_is_out_of_date_says_why() -> None:
    stale = replace(image(), freshness=Freshness.STALE, freshness_cause="plan-off")
    shown = render("image.html", visit=VISIT, page=image_page(stale, [], [], {})).decode()
    assert "Out of date" in shown
    assert "Scanning is switched off for its subscription." in shown


OURS = KnownImage(registry="r.io", repository="bases/debian", digest="sha256:7", tags=["12"])
SHARED = SharedLayers(image=OURS, layers=3, total=8)


def said(image: KnownImage | None = None, *, holds: bool | None = None) -> SaidBase:
    return SaidBase(name=f"r.io/x:{SCRIPT}", digest=None, image=image, holds=holds)


@pytest.mark.parametrize(
    ("base", "words"),
    [
        (Base(said=said(), shared=None), "as it says, which is not among the images here"),
        (Base(said=None, shared=SHARED), "it begins with all layers of that, 3 of 8"),
        (
            Base(said=said(OURS, holds=True), shared=SHARED),
            "as it says; it begins with all of its layers, 3 of 8",
        ),
        (
            Base(said=said(OURS, holds=False), shared=None),
            "as it says, though it begins with other layers",
        ),
        (Base(said=said(), shared=SHARED), "but says"),
    ],
)
def test_a_base_is_told_as_what_the_image_says_or_as_what_its_layers_prove(
    base: Base, words: str
) -> None:
    page = image_page(replace(image(), base=base), [], [], {})
    shown = render("image.html", visit=VISIT, page=page).decode()
    assert words in shown
    assert SCRIPT not in shown
    linked = "/images/r.io/bases/debian/sha256:7" in shown
    assert linked == (base.shared is not None or (base.said is not None and bool(base.said.image)))


def carrier(digest: str, fixed: str = "") -> FindingOfImage:
    """An image that has it."""
    return FindingOfImage(
        registry="r.io",
        repository="team/app",
        digest=digest,
        package="zlib",
        component="zlib1g",
        version="1",
        severity=Severity.HIGH,
        id="CVE-1",
        purl="pkg:deb/debian/zlib1g@1",
        ecosystem="Debian:12",
        status=FindingStatus(code="Unhealthy", cause=None, rule=None),
        fixed=fixed,
    )


def test_the_images_that_have_a_vulnerability_come_by_their_last_pull() -> None:
    carriers = FindingsOfImages(
        value=[carrier("sha256:1"), carrier("sha256:2", "2"), carrier("sha256:1")]
    )
    assert [one.digest for one in names_of(carriers, 9)] == ["sha256:1", "sha256:2"]
    assert names_of(carriers, 1) == (
        ImageName(registry="r.io", repository="team/app", digest="sha256:1"),
    )
    known = [image("sha256:1"), image("sha256:2", pulled_on="2026-11-20")]
    page = vulnerability_of("CVE-1", carriers, known, None)
    assert [one.findings[0].digest for one in page.images] == ["sha256:2", "sha256:1"]
    assert (page.pulled, page.fixes) == (1, (("zlib", "2"),))


def test_a_vulnerability_says_what_is_known_of_it_and_by_whom() -> None:
    known = replace(
        finding("CVE-1", severity=Severity.HIGH, score=7.5),
        severities=(SourceSeverity(source="CVSS v3.1", value="7.5"),),
        references=("https://example.com/advisory", "javascript:alert(1)"),
    )
    carriers = FindingsOfImages(
        value=[carrier("sha256:1", "2")],
        epss=Probability(score=0.123, percentile=0.9),
        exploited=KnownExploited(added="2026-01-02", due="2026-02-03"),
    )
    page = vulnerability_of("CVE-1", carriers, [image("sha256:1", "2026-11-20")], known)
    shown = render("vulnerability.html", visit=VISIT, page=page).decode()
    for words in (
        "Reads beyond its end",
        "CVSS v3.1",
        "12.3 %",
        "known to be exploited",
        "CVSS 7.5",
    ):
        assert words in shown
    assert 'href="https://example.com/advisory"' in shown
    assert 'href="javascript' not in shown
    assert "1 of them known to be pulled" in shown


def test_a_source_package_is_shown_once_however_many_packages_were_made_of_it() -> None:
    carriers = FindingsOfImages(value=[carrier("sha256:1"), carrier("sha256:1")])
    (one,) = vulnerability_of("CVE-1", carriers, [], None).images
    assert [(each.package, each.version) for each in one.packages] == [("zlib", "1")]


def test_a_month_leads_to_those_beside_it_and_never_to_the_future() -> None:
    ledger = Bills(
        month="2026-12",
        price="0.01",
        currency="USD",
        totals=[BillTotals(subscription="one", amount="0.02", billed=2, failed=1)],
        value=[],
    )
    page = month_of(ledger, date(2026, 12, 31))
    assert (page.earlier, page.later) == ("2026-11", None)
    assert month_of(ledger, date(2027, 1, 1)).later == "2027-01"
    assert page.totals[0].counts == (("billed", 2), ("failed", 1))


def as_it_stood(page: OperationsPage) -> str:
    """The page, when the past is looked at."""
    visit = Visit(path="/", asked={"asOf": "2026-11-21T08:30:00Z"}, now=NOW, administrator=True)
    return render("operations.html", visit=visit, page=page).decode()


def test_what_stands_still_is_said_first() -> None:
    nothing = QueueStanding(waiting=0, oldest=None, seconds=None)
    work = OperationsStanding(
        backlog=Backlog(push=nothing, rescan=nothing, inventoried=0),
        slots=SlotsStanding(total=4, reserved_for_pushes=1, taken=[]),
        overdue=0,
        notices=0,
        dead_letters=DeadLetters(queues={"hints": 2}, notices=1),
        pulls=PullsStanding(asked_until=None, known_since={}),
    )
    fine = FollowerStanding(
        name="billing", kind="view", lag=9, halted=[], parked=[], shards=[], version=2
    )
    still = FollowerStanding(
        name="tags",
        kind="process",
        lag=1,
        halted=[Halted(shard=3, position=7, error=SCRIPT)],
        parked=[],
        shards=[],
    )
    advisories = AdvisoriesInForce(
        version=1,
        assessed_version=1,
        database=None,
        exploitation=None,
        last_run=None,
        sources=[],
        off=[],
    )
    page = operations_of(work, [fine, still], advisories, {"b": 1, "a": 2}, manages=True)
    assert [one.name for one in page.followers] == ["tags", "billing"]
    shown = render("operations.html", visit=VISIT, page=page).decode()
    assert "needs somebody" in shown
    assert "shard 3 at 7" in shown
    assert "Try again: tags, shard 3 at 7" in shown
    assert "Give up: tags, shard 3 at 7" in shown
    assert page.given_up == (("hints", 2), ("notices that the topic refused", 1))
    past = as_it_stood(page)
    assert "Try again" not in past, "the past cannot be changed"
    assert SCRIPT not in shown


def test_a_package_says_what_each_image_is_vulnerable_to_by_it_and_no_more_than_is_known() -> None:
    worse = replace(carrier("sha256:1"), id="CVE-2", severity=Severity.CRITICAL)
    carriers = FindingsOfImages(value=[carrier("sha256:1"), worse, carrier("sha256:1")])
    page = vulnerability_of("zlib", carriers, [], None)
    assert [one.id for one in page.images[0].vulnerabilities] == ["CVE-2", "CVE-1"]
    shown = render("package.html", visit=VISIT, page=page).decode()
    assert "CVE-2" in shown
    assert "Known to be exploited" not in shown, "nobody asked of a package"


def test_no_template_lets_markup_through() -> None:
    for template in (Path(__file__).parents[4] / "core/pages/templates").glob("*.html"):
        text = template.read_text()
        assert "| safe" not in text
        assert "autoescape false" not in text
        assert " style=" not in text
        assert " on" + "click" not in text
