"""The command's lists, rules and numbers: what they ask, what people see, what programs read."""

from pathlib import Path

import httpx
import pytest

from cli.exits import Exit
from tests.support.commands import Service, saying

DIGEST = f"sha256:{'a' * 64}"
SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
IMAGE = {
    "registry": "demo.azurecr.io",
    "repository": "team/app",
    "digest": DIGEST,
    "tags": ["v1", "v2"],
    "health": "Unhealthy",
    "freshness": "Current",
    "severities": {"critical": 1, "high": 0, "medium": 2, "low": 0, "negligible": 0, "unknown": 0},
    "pushedAt": "2026-11-22T08:30:00.000000Z",
    "scan": {"stage": "completed", "completedAt": "2026-11-22T08:31:00.000000Z"},
    "timeline": [{"at": "2026-11-22T08:30:00.000000Z", "event": "ImagePushed"}],
}
PATH = f"/api/images/demo.azurecr.io/team/app/{DIGEST}"


def asked(service: Service) -> list[str]:
    return [one.url.raw_path.decode() for one in service.asked]


def test_images_are_listed_page_by_page_as_many_as_are_wanted() -> None:
    service = saying({"value": [IMAGE], "continuationToken": "t"}, {"value": [IMAGE]})
    ran = service.run("images", "list", "--health", "unhealthy", "--severity", "high")
    assert asked(service) == [
        "/api/images?health=unhealthy&severity=high&limit=100",
        "/api/images?health=unhealthy&severity=high&limit=100&continuationToken=t",
    ]
    lines = ran.out.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("demo.azurecr.io/team/app@sha256:aaaaaaaaaaaa  v1 v2  Unhealthy")
    few = saying({"value": [IMAGE, IMAGE], "continuationToken": "t"})
    assert few.run("images", "list", "--limit", "2", "--json").json() == [IMAGE, IMAGE]
    assert len(few.asked) == 1


def test_an_image_is_found_by_its_tag_and_shown_with_its_timeline() -> None:
    service = saying({"value": [IMAGE]}, IMAGE)
    ran = service.run("images", "show", "demo.azurecr.io/team/app:v1")
    assert asked(service) == [
        "/api/images?registry=demo.azurecr.io&repository=team%2Fapp&tag=v1&limit=2",
        PATH,
    ]
    assert "Findings   1 critical, 2 medium" in ran.out
    assert "ImagePushed" in ran.out


def test_a_tag_that_no_image_has_is_told() -> None:
    ran = saying({"value": []}).run("images", "show", "demo.azurecr.io/team/app:v9")
    assert (ran.code, ran.out) == (Exit.UNKNOWN, "")
    assert "no image has the tag v9" in ran.err


@pytest.mark.parametrize("image", ["app", "team/app", "demo.azurecr.io/app", "a/:v1", ""])
def test_what_is_no_image_is_refused_before_anybody_is_asked(image: str) -> None:
    service = saying({})
    assert service.run("scan", image).code == Exit.USAGE
    assert service.asked == []


def test_findings_are_those_of_an_image_or_of_a_vulnerability() -> None:
    service = saying({"value": []})
    image = f"demo.azurecr.io/team/app@{DIGEST}"
    service.run("findings", image, "--patchable", "--severity", "high", "--disabled")
    service.run("findings", "--cve", "CVE-2026-1", "--limit", "7")
    assert asked(service) == [
        f"{PATH}/findings?disabled=true&severity=high&patchable=true&limit=500",
        "/api/findings?cve=CVE-2026-1&limit=7",
    ]
    assert service.run("findings").code == Exit.USAGE
    assert service.run("findings", image, "--cve", "CVE-2026-1").code == Exit.USAGE


def test_a_scan_is_asked_for() -> None:
    service = saying({"scan": {"id": "scan-1", "stage": "waiting"}, "news": True})
    ran = service.run("scan", f"demo.azurecr.io/team/app@{DIGEST}")
    assert (asked(service), service.asked[0].method) == ([f"{PATH}/scan"], "POST")
    assert "waiting" in ran.out


def test_rules_are_listed_and_shown() -> None:
    rule = {"id": "vex", "subscription": SUBSCRIPTION, "author": "ada", "criteria": {"a": ["b"]}}
    service = saying({"value": [rule]})
    assert "vex" in service.run("rules", "list").out
    service = saying(rule)
    assert (
        service.run("rules", "show", "a/b", "--subscription", SUBSCRIPTION, "--json").json() == rule
    )
    assert asked(service) == [f"/api/rules/a/b?subscription={SUBSCRIPTION}"]


