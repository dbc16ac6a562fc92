"""Nobody passes the guard by default, and who is kept out is told why in a problem."""

import base64
import json
from collections.abc import Mapping

import azure.functions as func
import pytest

from core.access.keyholders import KEY_HOLDER
from core.access.roles import Role
from core.errors import ConfigurationError, KeysUnavailable
from functions import bootstrap
from functions.access_settings import read_access_settings
from functions.browsers import keeping
from functions.callers import caller, scope_of
from functions.composition.access import build_doorman
from functions.guard import LARGEST_BODY, LONGEST_URL
from functions.problems import cloud_error
from functions.routes import ANYBODY, Handler, route
from functions.sending import SAFE
from functions.showing import POLICY
from tests.support.access import URL, issuer, signed_in, stand_guard

TEAM = '[{"who": "team", "registry": "demo.azurecr.io", "repository": "team/*"}]'
NO_HEADERS: Mapping[str, str] = {}


async def whoami(request: func.HttpRequest) -> func.HttpResponse:
    """Tells who asks."""
    told = {"name": caller(request), "whole": scope_of(request).whole}
    return func.HttpResponse(json.dumps(told), mimetype="application/json")


async def page(request: func.HttpRequest) -> func.HttpResponse:
    """A web page, with a policy of its own."""
    return func.HttpResponse("<p>", headers={"Content-Security-Policy": POLICY})


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The routes of these tests are none of the app's, and have a guard of their own."""
    stand_guard(monkeypatch)
    monkeypatch.setattr("functions.routes.ROUTES", {})


def reading(handler: Handler = whoami, *, scoped: bool = False) -> Handler:
    return route(func.Blueprint(), "x", "x", scoped=scoped, get=Role.READER)(handler)


def writing() -> Handler:
    return route(func.Blueprint(), "x", "x", post=Role.ADMINISTRATOR)(whoami)


async def send(
    handler: Handler,
    headers: Mapping[str, str] = NO_HEADERS,
    *,
    method: str = "GET",
    url: str = "http://localhost/api/x",
    body: bytes = b"",
) -> func.HttpResponse:
    return await handler(func.HttpRequest(method=method, url=url, headers=headers, body=body))


def problem(response: func.HttpResponse) -> str:
    """What a problem says."""
    assert response.mimetype == "application/problem+json"
    told = json.loads(response.get_body())
    assert told["status"] == response.status_code
    return str(told["detail"])


async def test_whoever_has_the_role_is_known_by_name() -> None:
    response = await send(reading(), signed_in(Role.READER))
    told = json.loads(response.get_body())
    assert told["name"].startswith("developer@localhost (")
    assert told["whole"]


async def test_a_stranger_is_told_to_sign_in_and_nothing_else() -> None:
    response = await send(reading())
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in problem(response)


@pytest.mark.parametrize("role", [Role.READER, None])
async def test_who_lacks_the_role_is_told_which(role: Role | None) -> None:
    response = await send(writing(), signed_in(role), method="POST")
    assert response.status_code == 403
    assert "Pratique." in problem(response)


async def test_a_scope_keeps_out_of_what_does_not_honour_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_guard(monkeypatch, PRATIQUE_SCOPES=TEAM)
    headers = {"Authorization": f"Bearer {issuer().token(Role.READER, groups=['team'])}"}
    assert (await send(reading(), headers)).status_code == 403
    within = await send(reading(scoped=True), headers)
    assert json.loads(within.get_body())["whole"] is False
    assert (await send(reading(), signed_in(Role.ADMINISTRATOR))).status_code == 200


