"""The API's description: valid, whole, and true of the routes that there are."""

import json
import re
import runpy
from pathlib import Path

import azure.functions as func
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from core.openapi.document import Described, document
from core.openapi.operations import reads
from dev.host.bindings import Function, HttpTrigger
from dev.host.routes import Route, routes
from functions.openapi import described, description, openapi
from functions.routes import PROMISES, ROUTES

runpy.run_path(str(Path(__file__).parents[3] / "function_app.py"))

PAGES = "/"
"""What the routes of web pages begin with: they are described nowhere."""
VALUES = {
    "registry": "demo.azurecr.io",
    "repository": "team/app",
    "digest": f"sha256:{'0' * 64}",
}


def reached() -> tuple[Route, ...]:
    """The routes, as the host tries them."""
    functions = [
        Function(name=name, id=name, trigger=HttpTrigger(name="request", route=made.path))
        for name, made in sorted(ROUTES.items(), key=lambda one: one[0].upper())
        if not made.path.startswith(PAGES)
    ]
    return routes(functions, "api")


def test_the_description_is_openapi_3_1() -> None:
    told = json.loads(json.dumps(description()))
    OpenAPIV31SpecValidator(told).validate()
    assert told["openapi"].startswith("3.1")


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_route_says_what_it_promises_of_every_method(name: str) -> None:
    made = ROUTES[name]
    methods = set() if made.path.startswith(PAGES) else set(made.needs)
    assert {one.method for one in PROMISES[name]} == methods, (
        "describe each method where the route is registered: see core/openapi/operations.py"
    )


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_described_path_leads_to_its_route(name: str) -> None:
    for one in PROMISES[name]:
        path = re.sub(r"\{(\w+)\}", lambda found: VALUES.get(found[1], "x"), one.path)
        url = f"/api/{path}"
        fits = (route for route in reached() if route.match(one.method, url) is not None)
        assert next(fits).function.name == name


def test_no_two_operations_have_one_name() -> None:
    names = [one.id for one in described()]
    assert len(set(names)) == len(names)


def test_a_path_whose_parameters_nobody_describes_is_refused() -> None:
    operation = reads("things/{name}", str, "Things.", group="Things")
    with pytest.raises(ValueError, match="name"):
        document(
            [Described(operation=operation, id="things", role=None)],
            title="Things",
            version="1",
            server="/",
        )


def request(**headers: str) -> func.HttpRequest:
    return func.HttpRequest(
        method="GET", url="http://localhost/api/openapi.json", headers=headers, body=b""
    )


async def test_the_description_is_served_to_anybody_and_not_twice() -> None:
    response = await openapi(request())
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert json.loads(response.get_body()) == json.loads(json.dumps(description()))
    assert ROUTES["openapi"].need("GET") is None
    again = await openapi(request(**{"if-none-match": response.headers["ETag"]}))
    assert (again.status_code, again.get_body()) == (304, b"")
    assert again.headers["ETag"] == response.headers["ETag"]
