"""The end of the demo says what was found, and what was looked at and found clean."""

import io
import re
import shlex
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from core.domain.values import Health, Severity
from dev.demo import report
from dev.demo.api import Finding, Findings
from dev.demo.journey import Journey
from dev.stack.background import RUN
from tests.unit.dev.demo.shapes import arrived, child, image


def seen(name: str, **about: object) -> Journey:
    journey = arrived(name, None)
    journey.see([image(**about)], 11.5)  # type: ignore[arg-type]
    return journey


def printed(what: RenderableType, width: int = 120) -> str:
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(what)
    return out.getvalue()


def rows(text: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if line.strip()]


def test_the_table_has_a_row_for_each_image_with_its_counts() -> None:
    journeys = [
        seen("Bad", health=Health.UNHEALTHY, critical=2, medium=11),
        seen("Good"),
        seen("Other", health=Health.NOT_APPLICABLE, cause="windows"),
    ]
    head, _, *body = rows(printed(report.verdicts(journeys, width=120)))
    severities = ["Critical", "High", "Medium", "Low", "Negligible"]
    assert head == ["Image", "Health", *severities, "Seconds"]
    assert body == [
        ["Bad", "Unhealthy", "2", "0", "11", "0", "0", "1.5"],
        ["Good", "Healthy", "0", "0", "0", "0", "0", "1.5"],
        ["Other", "NotApplicable (windows)", "-", "-", "-", "-", "-", "1.5"],
    ]


def test_unknown_severities_get_a_column_where_there_are_some() -> None:
    text = printed(report.verdicts([seen("A", health=Health.UNHEALTHY, unknown=3)], width=120))
    assert "Unknown" in text


def test_an_image_that_never_arrived_has_neither_counts_nor_seconds() -> None:
    *_, row = rows(printed(report.verdicts([arrived("Lost")], width=120)))
    assert row == ["Lost", "unknown to the API", "-", "-", "-", "-", "-"]


@pytest.mark.parametrize("width", [80, report.WIDE])
def test_the_table_fits_its_terminal(width: int) -> None:
    journey = seen("Two architectures", health=Health.NOT_APPLICABLE, cause="windows")
    text = printed(report.verdicts([journey], width=width), width)
    assert "Two architectures" in text
    assert "NotApplicable (windows)" in text
    assert max(map(len, text.splitlines())) <= width


def test_an_index_is_shown_by_its_images() -> None:
    children = [
        child("1", Health.UNHEALTHY, critical=2, low=1),
        child("2", Health.HEALTHY, platform="linux/arm64"),
    ]
    line = report.children(seen("Both", health=Health.UNHEALTHY, children=children))
    assert line.plain == (
        "Both is an index: linux/amd64 Unhealthy (2 Critical, 1 Low) · linux/arm64 Healthy"
    )


def test_an_index_and_what_is_not_applicable_are_not_billed() -> None:
    children = [child("1", Health.UNHEALTHY), child("2", Health.NOT_APPLICABLE)]
    journeys = [
        seen("Both", digest="d", health=Health.UNHEALTHY, children=children),
        seen("Not", digest="d", health=Health.NOT_APPLICABLE),
    ]
    assert report.assessed(journeys) == {"1"}
    assert "2026-11: 1 digest," in report.billed(journeys, {"1", "d", "else"}, "2026-11").plain


def finding(number: int = 1, **about: str | None) -> Finding:
    values: dict[str, str | None] = {"package": "p", "version": "1", "fixed": "2", **about}
    return Finding(
        id=f"CVE-2026-{number}",
        severity=Severity.HIGH,
        package=str(values["package"]),
        version=str(values["version"]),
        fixed=values["fixed"],
        summary="[blink]Sum\x1b[0mmary[/blink]",
    )


def test_findings_are_listed_worst_first_and_once_for_each_package() -> None:
    three = Findings(value=[finding(1), finding(1), finding(2, fixed=None)], total=3)
    _, _, *body = rows(printed(report.worst(three)))
    shown = ["[blink]Sum�[0mmary[/blink]"]
    assert body == [
        ["High", "CVE-2026-1", "p", "1", "2", *shown],
        ["High", "CVE-2026-2", "p", "1", "no fix known", *shown],
    ]


def test_the_list_of_findings_says_when_it_is_cut() -> None:
    many = Findings(value=[finding(number) for number in range(30)], total=300)
    text = printed(report.worst(many))
    assert text.count("CVE-") == report.TOP
    assert "The first of 300" in text


def test_a_long_summary_is_cut_and_breaks_no_row() -> None:
    one = Findings(value=[finding(version="1:1.2.11.dfsg-2+deb11u12345678901234567890")], total=1)
    assert len(rows(printed(report.worst(one), 80))) == 3


def test_commands_are_quoted_for_a_shell() -> None:
    path = "/api/images?a=b&c=`d`"
    assign, command = report.commands("http://127.0.0.1:1", RUN, [path])
    assert assign == "TOKEN=$(.venv/bin/python -m dev token)"
    elsewhere, _ = report.commands("http://127.0.0.1:1", Path("/a b"), [path])
    assert elsewhere == "TOKEN=$(.venv/bin/python -m dev token --run '/a b')"
    header = "Authorization: Bearer $TOKEN"
    assert shlex.split(command) == ["curl", "-sS", "-H", header, f"http://127.0.0.1:1{path}"]
