"""What makes no sense is told so: a problem below 500, whatever was asked of whichever route."""

import json
from collections.abc import Mapping

import azure.functions as func
import pytest

import function_app
from core.access.roles import Role
from functions import bootstrap
from functions.guard import LARGEST_BODY
from functions.routes import ROUTES, Handler
from tests.support.access import signed_in, stand_guard
from tests.support.desk import ZLIB, Desk, compiled, desk
from tests.support.samples import REGISTRY, digest

assert function_app.app is not None, "it registers every route"

NOTHING: Mapping[str, str] = {}
OURS = sorted(one.name for one in ROUTES.values() if not one.path.startswith("/"))
READING = [name for name in OURS if "GET" in ROUTES[name].needs]
LONG = "a" * 7000
MODULES = [one for one in vars(function_app).values() if hasattr(one, "blueprint")]
HANDLERS: dict[str, Handler] = {
    name: value for one in MODULES for name, value in vars(one).items() if name in ROUTES
}


@pytest.fixture(scope="module")
async def empty(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The app over memory, with nothing in it."""
    return await desk(compiled(tmp_path_factory.mktemp("advisories"), ZLIB))


@pytest.fixture(autouse=True)
def _here(empty: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_services", [empty.app.services])
    stand_guard(monkeypatch)


async def send(
    name: str,
    *,
    method: str = "GET",
    path: str = "",
    params: Mapping[str, str] = NOTHING,
    body: bytes = b"",
    headers: Mapping[str, str] = NOTHING,
) -> func.HttpResponse:
    """A request of an administrator to that route."""
    request = func.HttpRequest(
        method=method,
        url=f"https://app.example/api/{ROUTES[name].path}",
        headers={**signed_in(Role.ADMINISTRATOR), **headers},
        params=params,
        route_params=dict.fromkeys(("path", "name", "rule", "subscription"), path),
        body=body,
    )
    return await HANDLERS[name](request)


def refused(response: func.HttpResponse) -> None:
    """It is a problem of the asker's, and says so in words."""
    assert 400 <= response.status_code < 500, response.get_body()
    told = json.loads(response.get_body())
    if "error" in told:
        assert told["error"]["message"]
    else:
        assert response.mimetype == "application/problem+json"
        assert told["status"] == response.status_code
        assert told["detail"]


@pytest.mark.parametrize("name", READING)
async def test_a_question_that_nobody_knows_is_refused(name: str) -> None:
    refused(await send(name, path="nothing", params={"nope": "1"}))


@pytest.mark.parametrize("name", OURS)
async def test_a_method_that_is_not_there_is_refused(name: str) -> None:
    response = await send(name, method="PATCH")
    refused(response)
    assert response.status_code == 405


@pytest.mark.parametrize("name", OURS)
async def test_a_body_without_end_is_refused(name: str) -> None:
    method = next(iter(ROUTES[name].needs))
    response = await send(name, method=method, body=b"[" * (LARGEST_BODY + 1), path="nothing")
    assert response.status_code in (405, 413)
    refused(response)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 10_000, b"\xff\xfe", b"null", b'{"nope": 1}'])
@pytest.mark.parametrize(
    ("name", "method"),
    [
        (name, method)
        for name in OURS
        for method in ROUTES[name].needs
        if method in ("PUT", "POST") and name not in ("registry_sweep", "image_one")
    ],
)
async def test_a_body_that_says_nothing_is_refused(name: str, method: str, body: bytes) -> None:
    refused(await send(name, method=method, body=body, path="nothing"))


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "application/json;q=0", "image/*, text/plain"]
)
@pytest.mark.parametrize("name", [name for name in READING if ROUTES[name].serves])
async def test_what_is_not_served_is_refused(name: str, accept: str) -> None:
    response = await send(name, headers={"Accept": accept}, path="nothing")
    assert response.status_code == 406
    refused(response)


@pytest.mark.parametrize(
    "accept",
    ["", "*/*", "application/*", "application/json", "text/html, */*;q=0.8", ";;;,q=,*/*"],
)
async def test_what_is_served_is_given(accept: str) -> None:
    response = await send("summary", headers={"Accept": accept} if accept else {})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../../etc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
        f"{REGISTRY}/../{digest(1)}",
        f"{REGISTRY}/team%2Fapp/{digest(1)}",
        f"{REGISTRY}/team\\app/{digest(1)}",
        f"{REGISTRY}/team/app/{digest(1)}/..",
        f"{REGISTRY}/team/app/{digest(1)}/scan/..",
        f"{REGISTRY}//app/{digest(1)}",
        f"{REGISTRY}/team/app/sha256:zz",
        f"{REGISTRY}/{LONG}/{digest(1)}",
        f"{REGISTRY}/team/app/{digest(1)}\x00",
        f"{REGISTRY}/te\u0430m/app/{digest(1)}",
        "\udcff",
        "",
        "//",
        LONG,
    ],
    ids=range(17),
)
@pytest.mark.parametrize("name", ["image_one", "security", "rules_one", "plan_one"])
async def test_a_path_that_leads_nowhere_is_refused(name: str, path: str) -> None:
    refused(await send(name, path=path))


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "1e9"},
        {"limit": "9" * 5000},
        {"continuationToken": "x"},
        {"continuationToken": "e30"},
        {"continuationToken": "[" * 3000},
        {"continuationToken": "\u00e9"},
        {"asOf": "tomorrow"},
        {"asOf": "2999-01-01T00:00:00Z"},
        {"asOf": "2026-01-01"},
        {"asOf": "0000-00-00T00:00:00Z"},
        {"health": "unwell"},
        {"severity": "\x00"},
    ],
    ids=range(14),
)
@pytest.mark.parametrize("name", ["image_list", "finding_list", "export"])
async def test_a_question_that_makes_no_sense_is_refused(
    name: str, params: Mapping[str, str]
) -> None:
    more = {"cve": "CVE-2026-1"} if name == "finding_list" else {}
    refused(await send(name, params={**params, **more}))
