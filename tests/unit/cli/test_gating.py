"""`pratique gate`: the exit code is the answer, and what is not known yet is waited for."""

import httpx
import pytest

from cli.exits import Exit
from tests.support.commands import Service, saying

IMAGE = "demo.azurecr.io/team/app:v1"
DIGEST = f"sha256:{'a' * 64}"


def answer(
    verdict: str, *codes: str, assessed: bool = False, retry: int | None = None
) -> dict[str, object]:
    """What the service says."""
    finding = {
        "severity": "High",
        "id": "CVE-2026-1",
        "package": "zlib",
        "version": "1.2",
        "fixed": "1.3",
        "digest": DIGEST,
        "platform": None,
        "purl": "pkg:deb/debian/zlib@1.2",
    }
    findings = [finding] if "findings" in codes else []
    return {
        "image": {
            "registry": "demo.azurecr.io",
            "repository": "team/app",
            "tag": "v1",
            "digest": DIGEST,
        },
        "verdict": verdict,
        "assessed": assessed,
        "health": "Unhealthy",
        "freshness": "Current",
        "reasons": [{"code": one, "message": f"It is {one}", "digest": DIGEST} for one in codes],
        "findings": findings,
        "total": len(findings),
        "overlooked": {"belowSeverity": 0, "unfixed": 0, "disabled": []},
        "retryAfter": retry,
    }


PASS = answer("pass", assessed=True)
FAIL = answer("fail", "findings", assessed=True)
PENDING = answer("pending", "unscanned", retry=7)
UNSCANNED = answer("fail", "unscanned")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (PASS, Exit.DONE),
        (answer("pass", "unscanned"), Exit.DONE),
        (FAIL, Exit.FAILS),
        (UNSCANNED, Exit.UNKNOWN),
        (PENDING, Exit.UNKNOWN),
        (400, Exit.USAGE),
        (404, Exit.UNKNOWN),
        (401, Exit.SERVICE),
        (403, Exit.SERVICE),
        (429, Exit.SERVICE),
        (500, Exit.SERVICE),
        (503, Exit.SERVICE),
    ],
)
def test_each_answer_has_its_exit_code(said: object, code: Exit) -> None:
    assert saying(said).run("gate", IMAGE).code == code


def test_what_is_asked_is_what_was_typed() -> None:
    service = saying(PASS)
    service.run("gate", IMAGE, "--fail-on", "critical", "--ignore-unfixed")
    assert service.bodies() == [{"image": IMAGE, "failOn": "critical", "ignoreUnfixed": True}]
    (request,) = service.asked
    assert request.headers["authorization"] == "Bearer secret"
    assert str(request.url) == "https://app.test/api/gate"


def test_a_pending_answer_is_asked_for_again_until_there_is_one() -> None:
    service = saying(PENDING, PENDING, FAIL)
    assert service.run("gate", IMAGE, "--wait", "120").code == Exit.FAILS
    assert service.slept == [7.0, 7.0]


def test_waiting_ends_in_time() -> None:
    service = saying(PENDING)
    assert service.run("gate", IMAGE, "--wait", "10").code == Exit.UNKNOWN
    assert service.slept == [7.0, 3.0]


def test_an_outage_is_waited_out_while_there_is_time() -> None:
    assert saying(503, 503, PASS).run("gate", IMAGE, "--wait", "60").code == Exit.DONE
    assert saying(503, PASS).run("gate", IMAGE).code == Exit.SERVICE
    assert saying(403, PASS).run("gate", IMAGE, "--wait", "60").code == Exit.SERVICE


def test_a_service_that_does_not_answer_is_told_of() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    ran = Service(refuse).run("gate", IMAGE)
    assert ran.code == Exit.SERVICE
    assert "https://app.test does not answer" in ran.err


def test_what_is_allowed_counts_only_when_time_is_up() -> None:
    service = saying(PENDING, PENDING, answer("pass", "unscanned"))
    arguments = ("gate", IMAGE, "--wait", "7", "--allow", "unscanned", "--allow", "failed")
    assert service.run(*arguments).code == Exit.DONE
    asked = [dict(one).get("allow") for one in service.bodies() if isinstance(one, dict)]
    assert asked == [None, None, ["unscanned", "failed"]]


def test_a_scan_is_asked_for_once_and_waited_for() -> None:
    service = saying(UNSCANNED, {"scan": {"id": "x"}}, PENDING, PASS)
    assert service.run("gate", IMAGE, "--scan", "--wait", "60").code == Exit.DONE
    paths = [one.url.path for one in service.asked]
    scan = f"/api/images/demo.azurecr.io/team/app/{DIGEST}/scan"
    assert paths == ["/api/gate", scan, "/api/gate", "/api/gate"]


def test_a_scan_that_may_not_be_asked_for_is_not_waited_for() -> None:
    service = saying(UNSCANNED, 403)
    ran = service.run("gate", IMAGE, "--scan", "--wait", "60")
    assert (ran.code, service.slept) == (Exit.UNKNOWN, [])
    assert "no scan" in ran.err


def test_people_read_what_stops_it_and_what_to_upgrade() -> None:
    assert saying(FAIL).run("gate", IMAGE).out == (
        f"demo.azurecr.io/team/app:v1@{DIGEST}\n"
        "Verdict    fail\n"
        "Health     Unhealthy\n"
        "Freshness  Current\n"
        "- It is findings\n"
        "\n"
        "Severity  Vulnerability  Package  Version  Fixed in\n"
        "High      CVE-2026-1     zlib     1.2      1.3\n"
    )


def test_programs_read_the_answer_itself() -> None:
    ran = saying(FAIL).run("gate", IMAGE, "--json")
    assert (ran.json(), ran.code) == (FAIL, Exit.FAILS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("gate",),
        ("gate", IMAGE, "--fail-on", "awful"),
        ("gate", IMAGE, "--wait", "-1"),
        ("gate", IMAGE, "--allow", "everything"),
        ("gait", IMAGE),
    ],
)
def test_a_command_that_makes_no_sense_asks_nothing(arguments: tuple[str, ...]) -> None:
    service = saying(PASS)
    assert service.run(*arguments).code == Exit.USAGE
    assert service.asked == []