def test_a_file_of_rules_is_sent_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text('{"rules": []}')
    service = saying({"dryRun": True, "added": ["one", "two"], "removed": []})
    ran = service.run("rules", "apply", str(file), "--subscription", SUBSCRIPTION, "--dry-run")
    assert asked(service) == [f"/api/rules/apply?subscription={SUBSCRIPTION}&dryRun=true"]
    assert service.bodies() == [{"rules": []}]
    assert "added" in ran.out
    assert "one two" in ran.out
    assert service.run("rules", "preview", str(file), "--subscription", SUBSCRIPTION).code == 0
    missing = service.run("rules", "apply", str(tmp_path / "no"), "--subscription", SUBSCRIPTION)
    assert missing.code == Exit.USAGE


def test_the_ledger_is_a_table_a_sheet_or_json() -> None:
    line = {"at": "2026-11-01", "digest": DIGEST, "reason": "billed", "price": "0.01"}
    service = saying({"value": [line]})
    assert "billed" in service.run("billing", "--month", "2026-11").out
    assert service.run("billing", "--json").json() == [line]
    service.run("billing", "--month", "2026-11", "--csv")
    assert asked(service)[-1] == "/api/billing?month=2026-11&format=csv"


def test_the_score_and_the_summary_are_shown_at_any_moment() -> None:
    part = {"current": 4.5, "max": 6, "healthy": 3, "unhealthy": 1, "notApplicable": 0}
    nothing = {"registry": "empty.azurecr.io", "current": None, "max": 6}
    scored = {**part, "subscriptions": [{**part, "subscription": "s", "registries": [nothing]}]}
    service = saying(scored)
    ran = service.run("score", "--as-of", "2026-11-22T08:30:00Z")
    assert "4.5 of 6" in ran.out
    assert "none" in ran.out
    assert asked(service) == ["/api/score?asOf=2026-11-22T08%3A30%3A00Z"]
    counted = {"images": 4, "health": {"Healthy": 3}, "findings": {"critical": 2}, "waiting": 0}
    assert "Critical  2" in saying(counted).run("summary").out


@pytest.mark.parametrize(
    "content", ['[{"id": "X-1"}, {"id": "X-2"}]', '{"id": "X-1"}\n{"id": "X-2"}\n']
)
def test_records_of_a_file_are_sent_however_they_stand_in_it(content: str, tmp_path: Path) -> None:
    file = tmp_path / "records"
    file.write_text(content)
    finding = {"severity": "High", "id": "X-1", "package": "zlib", "version": "1.2"}
    service = saying({"images": 3, "value": [finding]})
    ran = service.run("whatif", str(file))
    assert service.bodies() == [[{"id": "X-1"}, {"id": "X-2"}]]
    assert "zlib" in ran.out
    assert "3 images" in ran.err
    file.write_text("no JSON")
    assert service.run("whatif", str(file)).code == Exit.USAGE
    assert service.run("whatif", str(tmp_path / "missing")).code == Exit.USAGE


def test_a_terminal_has_colours_and_a_file_has_none() -> None:
    service = saying({"value": [IMAGE]})
    assert "\x1b[" in service.run("images", "list", terminal=True).out
    assert "\x1b[" not in service.run("images", "list").out


def test_nobody_signs_in_where_everybody_can_listen() -> None:
    service = saying({"value": []})
    for url in (
        "http://app.test",
        "ftp://app.test",
        "app.test",
        "http://localhost.evil.test:80",
        "http://[",
        "http://localhost@evil.test",
    ):
        assert service.run("images", "list", url=url).code == Exit.USAGE
    assert service.asked == []
    for url in ("http://127.0.0.1:7071", "http://localhost:7071", "https://app.test/"):
        assert service.run("images", "list", url=url).code == Exit.DONE


def test_a_function_key_signs_in_where_a_setting_allows_it() -> None:
    service = saying({"value": []})
    address = ["--url", "https://app.test", "--key", "k"]
    assert service.plain(*address, "images", "list").code == Exit.DONE
    (request,) = service.asked
    assert request.headers["x-functions-key"] == "k"
    assert service.plain("images", "list").code == Exit.USAGE


@pytest.mark.parametrize("content", ["", "[]", "<html>", '{"value": 1}'])
def test_an_answer_of_another_shape_is_no_crash(content: str) -> None:
    service = Service(lambda _: httpx.Response(200, text=content))
    assert service.run("images", "list").code in (Exit.DONE, Exit.SERVICE)
    assert service.run("score").code in (Exit.DONE, Exit.SERVICE)
    assert service.run("gate", "demo.azurecr.io/app:v1").code in (Exit.UNKNOWN, Exit.SERVICE)
