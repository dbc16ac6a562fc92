"""Pages of made-up answers: hostile names stay names, and each page says what its answer says."""

from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.errors import UnreadableAnswer
from core.pages.billing import month_of
from core.pages.image import image_page
from core.pages.operations import operations_of
from core.pages.reading import read
from core.pages.rendering import render
from core.pages.shapes import (
    Advisories,
    Backlog,
    Carrier,
    Carriers,
    Follower,
    Halted,
    Image,
    Ledger,
    Moment,
    Queue,
    Score,
    Slots,
    Status,
    Work,
)
from core.pages.visit import Visit
from core.pages.vulnerability import paths_of, vulnerability_of
from tests.unit.core.pages.test_findings import finding
from tests.unit.core.pages.test_visit import NOW

SCRIPT = "<script>alert(1)</script>"
NONE = dict.fromkeys(("critical", "high", "medium", "low", "negligible", "unknown"), 0)
VISIT = Visit(path="/", now=NOW, name="ada (1)", administrator=True)


def image(digest: str = "sha256:1", pulled_on: str | None = None) -> Image:
    """An unhealthy image."""
    return Image(
        registry="r.io",
        repository="team/app",
        digest=digest,
        tags=["v1"],
        subscription="one",
        platform="linux/amd64",
        distribution=None,
        health="Unhealthy",
        freshness="Current",
        freshness_cause=None,
        cause=None,
        message=None,
        health_since="2026-11-22T08:30:00.000000Z",
        freshness_since="2026-11-22T08:30:00.000000Z",
        severities={**NONE, "high": 1},
        disabled=NONE,
        worst_severity="High",
        patchable=0,
        source="push",
        pushed_at="2026-11-22T08:30:00.000000Z",
        pulled_on=pulled_on,
        pulls_known_since=None,
        scan=None,
        inventory=None,
        children=None,
        parents=[],
        timeline=[
            Moment(
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
    stale = replace(image(), freshness="Stale", freshness_cause="plan-off")
    shown = render("image.html", visit=VISIT, page=image_page(stale, [], [], {})).decode()
    assert "Out of date" in shown
    assert "Scanning is switched off for its subscription." in shown


def test_an_image_says_which_layers_brought_what_counts() -> None:
    one, two = (replace(finding(f"CVE-{n}"), layer="sha256:2") for n in (1, 2))
    other = replace(finding("CVE-3"), layer="sha256:3")
    disabled = replace(one, status=Status(code="NotApplicable", rule="quiet"))
    page = image_page(image(), [one, two, other, disabled], [], {})
    assert page.layers == (("sha256:2", 2), ("sha256:3", 1))


def carrier(digest: str, fixed: str = "") -> Carrier:
    """An image that has it."""
    return Carrier(
        registry="r.io",
        repository="team/app",
        digest=digest,
        package="zlib",
        version="1",
        severity="High",
        id="CVE-1",
        status=Status(code="Unhealthy", rule=None),
        fixed=fixed,
    )


def test_the_images_that_have_a_vulnerability_come_by_their_last_pull() -> None:
    carriers = Carriers(value=[carrier("sha256:1"), carrier("sha256:2", "2"), carrier("sha256:1")])
    assert paths_of(carriers, 9) == ("r.io/team/app/sha256:1", "r.io/team/app/sha256:2")
    known = [image("sha256:1"), image("sha256:2", pulled_on="2026-11-20")]
    page = vulnerability_of("CVE-1", carriers, known, None)
    assert [one.findings[0].digest for one in page.images] == ["sha256:2", "sha256:1"]
    assert (page.pulled, page.fixes) == (1, (("zlib", "2"),))


def test_a_source_package_is_shown_once_however_many_packages_were_made_of_it() -> None:
    carriers = Carriers(value=[carrier("sha256:1"), carrier("sha256:1")])
    (one,) = vulnerability_of("CVE-1", carriers, [], None).images
    assert [(each.package, each.version) for each in one.packages] == [("zlib", "1")]


def test_a_month_leads_to_those_beside_it_and_never_to_the_future() -> None:
    ledger = Ledger(
        month="2026-12",
        price="0.01",
        currency="USD",
        totals=[{"subscription": "one", "amount": "0.02", "billed": 2, "failed": 1}],
        value=[],
    )
    page = month_of(ledger, date(2026, 12, 31))
    assert (page.earlier, page.later) == ("2026-11", None)
    assert month_of(ledger, date(2027, 1, 1)).later == "2027-01"
    assert page.totals[0].counts == (("billed", 2), ("failed", 1))


def test_what_stands_still_is_said_first() -> None:
    nothing = Queue(waiting=0, oldest=None)
    work = Work(
        backlog=Backlog(push=nothing, rescan=nothing, inventoried=0),
        slots=Slots(total=4, reserved_for_pushes=1, taken=[]),
        overdue=0,
    )
    fine = Follower(name="billing", kind="view", lag=9, halted=[], parked=[], version=2)
    still = Follower(
        name="tags",
        kind="process",
        lag=1,
        halted=[Halted(shard=3, position=7, error=SCRIPT)],
        parked=[],
    )
    advisories = Advisories(version=1, assessed_version=1, last_run=None, sources=[])
    page = operations_of(work, [fine, still], advisories, {"b": 1, "a": 2}, manages=True)
    assert [one.name for one in page.followers] == ["tags", "billing"]
    shown = render("operations.html", visit=VISIT, page=page).decode()
    assert "needs somebody" in shown
    assert "shard 3 at 7" in shown
    assert SCRIPT not in shown


def test_an_answer_that_is_not_what_a_page_takes_it_for_is_a_mistake_of_ours() -> None:
    with pytest.raises(UnreadableAnswer, match="Score"):
        read({"max": "six"}, Score)


def test_no_template_lets_markup_through() -> None:
    for template in (Path(__file__).parents[4] / "core/pages/templates").glob("*.html"):
        text = template.read_text()
        assert "| safe" not in text
        assert "autoescape false" not in text
        assert " style=" not in text
        assert " on" + "click" not in text
