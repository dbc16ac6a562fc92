"""The API answers what makes no sense with a clear problem, and gives everything page by page."""

import re
import ssl

import pytest

from dev.stack.process import ROOT
from tests.e2e.push_to_findings.client import Answer, Client

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]

README = (ROOT / "README.md").read_text()
DIGEST = f"sha256:{'0' * 64}"
PATHS = [
    "/api/images",
    "/api/findings?cve=CVE-2024-5535",
    "/api/advisories",
    "/api/billing?month=2026-01",
    "/api/summary",
    "/api/export?format=csv",
    "/api/health",
    f"/api/images/demo.example/app/{DIGEST}",
]


def problem(answer: Answer, status: int) -> str:
    """The detail of a problem, which must be one of that status."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status, answer.json["status"]) == (status, status)
    assert answer.json["title"]
    return str(answer.json["detail"])


@pytest.mark.parametrize("limit", ["1", "4", "500"])
async def test_pages_give_every_image_exactly_once(client: Client, limit: str) -> None:
    whole = await client.ask("/api/images", limit="500")
    seen: list[object] = []
    asked = {"limit": limit}
    while True:
        answer = await client.ask("/api/images", **asked)
        assert len(answer.value) <= int(limit)
        seen += [one["links"] for one in answer.value]
        if "continuationToken" not in answer.json:
            break
        asked["continuationToken"] = str(answer.json["continuationToken"])
    assert seen == [one["links"] for one in whole.value]


@pytest.mark.parametrize(
    ("limit", "question"), [("7", {"package": "openssl"}), ("1", {"cve": "CVE-2024-5535"})]
)
async def test_pages_give_every_finding_exactly_once(
    client: Client, limit: str, question: dict[str, str]
) -> None:
    whole = await client.ask("/api/findings", **question, limit="500")
    seen: list[object] = []
    asked = {**question, "limit": limit}
    while True:
        answer = await client.ask("/api/findings", **asked)
        seen += answer.value
        if "continuationToken" not in answer.json:
            break
        asked["continuationToken"] = str(answer.json["continuationToken"])
    assert seen == list(whole.value)
    assert len(seen) > int(limit)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"repository": "demo/windows"}, {"demo/windows"}),
        ({"repository": "demo"}, set()),
        ({"tag": "ltsc2022"}, {"demo/windows"}),
        ({"health": "notapplicable", "tag": "ltsc2022"}, {"demo/windows"}),
        ({"health": "healthy", "tag": "ltsc2022"}, set()),
        ({"severity": "high", "repository": "demo/almalinux"}, {"demo/almalinux"}),
        ({"severity": "critical", "repository": "demo/almalinux"}, set()),
        ({"registry": "another.example"}, set()),
    ],
)
async def test_images_are_filtered(client: Client, asked: dict[str, str], found: set[str]) -> None:
    answer = await client.ask("/api/images", **asked)
    assert {one["repository"] for one in answer.value} == found


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("/api/images", {"health": "fine"}, "health must be one of"),
        ("/api/images", {"severity": "10"}, "severity must be one of"),
        ("/api/images", {"tag": "a b"}, "tag"),
        ("/api/images", {"limit": "0"}, "limit"),
        ("/api/images", {"limit": "501"}, "limit"),
        ("/api/images", {"limit": "²"}, "limit"),
        ("/api/images", {"limit": "9" * 5000}, "limit"),
        ("/api/images", {"colour": "red"}, "unknown parameter colour"),
        ("/api/images", {"continuationToken": "x"}, "continuationToken"),
        ("/api/images", {"continuationToken": "%00"}, "continuationToken"),
        ("/api/images", {"continuationToken": "ü"}, "continuationToken"),
        ("/api/images", {"continuationToken": "W10"}, "continuationToken"),
        ("/api/images", {"repository": "x" * 513}, "repository"),
        ("/api/images", {"repository": "'; drop table"}, ""),
        ("/api/findings", {}, "either cve or package"),
        ("/api/findings", {"cve": "a", "package": "b"}, "either cve or package"),
        ("/api/billing", {}, "month"),
        ("/api/billing", {"month": "2026-13"}, "month"),
        ("/api/summary", {"month": "2026-12"}, "unknown parameter month"),
    ],
)
async def test_what_makes_no_sense_is_a_400_that_says_why(
    client: Client, path: str, asked: dict[str, str], said: str
) -> None:
    answer = await client.ask(path, **asked)
    if said:
        assert said in problem(answer, 400)
    else:  # hostile, but a question that can be asked
        assert (answer.status, answer.value) == (200, [])


async def test_a_parameter_that_is_given_twice_is_no_riddle(client: Client) -> None:
    answer = await client.ask("/api/images?limit=1&limit=2")
    assert "limit" in problem(answer, 400)
    answer = await client.ask("/api/images?repository=demo/clean&repository=demo/windows")
    assert (answer.status, answer.value) == (200, [])


async def test_a_token_belongs_to_its_question(client: Client) -> None:
    first = await client.ask("/api/images", limit="1")
    token = str(first.json["continuationToken"])
    other = await client.ask("/api/images", limit="1", health="healthy", continuationToken=token)
    assert "another question" in problem(other, 400)


@pytest.mark.parametrize(
    "path",
    [
        f"/api/images/demo.example/app/{DIGEST}",
        f"/api/images/demo.example/app/{DIGEST}/findings",
        f"/api/images/demo.example/app/{DIGEST}/sbom",
        f"/api/images/demo.example/app/{DIGEST}/else",
        "/api/images/demo.example/app/v1",
        "/api/images/demo.example/app/sha256:123",
        f"/api/images/demo.example/../app/{DIGEST}",
        f"/api/images/demo.example/APP/{DIGEST}",
        f"/api/images/{DIGEST}",
        f"/api/images/demo.example/%2e%2e%2f/{DIGEST}",
        f"/api/images/demo.example/a%00b/{DIGEST}",
        f"/api/images/demo.example/a%ffb/{DIGEST}",
        f"/api/images/demo.example/{'a/' * 3000}{DIGEST}",
        f"/api/images/demo.example:99999/app/{DIGEST}",
        f"/api/images/demo.example/app/{DIGEST}/{DIGEST}",
        f"/api/images/demo.example/app//{DIGEST}",
        "/api/images//",
        "/api/images/%20",
    ],
)
async def test_an_image_that_is_none_is_a_404(client: Client, path: str) -> None:
    problem(await client.ask(path), 404)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_another_method_is_a_405_that_says_which_are_allowed(
    client: Client, path: str, method: str
) -> None:
    answer = await client.ask(path, method=method)
    problem(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/api/health"])
@pytest.mark.parametrize("token", ["", "wrong"])
async def test_without_a_token_nothing_is_said(client: Client, path: str, token: str) -> None:
    answer = await client.ask(path, token=token)
    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("question", re.findall(r"^\| `GET (\S+)`", README, re.MULTILINE))
async def test_the_readmes_questions_are_answered(client: Client, question: str) -> None:
    [alpine] = (await client.images("demo/alpine")).values()
    name = f"{client.stack.registry}/demo/alpine/{alpine['digest']}"
    question = question.replace("{image}", name)
    answer = await client.ask(question.replace("{subscription}", client.stack.subscription))
    assert answer.status == 200
    assert answer.json


async def test_a_sheet_of_all_findings_is_had_by_following_links(client: Client) -> None:
    whole = await client.ask("/api/export", format="csv", limit="500")
    assert whole.headers["Content-Type"].startswith("text/csv")
    path, pages = "/api/export?format=csv&limit=1", b""
    while path:
        answer = await client.ask(path)
        assert answer.status == 200
        pages += answer.body
        path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]
    assert "Link" not in whole.headers
    assert pages == whole.body
    assert pages.count(b"\r\n") > 1


async def test_the_api_speaks_https_with_its_own_authority(client: Client) -> None:
    stack = client.stack
    trusted = ssl.create_default_context(cafile=stack.ca)
    url = f"{stack.https}/api/images"
    async with client.session.get(url, headers=stack.headers(), ssl=trusted) as response:
        assert response.status == 200