async def test_a_header_of_the_platforms_is_worth_nothing_unless_a_setting_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claims = [
        {"typ": "tid", "val": "00000000-0000-4000-8000-00000000aaaa"},
        {"typ": "oid", "val": "ada's"},
        {"typ": "roles", "val": Role.ADMINISTRATOR},
    ]
    told = json.dumps({"claims": claims}).encode()
    headers = {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(told).decode()}
    assert (await send(reading(), headers)).status_code == 401
    stand_guard(monkeypatch, PRATIQUE_SIGN_IN="platform")
    assert (await send(reading(), headers)).status_code == 200
    assert (await send(reading(), signed_in())).status_code == 401


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("tokens", "PRATIQUE_TENANT"),
        ("tokens", "PRATIQUE_AUDIENCE"),
        ("platform", "PRATIQUE_TENANT"),
    ],
)
async def test_without_the_settings_nobody_can_sign_in(
    monkeypatch: pytest.MonkeyPatch, kind: str, missing: str
) -> None:
    stand_guard(monkeypatch, PRATIQUE_SIGN_IN=kind, **{missing: ""})
    response = await send(reading(), signed_in())
    assert response.status_code == 401
    assert "PRATIQUE_TENANT" in problem(response)


async def test_function_keys_will_do_only_where_a_setting_says_so_and_the_host_asks_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert bootstrap.host_level() is func.AuthLevel.ANONYMOUS
    monkeypatch.setenv("PRATIQUE_SIGN_IN", "keys")
    assert bootstrap.host_level() is func.AuthLevel.FUNCTION
    stand_guard(monkeypatch, PRATIQUE_SIGN_IN="keys")
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ADMIN)
    blueprint = func.Blueprint()
    handler = route(blueprint, "one", "one", post=Role.ADMINISTRATOR)(whoami)
    route(blueprint, "alive", "alive", get=ANYBODY)(page)
    app.register_functions(blueprint)
    levels = {
        one.get_function_name(): one.get_bindings()[0].get_dict_repr()["authLevel"].value
        for one in app.get_functions()
    }
    assert levels == {"one": "function", "alive": "anonymous"}
    response = await send(handler, method="POST")
    assert json.loads(response.get_body())["name"] == KEY_HOLDER


async def test_who_asks_too_often_is_told_when_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_guard(monkeypatch, PRATIQUE_REQUESTS_PER_MINUTE="2")
    handler = reading()
    assert [(await send(handler, signed_in())).status_code for _ in range(3)] == [200, 200, 429]
    response = await send(handler, signed_in())
    assert 0 < int(response.headers["Retry-After"]) <= 30
    assert "too often" in problem(response)
    other = {"Authorization": f"Bearer {issuer().token(name='another')}"}
    assert (await send(handler, other)).status_code == 200


async def test_what_is_open_is_not_open_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_guard(monkeypatch, PRATIQUE_REQUESTS_PER_MINUTE="2")
    handler = route(func.Blueprint(), "alive", "alive", get=ANYBODY)(page)
    assert [(await send(handler)).status_code for _ in range(3)] == [200, 200, 429]


async def test_while_keys_are_not_to_be_had_nobody_is_let_in_and_may_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def silent(url: str) -> bytes:
        raise KeysUnavailable("no answer")

    settings = read_access_settings(
        {
            "PRATIQUE_TENANT": "00000000-0000-4000-8000-00000000aaaa",
            "PRATIQUE_AUDIENCE": "x",
            "PRATIQUE_AUTHORITY": URL,
        }
    )
    monkeypatch.setattr(bootstrap, "_doormen", [build_doorman(settings, silent)])
    response = await send(reading(), signed_in())
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


async def test_a_setting_that_makes_no_sense_lets_nobody_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "_doormen", [])
    monkeypatch.setenv("PRATIQUE_SIGN_IN", "anyhow")
    response = await send(reading(), signed_in())
    assert response.status_code == 500
    assert "ConfigurationError" in problem(response)


@pytest.mark.parametrize(
    ("url", "body", "status"),
    [
        (f"http://localhost/api/x?{'a' * LONGEST_URL}", b"", 414),
        ("http://localhost/api/x", b"a" * (LARGEST_BODY + 1), 413),
        ("http://localhost/api/x", b"a" * LARGEST_BODY, 200),
    ],
    ids=["address", "body", "as large as may be"],
)
async def test_what_is_too_large_is_not_looked_at(url: str, body: bytes, status: int) -> None:
    response = await send(writing(), signed_in(), method="POST", url=url, body=body)
    assert response.status_code == status


