"""Routes: each says who may use it, and answers methods that it does not take."""

import json

import azure.functions as func
import pytest

from core.access.roles import Role
from functions.http import METHODS
from functions.routes import Handler, route
from tests.support.access import signed_in, stand_guard


async def nobody(request: func.HttpRequest) -> func.HttpResponse:
    """Must not be asked."""
    raise AssertionError("nobody asked")


async def fine(request: func.HttpRequest) -> func.HttpResponse:
    """Says yes to everything."""
    return func.HttpResponse("fine")


def request(method: str) -> func.HttpRequest:
    return func.HttpRequest(
        method=method, url="http://localhost/api/x", headers=signed_in(), body=b""
    )


def reading(handler: Handler) -> Handler:
    """A route that can be read."""
    return route(func.Blueprint(), "reading", "reading", get=Role.READER)(handler)


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The routes of these tests are none of the app's, and have a guard of their own."""
    stand_guard(monkeypatch)
    monkeypatch.setattr("functions.routes.ROUTES", {})


def test_a_route_that_names_no_role_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="who may use it"):
        route(func.Blueprint(), "open", "open")


@pytest.mark.parametrize("method", [one for one in METHODS if one not in ("GET", "HEAD")])
async def test_another_method_is_a_405_and_asks_nothing(method: str) -> None:
    response = await reading(nobody)(request(method))
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")
    assert json.loads(response.get_body())["title"] == "Method Not Allowed"


async def test_a_head_is_taken_as_a_get() -> None:
    assert (await reading(fine)(request("HEAD"))).status_code == 200


async def test_a_request_that_changes_something_takes_its_own_methods_only() -> None:
    writing = route(func.Blueprint(), "writing", "writing", post=Role.ADMINISTRATOR)
    assert (await writing(fine)(request("POST"))).status_code == 200
    refused = await writing(nobody)(request("GET"))
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