async def test_every_response_says_what_a_browser_may_do_with_it() -> None:
    for handler, headers in ((reading(), signed_in()), (reading(), NO_HEADERS), (writing(), {})):
        response = await send(handler, headers)
        assert {name: response.headers[name] for name in SAFE} == SAFE
    shown = await send(reading(page), signed_in())
    assert shown.headers["Content-Security-Policy"] == POLICY
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


async def test_errors_are_told_as_the_routes_clients_read_them() -> None:
    azure = route(func.Blueprint(), "x", "x", failing=cloud_error, get=Role.READER)(whoami)
    assert json.loads((await send(azure)).get_body())["error"]["code"] == "Unauthorized"


async def test_nobody_who_was_not_let_in_has_a_name() -> None:
    with pytest.raises(KeyError):
        caller(func.HttpRequest(method="GET", url="http://localhost/api/x", body=b""))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRATIQUE_SIGN_IN", "none"),
        ("PRATIQUE_TENANT", "common"),
        ("PRATIQUE_TENANT", "contoso.onmicrosoft.com"),
        ("PRATIQUE_AUTHORITY", "https://login.example"),
        ("PRATIQUE_AUTHORITY", "http://127.0.0.1.example:80"),
        ("PRATIQUE_SCOPES", "{}"),
        ("PRATIQUE_SCOPES", '[{"who": ""}]'),
        ("PRATIQUE_SCOPES", '[{"who": "a", "repo": "b"}]'),
        ("PRATIQUE_SCOPES", '[{"who": "a", "registry": "[a]"}]'),
        ("PRATIQUE_REQUESTS_PER_MINUTE", "0"),
        ("PRATIQUE_REQUESTS_PER_MINUTE", "\u0661"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        read_access_settings({name: value})


@pytest.mark.parametrize("cloud", ["public", "usgovernment", "china"])
def test_each_cloud_has_issuers_of_its_own(cloud: str) -> None:
    tenant = "00000000-0000-4000-8000-00000000aaaa"
    settings = read_access_settings({"PRATIQUE_CLOUD": cloud, "PRATIQUE_TENANT": tenant})
    assert len(settings.issuers) == 2
    assert all(one.startswith("https://") and tenant in one for one in settings.issuers)
    assert (".cn/" in settings.metadata) == (cloud == "china")


def test_a_client_id_stands_for_its_uri_too() -> None:
    name = "00000000-0000-4000-8000-00000000bbbb"
    settings = read_access_settings({"PRATIQUE_AUDIENCE": f"{name}, api://other"})
    assert settings.audiences == (name, f"api://{name}", "api://other")


def cookie(**more: str) -> Mapping[str, str]:
    """What a browser sends that keeps an administrator's token."""
    kept = keeping(issuer().token(Role.ADMINISTRATOR), seconds=60)
    assert {"HttpOnly", "Secure", "SameSite=Strict"} <= set(kept.split("; "))
    return {"Cookie": f"theme=dark; {kept.partition(';')[0]}", **more}


async def test_a_browser_shows_its_token_in_a_cookie() -> None:
    assert (await send(reading(), cookie())).status_code == 200
    assert (await send(reading(), cookie(Authorization="Bearer x"))).status_code == 401


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("same-site", 401), ("cross-site", 401), ("", 401)]
)
async def test_another_site_changes_nothing_by_a_browsers_cookie(site: str, status: int) -> None:
    headers = cookie(**({"Sec-Fetch-Site": site} if site else {}))
    assert (await send(writing(), headers, method="POST")).status_code == status


@pytest.mark.parametrize("header", ["pratique-token=", "a=b", "pratique-token=\x00", "=;=", "é"])
async def test_a_cookie_that_holds_no_token_shows_nobody(header: str) -> None:
    assert (await send(reading(), {"Cookie": header})).status_code == 401
